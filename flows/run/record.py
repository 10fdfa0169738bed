"""The record of a run: arguments, seed, versions, timings, and the checksum of every file that went in or came out."""

import importlib.metadata
import json
import os
import platform
import sys
from datetime import UTC, datetime

from data.files import replacing, sha256_file
from flows.run.commission import RESULTS

_PACKAGES = ("numpy", "scipy", "pandas", "scikit-learn", "scikit-image", "opencv-python-headless", "dlib-bin", "onnxruntime",
             "torch", "torchvision", "numba", "open3d-cpu", "trimesh", "lib3mf", "prefect", "pyvips", "tifffile")


def versions():
    """Of Atelier, of Python, of the packages a result may depend on, and of our own algorithms."""
    from features.measurement import ALGORITHM_VERSION as measure
    from models.bank import ALGORITHM_VERSION as bank
    from models.relief import ALGORITHM_VERSION as relief
    from render.synthesis.patch import ALGORITHM_VERSION as synthesis

    held = {"python": platform.python_version(), "algorithms": {
        "measure": measure, "bank": bank, "relief": relief, "synthesis": synthesis}}
    for name in ("atelier", *_PACKAGES):
        try:
            held[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            held[name] = "not installed as a package"
    return held


def machine():
    import psutil

    return {"system": platform.platform(), "cores": len(os.sched_getaffinity(0)),
            "memory_gib": round(psutil.virtual_memory().total / 2**30, 1)}


def peak_memory_mib():
    """The largest this process has been, and the largest of its finished workers, MiB."""
    import resource

    unit = 1024 if sys.platform.startswith("linux") else 2**20
    return {"main": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit),
            "largest_worker": round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / unit)}


def write_record(commission, stages, seconds):
    """Write `run.json` for a run whose stages are done; gives the record."""
    ingested = stages["ingest"]
    outputs = {}
    for name in sorted(RESULTS):
        path = commission.out / name
        if name in ("work", "run.json"):
            continue
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file():
                outputs[str(file.relative_to(commission.out))] = sha256_file(file)
    record = {
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "arguments": commission.arguments(), "seed": commission.seed, "versions": versions(), "machine": machine(),
        "timings_s": {**{name: stage.seconds for name, stage in stages.items()}, "this_run": round(seconds, 3)},
        "reused": [name for name, stage in stages.items() if stage.reused],
        "peak_memory_mib": peak_memory_mib(), "sitter": stages["compose"].facts["sitter"],
        "inputs": {file: sha for file, sha in ingested.facts["sha256"].items() if sha}, "outputs": outputs,
    }
    with replacing(commission.out / "run.json") as beside:
        beside.write_text(json.dumps(record, indent=1, ensure_ascii=False), encoding="utf-8")
    return record
