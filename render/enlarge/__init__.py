"""Prints of many megapixels: detail of the scans, then finer strokes."""
