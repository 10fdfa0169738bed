"""A large picture worked on by bands of rows, so that what is computed on the way needs little memory."""

ROWS = 256  # of one band: some megabytes for a wide picture, and still enough work at a time


def row_bands(height: int, rows: int = ROWS) -> list[tuple[int, int]]:
    """(first row, row after the last) of every band, from the top; the last band may be lower."""
    return [(low, min(height, low + rows)) for low in range(0, height, rows)]
