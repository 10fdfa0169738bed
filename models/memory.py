"""Give freed memory back to the system where the C library would keep it.

The GNU C library keeps freed blocks of up to 32 MiB for each thread, which adds up to gigabytes over the tiles of a large
canvas. With any other C library the functions here do nothing.
"""

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache

# Parameters of mallopt, from malloc.h.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_LARGE_BYTES = 2 << 20
"""Arrays from this size on are given back at once."""
_LARGEST_KEPT_BYTES = 32 << 20
"""The most that the library lets M_MMAP_THRESHOLD be."""
_KEPT_BYTES = 1 << 30
"""Free memory that is kept while work goes on over many tiles."""
_USUALLY_KEPT_BYTES = 1 << 17
"""The library's own default for M_TRIM_THRESHOLD."""


def let_memory_go() -> None:
    """Give freed memory back now, and from now on that of large arrays as soon as they are freed."""
    if _c_library() is not None:
        _c_library().mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)
        trim_memory()


@contextmanager
def memory_kept() -> Iterator[None]:
    """Within this, keep freed memory for new arrays: work on many tiles would take twice as long if each array got fresh
    memory from the system. `trim_memory` gives back what is free at the moment."""
    if _c_library() is not None:
        _c_library().mallopt(_M_MMAP_THRESHOLD, _LARGEST_KEPT_BYTES)
        _c_library().mallopt(_M_TRIM_THRESHOLD, _KEPT_BYTES)
    try:
        yield
    finally:
        if _c_library() is not None:
            _c_library().mallopt(_M_TRIM_THRESHOLD, _USUALLY_KEPT_BYTES)
        let_memory_go()


def trim_memory() -> None:
    """Give freed memory back to the system now."""
    if _c_library() is not None:
        _c_library().malloc_trim(0)


@cache
def _c_library():
    """The GNU C library, or None where there is another."""
    if sys.platform.startswith("linux"):
        with suppress(OSError, AttributeError):
            library = ctypes.CDLL("libc.so.6")
            return library if library.mallopt and library.malloc_trim else None
    return None
