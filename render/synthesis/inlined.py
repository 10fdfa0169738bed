"""Small compiled functions that cost nothing: for parts of a kernel's innermost loop."""

from typing import Any

import numba as nb

inlined: Any = nb.njit(_nrt=False, forceinline=True)    # type: ignore[call-overload]    # its stubs lack _nrt
"""Decorator for functions that are compiled into their callers.

They keep no count of references to the arrays they are handed, which would cost more than a search for patches itself. So
they may read arrays and write into them, but neither make one (numba refuses to compile that) nor give one back.

Numba keeps compiled functions on disk and compiles them anew when their own file changes; it does not notice a change in
another file. After changing an inlined function or a constant, touch the files of the functions that use it.
"""
