"""Progress on stderr: a bar on a terminal, a line at the end of each stage elsewhere; results alone go to stdout."""

import sys
import time
from contextlib import contextmanager


def say(text):
    """One line for the user, on stderr."""
    print(text, file=sys.stderr, flush=True)


@contextmanager
def bar(name, unit="", quiet=False):
    """Give a callable `progress(done, total)`; shows how far `name` is."""
    if quiet:
        yield lambda done, total: None
        return
    from tqdm import tqdm

    started = time.perf_counter()
    with tqdm(desc=f"{name:<9}", unit=unit, file=sys.stderr, disable=not sys.stderr.isatty(), leave=True,
              dynamic_ncols=True, miniters=1) as shown:
        def progress(done, total):
            shown.total = total
            shown.update(done - shown.n)

        yield progress
    if not sys.stderr.isatty():
        say(f"{name:<9} {time.perf_counter() - started:6.1f} s")
