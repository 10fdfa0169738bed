"""Motion from one frame of a film to the next: optical flow, how far it can be trusted, and whether there is a cut.

Dense optical flow by inverse search (DIS, Kroeger et al. 2016, doi:10.1007/978-3-319-46493-0_29), trusted where both ways
agree and the pictures match (after Ruder et al. 2016, doi:10.1007/978-3-319-45886-1_3).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from jaxtyping import Bool, Float, Float32, UInt8

from data.colour import to_uint8
from data.errors import ShapeError

_LEAST_PX = 32
_CUT = 0.11  # mean difference after flow, in shares of the range, above which two frames are two shots
_MATCH = 0.06  # largest difference in colour between a carried pixel and the new frame at which flow is trusted
_AGREE_PX, _AGREE_SHARE = 1.0, 0.05  # distance by which flow there and back may miss, and more by this share of its length
_TRUST_FADES_PX = 1.5  # sigma over which trust falls to nothing, so that no edge of it shows
# OpenCV's cubic interpolation sharpens (its parameter is -0.75): mixed with so much of the linear one it is Catmull and Rom's.
_LINEAR_SHARE = 3


@dataclass(frozen=True, eq=False)
class Motion:
    """From one frame to the next.

    `flow` (H, W, 2) float32: how far (x, y) from where it is now each pixel was before. `trust` (H, W) float32 in [0, 1].
    `cut`: the two frames belong to different shots.
    """

    flow: Float32[np.ndarray, "H W 2"]
    trust: Float32[np.ndarray, "H W"]
    cut: bool

    def carried(self, picture: np.ndarray, how: int | None = None) -> np.ndarray:
        """The frame before (H, W[, C]), moved to where its things are now; by Catmull and Rom's cubic, unless `how` names
        OpenCV's interpolation: of all cubics it alone neither blurs nor sharpens what is carried from frame to frame."""
        height, width = self.trust.shape
        x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
        x += self.flow[..., 0]
        y += self.flow[..., 1]
        if how is not None:
            return cv2.remap(picture, x, y, how, borderMode=cv2.BORDER_REPLICATE)
        sharp, plain = (cv2.remap(picture, x, y, each, borderMode=cv2.BORDER_REPLICATE)
                        for each in (cv2.INTER_CUBIC, cv2.INTER_LINEAR))
        return sharp + (plain - sharp) / _LINEAR_SHARE

    def followed(self, points: Float[np.ndarray, "N 2"]) -> Float[np.ndarray, "N 2"]:
        """Points (x, y) of the frame before, where they are now: all are moved by the median of the flow at these points."""
        height, width = self.trust.shape
        x, y = (np.clip(np.round(points[:, i]).astype(int), 0, n - 1) for i, n in ((0, width), (1, height)))
        return points - np.median(self.flow[y, x], axis=0)


def motion_between(before: Float32[np.ndarray, "H W 3"], now: Float32[np.ndarray, "H W 3"]) -> Motion:
    """The Motion from one frame to the next, both in [0, 1]; ShapeError if they are too small."""
    old, new = (_grey_bytes(rgb) for rgb in (before, now))
    if min(old.shape) < _LEAST_PX:
        raise ShapeError(f"frames must have at least {_LEAST_PX} pixels a side, got {old.shape[1]} x {old.shape[0]}")
    back, forth = _flow_there_and_back(old, new)
    there = Motion(back, np.zeros(old.shape, np.float32), False)
    miss = np.linalg.norm(back + there.carried(forth, cv2.INTER_LINEAR), axis=-1)
    gap = np.abs(there.carried(before, cv2.INTER_LINEAR) - now).mean(-1)
    if float(gap.mean()) > _CUT:
        return Motion(back, np.zeros(old.shape, np.float32), True)
    sure = (miss < _AGREE_PX + _AGREE_SHARE * np.linalg.norm(back, axis=-1)) & (gap < _MATCH) & _came_from_within(back)
    eroded = cv2.erode(sure.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(np.float32)
    return Motion(back, cv2.GaussianBlur(eroded, (0, 0), _TRUST_FADES_PX), False)


def _grey_bytes(rgb: Float32[np.ndarray, "H W 3"]) -> UInt8[np.ndarray, "H W"]:
    return cv2.cvtColor(to_uint8(rgb), cv2.COLOR_RGB2GRAY)


def _flow_there_and_back(old: UInt8[np.ndarray, "H W"],
                         new: UInt8[np.ndarray, "H W"]) -> tuple[Float32[np.ndarray, "H W 2"], Float32[np.ndarray, "H W 2"]]:
    """Flow from the new frame back to the old one, and from the old one forth."""
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)  # the flow's stripes follow the number of threads
    try:
        search: Any = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
        return search.calc(new, old, None), search.calc(old, new, None)
    finally:
        cv2.setNumThreads(threads)


def _came_from_within(back: Float32[np.ndarray, "H W 2"]) -> Bool[np.ndarray, "H W"]:
    """Where a pixel's place in the old frame lies within it; pixels that came in from outside cannot be carried."""
    height, width = back.shape[:2]
    x, y = np.arange(width) + back[..., 0], np.arange(height)[:, None] + back[..., 1]
    return (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)


def flicker(frames: Iterable[tuple[Float32[np.ndarray, "H W 3"], Float32[np.ndarray, "H W 3"]]]) -> tuple[float, float]:
    """Mean difference between each frame and the one before carried onto it by the flow, where the flow of the first of
    the pairs (reference, shown) is trusted: of the references, and of what is shown."""
    totals, pairs, last = np.zeros(2), 0, None
    for reference, shown in frames:
        if last is not None:
            step = motion_between(last[0], reference)
            if not step.cut:
                weight = step.trust / max(float(step.trust.sum()), 1e-6)
                for i, (old, new) in enumerate(zip(last, (reference, shown), strict=True)):
                    totals[i] += float((np.abs(step.carried(old, cv2.INTER_LINEAR) - new).mean(-1) * weight).sum())
                pairs += 1
        last = reference, shown
    of_references, of_shown = totals / max(pairs, 1)
    return of_references, of_shown
