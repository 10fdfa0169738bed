"""What a portrait is like unless something else is asked for; importing it loads nothing that paints."""

CANDIDATES = 3
"""Compositions that are painted small and judged, of which the best is carried to full size."""
