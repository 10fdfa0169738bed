"""How long work says how far it is: a callable that a caller may hand down; lower rooms never draw a bar themselves."""

from collections.abc import Callable
from typing import TypeAlias

Progress: TypeAlias = Callable[[int, int], None]
"""Called as `progress(done, total)` whenever a piece of work is finished."""
