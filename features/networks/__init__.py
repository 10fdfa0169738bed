"""Trained networks that installed packages carry, and how each is run."""
