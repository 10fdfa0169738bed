"""The output folder of a run: checked and claimed for a commission before anything is written into it."""

import os
import shutil
from pathlib import Path
from typing import Any

from data.errors import OutputError, UsageError
from flows.corpus.store import key_of
from flows.run.commission import Commission
from flows.run.stamp import read_stamp, write_stamp

RESULTS = ("portrait.tif", "portrait.png", "height.tif", "height.json", "relief.stl", "relief.3mf", "relief.ply",
           "relief.glb", "relief.html", "raking.png", "raking-left.png", "raking-top.png", "raking-right.png",
           "raking-bottom.png", "depth.png", "height.png", "normal.png", "sources.tif", "sources.json", "report.html",
           "run.json", "critique.json", "statistics.json", "slices", "walk", "work")
"""What a run leaves in its folder; `--force` removes these and nothing else."""
_PLAN = "plan.json"


def claim(commission: Commission, *, force: bool = False) -> bool:
    """Take the output folder for this commission, or refuse. Gives True where a run of the same commission goes on.

    Raises
    ------
    OutputError
        If the folder cannot be written, or holds a run with other arguments, or foreign files, and `force` is not set.
    """
    out = commission.out
    if out == commission.corpus or commission.corpus in out.parents:
        raise UsageError(f"--out {out} lies in the corpus {commission.corpus}: nothing is ever written "
                         "into a corpus; choose another folder")
    if out.exists() and not out.is_dir():
        raise OutputError(f"{out} is a file: name a folder with --out")
    plan = read_stamp(commission.work / _PLAN)
    mine = plan is not None and plan.get("key") == key_of(commission.arguments())
    if out.exists() and os.listdir(out) and not mine and not force:
        what = "a run with other arguments" if plan is not None else "other files"
        raise OutputError(f"{out} holds {what}: choose another folder with --out, or give --force to replace what a run "
                          "leaves there (other files stay)")
    try:
        _take(commission, clear=not mine)
    except OSError as error:
        raise OutputError(f"the output folder {out} cannot be written ({error.strerror}): make it writable, or name "
                          "another with --out") from error
    return mine


def _take(commission: Commission, *, clear: bool) -> None:
    """Make the folder, empty it of an earlier run's results, and write down what it is for."""
    out = commission.out
    out.mkdir(parents=True, exist_ok=True)
    if clear:
        _clear(out)
    commission.work.mkdir(exist_ok=True)
    probe = out / f".writable.{os.getpid()}"
    probe.write_bytes(b"")
    probe.unlink()
    arguments = commission.arguments()
    write_stamp(commission.work / _PLAN, {"key": key_of(arguments), "arguments": arguments})


def _clear(out: Path) -> None:
    for name in RESULTS:
        path = out / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def planned(out: Path | str, **changes: Any) -> Commission:
    """The commission whose work lies in a folder, for the commands that carry out a single stage; `changes` are settings
    that do not decide the result."""
    out = Path(out).expanduser().absolute()
    plan = read_stamp(out / "work" / _PLAN)
    if plan is None:
        raise UsageError(f"{out} is not the folder of a run: start with `atelier compose CORPUS --out DIR`")
    return Commission(out=out, **{**plan["arguments"], **changes})
