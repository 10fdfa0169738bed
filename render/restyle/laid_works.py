"""A master's works laid over a picture: face upon face, or filling it."""

from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import Bool, Float, Float32, UInt8

from data.errors import CorpusError
from data.landmarks import outer_eye_distance
from models.style import Work
from render.restyle.choosing import MOST_WORKS
from render.restyle.lenders import Lender
from render.restyle.scene import Scene


class LaidWork(NamedTuple):
    """A work on the picture's canvas: `colour` in [0, 1], `labels` its parts, `valid` where it is painted surface."""

    colour: Float32[np.ndarray, "H W 3"]
    labels: UInt8[np.ndarray, "H W"]
    valid: Bool[np.ndarray, "H W"]


class MastersWork(NamedTuple):
    """A work laid over a picture, as `LaidWork`; the `master` by number, and a `name` that no other master's work has."""

    master: int
    name: str
    colour: Float32[np.ndarray, "H W 3"]
    labels: UInt8[np.ndarray, "H W"]
    valid: Bool[np.ndarray, "H W"]

    @property
    def work(self) -> Work:
        """As something to learn from."""
        return Work(self.colour, self.labels, 1.0, self.valid, self.name)


def lay_over(lender: Lender, shape: tuple[int, int], face: Float[np.ndarray, "68 2"] | None) -> LaidWork:
    """A work on the canvas of a picture.

    Parameters
    ----------
    lender : Lender
        With a face, if one is given.
    shape : (height, width)
        Of the canvas.
    face : (68, 2) or None
        Landmarks on which the work's face comes to lie, moved and enlarged but not turned. None: the work's painted surface
        covers the canvas, and its parts are not told apart.

    Returns
    -------
    LaidWork
    """
    height, width = shape
    if face is not None:
        scale = outer_eye_distance(face) / outer_eye_distance(lender.face_xy)
        shift = face.mean(0) - scale * lender.face_xy.mean(0)
    else:
        x, y, w, h = lender.content_box or (0, 0, lender.width_px, lender.height_px)
        scale = max(width / w, height / h)
        shift = np.array([width / 2 - scale * (x + w / 2), height / 2 - scale * (y + h / 2)])
    seen = lender.read(scale)
    matrix = np.array([[scale / seen.scale, 0, shift[0]], [0, scale / seen.scale, shift[1]]], np.float64)
    colour = cv2.warpAffine(seen.rgb, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    labels = cv2.warpAffine(seen.parts, matrix, (width, height), flags=cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)
    valid = cv2.warpAffine(seen.valid.astype(np.uint8), matrix, (width, height), flags=cv2.INTER_NEAREST) > 0
    return LaidWork(np.clip(colour, 0, 1), labels if face is not None else np.zeros_like(labels), valid)


def lay_masters_works(scene: Scene) -> list[MastersWork]:
    """Works laid over the picture, as many of each master as its weight is worth; in regions, every master's all.

    A work is valid in its master's own region alone. CorpusError if there is none.
    """
    face = scene.faces[0] if scene.parts_known else None
    total, found = sum(master.weight for master in scene.masters), []
    for number, master in enumerate(scene.masters):
        share = 1.0 if scene.regions is not None else master.weight / total
        usable = master.lenders if face is None else master.most_similar
        for lender in usable[:max(1, round(MOST_WORKS["patch"] * share))]:
            laid = lay_over(lender, scene.shape, face)
            if scene.regions is not None:  # its tones are those that it shows in its own region
                laid = laid._replace(valid=laid.valid & (scene.regions == number))
            found.append(MastersWork(number, f"{number}: {lender.name}", *laid))
    if not found:
        raise CorpusError("the patch engine needs at least one painting with a face to paint a face: add one, or use "
                          "the neural engine")
    return found
