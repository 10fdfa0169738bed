"""Which of a master's paintings are used for a picture, and how large they appear on its canvas."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import Float, Float32

from data.colour import rgb_to_lab
from data.estimate import Estimate
from data.landmarks import outer_eye_distance
from models.likeness import restyle_misfit
from render.restyle.lenders import Lender

MOST_WORKS = {"neural": 24, "patch": 12}
"""By engine: how many works of one master are looked at."""
_ENOUGH_SCENES = 6  # if a master has this many works without a face, works with one are not used for pictures without one
_COMPARED_PX = 160  # longer side of pictures whose colours are compared
_COLOUR_QUANTILES = np.linspace(0.02, 0.98, 25)  # the last fiftieth at either end is highlights, cracks and frames


class ScaledLender(NamedTuple):
    """A painting and how large it appears: `scale` in canvas pixels per pixel of its scan; `by_face`: faces decided that."""

    lender: Lender
    scale: float
    by_face: bool


def scaled_lenders(lenders: Iterable[Lender], shape: tuple[int, int], eye_distance_px: float | None,
                   count: int) -> Iterator[ScaledLender]:
    """The first paintings that can be used on a canvas.

    Parameters
    ----------
    lenders : iterable of Lender
    shape : (height, width)
        Of the canvas.
    eye_distance_px : float or None
        Outer eye distance of the canvas' face: only paintings with a face are used then, if there are any, and their faces
        appear as large. None: whole paintings appear as large as the canvas.
    count : int
        At most so many.

    Yields
    ------
    ScaledLender
    """
    everybody = list(lenders)
    with_face = [lender for lender in everybody if lender.landmarks_xy is not None]
    if eye_distance_px is not None and with_face:
        for lender in with_face[:count]:
            yield ScaledLender(lender, eye_distance_px / outer_eye_distance(lender.face_xy), True)
        return
    for lender in everybody[:count]:
        yield ScaledLender(lender, max(shape) / max(lender.width_px, lender.height_px), False)


def most_similar(lenders: Iterable[Lender], face: Float[np.ndarray, "68 2"],
                 attributes: Mapping[str, Estimate]) -> tuple[Lender, ...]:
    """Lenders whose paint may be laid over a face, the most similar first (`models.likeness.restyle_misfit`).

    Parameters
    ----------
    lenders : iterable of Lender
        Those without a face are left out.
    face : (68, 2)
        Landmarks of the face that is to be painted over.
    attributes : dict of Estimate
        Of that face, by name.

    Returns
    -------
    tuple of Lender
        As many as the patch engine lays at most.
    """
    def misfit(lender: Lender) -> float:
        return restyle_misfit(lender.face_xy, lender.attributes, face, attributes)

    with_face = [lender for lender in lenders if lender.landmarks_xy is not None]
    return tuple(sorted(with_face, key=misfit)[:MOST_WORKS["patch"]])


def nearest_in_colour(lenders: Sequence[Lender], rgb: Float32[np.ndarray, "H W 3"]) -> tuple[Lender, ...]:
    """As many lenders as any engine looks at, nearest first: by the distribution of their colours, one axis of Lab at a time.

    For pictures without a face: a sky is then painted from skies. Works with a face are left out, unless there are few others.
    """
    scenes = [lender for lender in lenders if lender.landmarks_xy is None]
    usable = scenes if len(scenes) >= _ENOUGH_SCENES else list(lenders)
    if len(usable) > 1:
        scale = min(1.0, _COMPARED_PX / max(rgb.shape[:2]))
        wanted = _colour_quantiles(cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
        gaps = []
        for lender in usable:
            seen = lender.read(_COMPARED_PX / max(lender.width_px, lender.height_px))
            gaps.append(float(np.abs(_colour_quantiles(seen.rgb[seen.valid]) - wanted).mean()))
        usable = [usable[i] for i in np.argsort(gaps, kind="stable")]
    return tuple(usable[:max(MOST_WORKS.values())])


def _colour_quantiles(pixels: Float32[np.ndarray, "*size 3"]) -> Float[np.ndarray, "25 3"]:
    lab = rgb_to_lab(pixels.reshape(-1, 1, 3))[:, 0]
    return np.quantile(lab, _COLOUR_QUANTILES, axis=0)
