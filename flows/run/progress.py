"""Progress on stderr: a bar on a terminal, a line at the end of each stage elsewhere; results alone go to stdout."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tqdm import tqdm

from data.progress import Progress


def say(text: str) -> None:
    """One line for the user, on stderr."""
    print(text, file=sys.stderr, flush=True)


@contextmanager
def bar(name: str, unit: str = "", quiet: bool = False) -> Iterator[Progress]:
    """Give a callable `progress(done, total)`; shows how far `name` is.

    Parameters
    ----------
    name : str
        What is done, in a word.
    unit : str
        What is counted.
    quiet : bool
        Show nothing.

    Yields
    ------
    callable (done, total)
    """
    if quiet:
        yield lambda done, total: None
        return
    started = time.perf_counter()
    with tqdm(desc=f"{name:<9}", unit=unit, file=sys.stderr, disable=not sys.stderr.isatty(), leave=True,
              dynamic_ncols=True, miniters=1) as shown:
        def progress(done: int, total: int) -> None:
            shown.total = total
            shown.update(done - shown.n)

        yield progress
    if not sys.stderr.isatty():
        say(f"{name:<9} {time.perf_counter() - started:6.1f} s")
