"""Height in mm: relief carried by copied strokes, its finishes, heights of exemplars."""
