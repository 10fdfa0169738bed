"""The outline of a figure that nobody has: drawn from the principal ways in which painted figures vary.

An outline is how far the figure reaches from the pit of the neck in the directions `ANGLES_DEG`, in eye distances; outlines are
averaged and varied by their logarithm, so that a broad figure and a narrow one weigh alike.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Bool, Float, Float32, Float64

from features.figure.figure import ANGLES_DEG
from models.alignment import Frame
from models.shape import to_frame
from render.portrait.figure.body import Body

_MODES = 4                  # ways of varying: broad, drooping, leaning, one arm out; more would be noise of the parts maps
_SPREAD = 0.9               # of the drawn weights, in the corpus' own standard deviations ...
_MOST = 1.6                 # ... and none farther out than this
_UNSEEN_REACH = 6.0         # where no painting shows an outline: beyond the frame
_SMOOTH_RAYS = 1.0
_PIT_SPREAD = 0.08          # standard deviation of the pit's place, eye distances


@dataclass(frozen=True, eq=False)
class Outline:
    """A drawn outline.

    Attributes
    ----------
    log_reach : (A,) float64
        Logarithm of the reach in eye distances.
    usual : (A,) float64
        The same of the middle figure it was drawn about, for what a painting does not show.
    pit : (2,) float64
        Where its pit of the neck lies, eye units.
    """

    log_reach: Float64[np.ndarray, " A"]
    usual: Float64[np.ndarray, " A"]
    pit: Float64[np.ndarray, " 2"]

    def reach_along(self, angles: Float[np.ndarray, "H W"]) -> Float64[np.ndarray, "H W"]:
        """The reach in any directions (radians, as `polar` gives them)."""
        return np.exp(np.interp(angles, np.radians(ANGLES_DEG), self.log_reach))


def draw_outline(bodies: Sequence[Body], rng: np.random.Generator) -> Outline:
    """An outline from the principal modes of those of some bodies, with a pit of the neck near theirs."""
    reach, usual = known_reach(bodies)
    mean = reach.mean(0)
    _, deviations, modes = np.linalg.svd(reach - mean, full_matrices=False)
    modes = modes[:_MODES] * np.where(modes[:_MODES].sum(1, keepdims=True) < 0, -1, 1)    # svd leaves the sign open
    weights = np.clip(rng.normal(0, _SPREAD, len(modes)), -_MOST, _MOST) * deviations[:_MODES] / np.sqrt(len(reach))
    drawn = cv2.GaussianBlur((mean + weights @ modes)[None], (0, 0), _SMOOTH_RAYS)[0]
    pit = np.mean([body.pit for body in bodies[:12]], 0) + rng.normal(0, _PIT_SPREAD, 2)
    return Outline(drawn, usual, pit)


def known_reach(bodies: Sequence[Body]) -> tuple[Float64[np.ndarray, "N A"], Float64[np.ndarray, " A"]]:
    """Logarithm of each body's reach, at least the usual one where its painting ends first; and the usual one."""
    own, sure = np.log(np.stack([body.reach for body in bodies])), np.stack([body.sure for body in bodies])
    usual = np.array([np.median(column[shown]) if shown.any() else np.log(_UNSEEN_REACH)
                      for column, shown in zip(own.T, sure.T, strict=True)])
    return np.where(sure, own, np.maximum(own, usual)), usual


def polar(frame: Frame, pit: Float[np.ndarray, " 2"]) -> tuple[Float64[np.ndarray, "H W"], Float64[np.ndarray, "H W"]]:
    """Direction (radians from -pi/2 over 0, to the right, and pi/2, down) and distance (eye distances) of every texel from the
    pit of the neck (eye units)."""
    at_x, at_y = to_frame(np.asarray(pit)[None], frame)[0]
    y, x = np.mgrid[:frame.height_px, :frame.width_px].astype(np.float64)
    x, y = (x - at_x) / frame.eye_distance_px, (y - at_y) / frame.eye_distance_px
    angle = np.arctan2(y, x)
    return np.where(angle < -np.pi / 2, angle + 2 * np.pi, angle), np.hypot(x, y)


def agreed_silhouette(body: Bool[np.ndarray, "H W"], outline: Outline, frame: Frame) -> Bool[np.ndarray, "H W"]:
    """Half way between a lender's silhouette and the drawn one, by signed distance: smooth, yet with what is his; near the neck
    his alone. One piece.

    Parameters
    ----------
    body : (H, W) bool
        Silhouette of the carried body.
    outline : Outline
    frame : Frame
    """
    eye_px = frame.eye_distance_px
    angle, distance = polar(frame, outline.pit)
    low, high = np.radians(ANGLES_DEG[[0, -1]])
    drawn = (distance < outline.reach_along(angle)) & (angle > low) & (angle < high)
    own = _signed_distance(body)
    both = 0.5 * np.clip(cv2.GaussianBlur(own, (0, 0), 0.08 * eye_px), -2 * eye_px, 2 * eye_px) \
        + 0.5 * np.clip(_signed_distance(drawn), -2 * eye_px, 2 * eye_px)
    free = np.clip((distance - 0.8) / 0.6, 0, 1)
    mixed = free * both + (1 - free) * cv2.GaussianBlur(own, (0, 0), max(0.5, 0.04 * eye_px))
    return _largest((mixed > 0).astype(np.uint8))


def _signed_distance(mask: Bool[np.ndarray, "H W"]) -> Float32[np.ndarray, "H W"]:
    """Texels to the edge, positive inside; the figure goes on beyond the frame."""
    rim = 40
    padded = np.pad(mask.astype(np.uint8), rim, mode="edge")
    signed = cv2.distanceTransform(padded, cv2.DIST_L2, 5) - cv2.distanceTransform(1 - padded, cv2.DIST_L2, 5)
    return np.clip(signed, -1e4, 1e4)[rim:-rim, rim:-rim]


def _largest(mask: np.ndarray) -> Bool[np.ndarray, "H W"]:
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    return labels == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA])) if count > 1 else mask > 0
