"""Single numbers as compiled code takes them: Python's own, or NumPy's of any width."""

from typing import Any, TypeAlias

import numpy as np

Whole: TypeAlias = int | np.integer[Any]
"""A whole number."""
Real: TypeAlias = float | np.floating[Any]
"""A number with a fraction."""
