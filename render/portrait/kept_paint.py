"""Paint that a guide was put together from and that its painting keeps: whose it is, and where it lies in their scans.

The engine sees the guide itself as one exemplar. Afterwards its texels are numbered by lender, so that height, detail and
shares are read from the scans where the paint lies.
"""

from collections.abc import Collection
from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import Bool, Float32, Int32, Int64

from models.view_key import ViewKey
from render.portrait.provenance import NOBODY, Provenance


class LentPaint(NamedTuple):
    """A lender's layer of a guide.

    Attributes
    ----------
    number, key : int, ViewKey
        Of the lender, in the guide's provenance.
    mask : (H, W) bool
        Where the guide shows its paint.
    field : (H, W, 2) float32
        Where every texel lies in its scan (in its mirror image for a mirrored view), pixels. Beyond its own paint the field
        goes on at the scale of the whole.
    """

    number: int
    key: ViewKey
    mask: Bool[np.ndarray, "H W"]
    field: Float32[np.ndarray, "H W 2"]


def lent_paint(provenance: Provenance, keys: Collection[ViewKey]) -> list[LentPaint]:
    """The layers of those lenders of a guide that are among `keys` (a photograph is not), each that shows anywhere."""
    layers = []
    for number, key in enumerate(provenance.lenders):
        mask = provenance.lender == number
        if key in keys and mask.any():
            layers.append(LentPaint(number, key, mask, _extended(provenance.field, mask)))
    return layers


def lent_fields(provenance: Provenance, keys: Collection[ViewKey]) -> dict[int, Float32[np.ndarray, "H W 2"]]:
    """Where the texels of the first exemplars of a painting lie in their scans: those of the guide's layers, by their number in
    the painting's source map. The others came to the canvas by their faces.

    Parameters
    ----------
    provenance : Provenance
        Of the guide.
    keys : collection of ViewKey
        The views of the bank.
    """
    return {number: layer.field for number, layer in enumerate(lent_paint(provenance, keys))}


def by_lender(source: Int32[np.ndarray, "H W 3"], layers: Collection[LentPaint]) -> Int32[np.ndarray, "H W 3"]:
    """A source map whose exemplar 0 is the guide, with the guide's layers in its place: they come first, the others after.

    Engines that cannot help it copy a little of what is nobody's in the guide; that counts as the nearest layer's.
    """
    numbers = np.full(source.shape[:2], NOBODY, np.int32)
    for number, layer in enumerate(layers):
        numbers[layer.mask] = number
    there = _nearest(numbers != NOBODY)
    numbers = numbers[there[..., 0], there[..., 1]]
    guide = source[..., 0] == 0
    numbered = np.where(guide, numbers[source[..., 1], source[..., 2]], source[..., 0] - 1 + len(layers))
    return np.dstack([numbered, source[..., 1:]]).astype(np.int32)


def _extended(field: Float32[np.ndarray, "H W 2"], mask: Bool[np.ndarray, "H W"]) -> Float32[np.ndarray, "H W 2"]:
    """A field that is known within a mask, continued from the nearest known texel."""
    there = _nearest(mask)
    away = np.indices(mask.shape).transpose(1, 2, 0) - there
    return np.where(mask[..., None], field, field[there[..., 0], there[..., 1]]
                    + away[..., ::-1] * _scale(field, mask)).astype(np.float32)


def _nearest(mask: Bool[np.ndarray, "H W"]) -> Int64[np.ndarray, "H W 2"]:
    """Row and column of the nearest texel of a mask."""
    _, nearest = cv2.distanceTransformWithLabels((~mask).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    places = np.zeros((int(nearest.max()) + 1, 2), np.int64)
    places[nearest[mask]] = np.argwhere(mask)
    return places[nearest]


def _scale(field: Float32[np.ndarray, "H W 2"], mask: Bool[np.ndarray, "H W"]) -> Float32[np.ndarray, " 2"]:
    """Pixels of the scan from one texel to the next, along x and y: the median within a mask, 1 for lone texels."""
    steps = []
    for axis, coordinate in ((1, 0), (0, 1)):
        both = mask & np.roll(mask, 1, axis)
        both[(slice(None),) * axis + (0,)] = False
        step = (field - np.roll(field, 1, axis))[both][:, coordinate]
        steps.append(np.median(step) if step.size else 1.0)
    return np.array(steps, np.float32)
