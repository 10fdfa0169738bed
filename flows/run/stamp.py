"""Stamps: small JSON files that say what a folder holds and from what it was made."""

import functools
import hashlib
import json
from pathlib import Path
from typing import Any

from data.files import replacing

STAMP = "stage.json"
"""Name of a stage's stamp within `work/STAGE`."""
_ROOMS = ("data", "features", "models", "render", "flows")
_COUNTED = (".py", ".npz", ".safetensors", ".json", ".csv", ".html")


def read_stamp(path: Path | str) -> dict[str, Any] | None:
    """A stamp as a dict; None if there is none or it cannot be read."""
    try:
        held = json.loads(Path(path).read_bytes())
    except (OSError, ValueError):
        return None
    return held if isinstance(held, dict) else None


def write_stamp(path: Path | str, record: dict[str, Any]) -> None:
    """Write a stamp, whole or not at all."""
    with replacing(path) as beside:
        beside.write_text(json.dumps(record, indent=1))


@functools.cache
def code_version() -> str:
    """Checksum of Atelier's own code and fitted numbers: a stage is not taken over from other code than this.

    Measurements, which cost the most, outlive changes elsewhere: their cache knows its own algorithm's version.
    """
    digest = hashlib.sha256()
    root = Path(__file__).parents[2]
    for room in _ROOMS:
        for path in sorted((root / room).rglob("*")):
            if path.suffix in _COUNTED and not path.name.startswith("."):
                digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
