"""Numbers as compiled code takes and gives them: of Python or of NumPy."""

from typing import Any, TypeAlias

import numpy as np

Whole: TypeAlias = int | np.integer[Any]
Real: TypeAlias = float | np.floating[Any]
