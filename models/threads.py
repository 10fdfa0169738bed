"""One torch thread, so that sums are taken in one order and the same seed gives the same bytes on every machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from jaxtyping import Shaped


@contextmanager
def one_thread() -> Iterator[Any]:
    """Within this, torch computes on one thread; gives the module torch, so that callers need not import it early.

    The setting holds for the thread that enters; threads of a pool set it for themselves.
    """
    import torch
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield torch
    finally:
        torch.set_num_threads(before)


def product(a: Shaped[np.ndarray, "..."], b: Shaped[np.ndarray, "..."]) -> Shaped[np.ndarray, "..."]:
    """`a @ b` on one thread: its sums are always taken in one order, and small products do not wait for threads to start."""
    with one_thread() as torch:
        return (torch.from_numpy(a) @ torch.from_numpy(b)).numpy()
