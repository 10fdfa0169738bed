"""Prefect's server: without telemetry and log output, its files in the cache folder, and stopped in every case.

Settings are defaults only: whoever sets PREFECT_API_URL runs the flow on a server of their own.
"""

import logging
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from data.errors import PortraitError

log = logging.getLogger(__name__)

_SETTINGS = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_EPHEMERAL_ENABLED": "true",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",
    # Errors reach the user through the command line, in words; Prefect would print each one with its traceback first.
    "PREFECT_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_SERVER_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_TO_API_ENABLED": "false",
}


def settle(cache: Path | str) -> None:
    """Put Prefect's settings into the environment; call before Prefect is imported."""
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
    os.environ.setdefault("PREFECT_HOME", str(Path(cache) / "prefect"))
    # Prefect makes its home but not the folders above it; where that is forbidden it says so itself.
    with suppress(OSError):
        Path(os.environ["PREFECT_HOME"]).parent.mkdir(parents=True, exist_ok=True)


@contextmanager
def running(cache: Path | str) -> Iterator[None]:
    """Prefect with its embedded server running, started once and stopped at the end, even if this process is killed.

    Raises
    ------
    PortraitError
        If the server does not start (no local network, a foreign installation ...).
    """
    settle(cache)
    if os.environ.get("PREFECT_API_URL"):
        yield
        return
    from filelock import FileLock
    from prefect.server.api.server import SubprocessASGIServer

    home = Path(os.environ["PREFECT_HOME"])
    home.mkdir(parents=True, exist_ok=True)
    server = SubprocessASGIServer()
    try:
        # Two first runs at once would both create the data base.
        with FileLock(home / "start.lock"):
            server.start()
    except Exception as error:
        raise PortraitError(
            f"Prefect's local server did not start ({error}). It needs a free port on 127.0.0.1 and a writable folder "
            f"{home}; or set PREFECT_API_URL to a server of your own") from error
    guard = _guard(server.server_process.pid)
    try:
        yield
    finally:
        server.stop()
        if guard and guard.stdin:
            guard.stdin.close()
            guard.wait()


def _guard(pid: int) -> subprocess.Popen | None:
    """A shell that waits until this process ends, in whatever way, and then stops the server."""
    shell = shutil.which("sh")
    if not shell:
        return None
    # The pipe closes when this process ends; its write end is not inherited by other children.
    return subprocess.Popen([shell, "-c", f"read _; kill {pid}"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL, start_new_session=True)
