"""What the fast network is taught with: photographs that installed packages bring along, each painted by the patch engine."""

from collections.abc import Sequence
from importlib.resources import files

import numpy as np
from jaxtyping import Float32

from data.progress import Progress
from data.scan import read_scan
from render.restyle.lenders import Lender, Master
from render.restyle.restyle import RestyleSettings, restyle

LESSON_PX = 512
"""Longer side of the photographs."""
_PLACES = {"skimage.data": ("astronaut.png", "chelsea.png", "coffee.png", "motorcycle_left.png", "rocket.jpg"),
           "sklearn.datasets.images": ("china.jpg", "flower.jpg")}

Picture = Float32[np.ndarray, "H W 3"]


def school_pictures() -> dict[str, Picture]:
    """Photographs by name, (H, W, 3) float32 in [0, 1]."""
    paths = [files(package) / name for package, names in _PLACES.items() for name in names]
    return {path.name: np.ascontiguousarray(read_scan(str(path), max_side_px=LESSON_PX), np.float32) for path in paths}


def painted_lessons(pictures: Sequence[Picture], lenders: Sequence[Lender], seed: int,
                    progress: Progress | None = None) -> list[tuple[Picture, Picture]]:
    """Each photograph with what the patch engine makes of it.

    Parameters
    ----------
    pictures : sequence of (H, W, 3) float32 in [0, 1]
    lenders : sequence of Lender
        Whose hand is taught.
    seed : int
    progress : callable (done, total), optional

    Returns
    -------
    list of (photograph, painting)
    """
    lessons = []
    for number, rgb in enumerate(pictures):
        lessons.append((rgb, restyle(rgb, [Master(tuple(lenders))], RestyleSettings("patch", seed=seed))))
        if progress:
            progress(number + 1, len(pictures))
    return lessons
