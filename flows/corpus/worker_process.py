"""Setting up a worker process. Nothing heavy is imported at the top: a worker imports this file before any other, and must
set the environment first."""

import multiprocessing
import os
import signal
import threading
from multiprocessing.connection import wait


def start_worker() -> None:
    """In the worker: limit every library to one thread, ignore Ctrl-C, which the parent handles, and end with the parent."""
    # Libraries read these once, when they are loaded; set here, they leave the parent its cores for painting.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    import cv2  # after the environment is set
    from threadpoolctl import threadpool_limits  # after what it limits is loaded

    cv2.setNumThreads(1)
    # Libraries that were loaded before would use as many threads as there are cores, and workers would compete for them.
    threadpool_limits(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_follow, args=(parent.sentinel,), daemon=True).start()


def _follow(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)
