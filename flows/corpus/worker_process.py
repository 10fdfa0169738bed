"""How a process that measures begins. Nothing that computes is imported here: a worker reads this file before any other."""

import multiprocessing
import os
import signal
import threading
from multiprocessing.connection import wait


def start_worker() -> None:
    """In the worker: one thread for each library, Ctrl-C is the parent's business, and no life after the parent's."""
    # Libraries read these once, when they are loaded; set here, they leave the parent its cores for painting.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    import cv2  # after the environment is set
    from threadpoolctl import threadpool_limits  # after what it limits is loaded

    cv2.setNumThreads(1)
    # Whatever was loaded before with as many threads as there are cores: they would wait for each other's workers.
    threadpool_limits(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_follow, args=(parent.sentinel,), daemon=True).start()


def _follow(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)
