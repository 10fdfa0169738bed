"""The record of a run: arguments, seed, versions, timings, and the checksum of every file that went in or came out."""

import importlib.metadata
import os
import platform
import resource
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from data.files import sha256_file
from data.saving import save_json
from features.measurement import ALGORITHM_VERSION as MEASURE_VERSION
from flows.run.commission import Commission
from flows.run.run_folder import RESULTS
from flows.run.stage_cache import Done
from models.bank import ALGORITHM_VERSION as BANK_VERSION
from models.relief import ALGORITHM_VERSION as RELIEF_VERSION
from render.synthesis.patch import ALGORITHM_VERSION as SYNTHESIS_VERSION

_PACKAGES = ("numpy", "scipy", "pandas", "scikit-learn", "scikit-image", "opencv-python-headless", "dlib-bin", "onnxruntime",
             "torch", "torchvision", "numba", "open3d-cpu", "trimesh", "lib3mf", "prefect", "pyvips", "tifffile")
_NOT_OUTPUTS = ("work", "run.json")
_BYTES_PER_MIB = 2**20
_BYTES_PER_GIB = 2**30
_KIB_PER_MIB = 1024


def versions() -> dict[str, Any]:
    """Of Atelier, of Python, of the packages a result may depend on, and of our own algorithms."""
    held: dict[str, Any] = {"python": platform.python_version(), "algorithms": {
        "measure": MEASURE_VERSION, "bank": BANK_VERSION, "relief": RELIEF_VERSION, "synthesis": SYNTHESIS_VERSION}}
    for name in ("atelier", *_PACKAGES):
        try:
            held[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            held[name] = "not installed as a package"
    return held


def machine() -> dict[str, Any]:
    """What the run was made on."""
    return {"system": platform.platform(), "cores": len(os.sched_getaffinity(0)),
            "memory_gib": round(psutil.virtual_memory().total / _BYTES_PER_GIB, 1)}


def peak_memory_mib() -> dict[str, int]:
    """The largest this process has been, and the largest of its finished workers, MiB."""
    unit = _KIB_PER_MIB if sys.platform.startswith("linux") else _BYTES_PER_MIB    # what `ru_maxrss` counts in
    return {"main": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit),
            "largest_worker": round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / unit)}


def outputs_of(out: Path) -> dict[str, str]:
    """The checksum of every file that a run left for its user, by its path within the run's folder."""
    found = {}
    for name in sorted(set(RESULTS) - set(_NOT_OUTPUTS)):
        path = out / name
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file():
                found[str(file.relative_to(out))] = sha256_file(file)
    return found


def write_record(commission: Commission, stages: Mapping[str, Done[Any]], seconds: float) -> dict[str, Any]:
    """Write `run.json` for a run whose stages are done.

    Parameters
    ----------
    commission : Commission
    stages : mapping
        Every stage by its name.
    seconds : float
        That the run took, this time.

    Returns
    -------
    dict
        The record.
    """
    record = {
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "arguments": commission.arguments(), "seed": commission.seed, "versions": versions(), "machine": machine(),
        "timings_s": {**{name: stage.seconds for name, stage in stages.items()}, "this_run": round(seconds, 3)},
        "reused": [name for name, stage in stages.items() if stage.reused],
        "peak_memory_mib": peak_memory_mib(), "sitter": stages["compose"].result.sitter,
        "inputs": {file: sha for file, sha in stages["ingest"].result.sha256.items() if sha},
        "outputs": outputs_of(commission.out),
    }
    save_json(commission.out / "run.json", record)
    return record
