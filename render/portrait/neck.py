"""Whose neck is seen between a head and a body of two paintings, and what fills a gap that neither shows.

Both paintings were carried onto one jaw, so two necks lie over one another. A cut through a graph of texels passes from the
head's neck to the body's where they differ least; never is one mixed with the other.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Bool, Float, Float32, Float64

from data.landmarks import CHIN, JAW, OUTER_LIP
from render.imaging.blending import fill_holes
from render.imaging.filters import soften
from render.imaging.grid_cut import STEPS, grid_cut
from render.portrait.face_areas import disc, odd_size

_EYE_PX = 44.0              # outer eye distance at which the cut is sought, texels
# Lengths in outer eye distances.
_BELOW, _BESIDE = 2.0, 0.8  # what is seen below the chin and beside the jaw
_GAP_DEEP = 1.5             # a gap below the jaw is filled as far down as this
_JAW_CORNER = 3             # landmarks from either end of the jaw to its corner
_HALF_NECK = (0.42, 0.56)   # half the width of a neck, at least and at most
_INWARDS, _OUTWARDS = 0.25, 0.45    # a collar's highest place is sought so far from the neck's side
_AT_CHIN, _STANDING = 0.1, 0.7   # so far below the chin, a body whose own neck is at least this share as wide needs no other
_NEARER = 0.3               # of two places, one a texel farther from that side must be so many texels higher
_FRINGE = 0.025             # width of a border that has colour of the old ground
_LINING = 0.15              # a gap takes its colour from so far around
_DARKEST, _IN_SHADE = 25, 0.7   # per cent of the cloth around it that count; lightness of skin in the shade of a chin
_BARE = 0.4                 # where more of what surrounds a gap is skin, it is filled with skin
_LEAST_TEXELS = 12
_BEHIND_JAW = 0.15          # the neck begins so far above the jaw's edge
_CUT_EDGE = 0.012           # sigma of the cut's edge
# Costs of a texel.
_HOLE = 3.0                 # the body has nothing there
_COLLAR = 1.5               # the head's painting shows a collar there, or an ornament: no skin
_WIDER = 0.6                # the head's neck is wider than the body's
_RATHER_BODY = 0.08         # of two like necks the body's is taken
_GAP_LAB, _LEAST_PRICE = 6.0, 0.15  # a step of so much along the cut costs 1; no step costs the latter
_NEVER = 1e4


@dataclass(frozen=True, eq=False)
class Necks:
    """What the choice is made from, in the portrait's frame.

    Attributes
    ----------
    head_lab, body_lab : (H, W, 3) float32
        CIE Lab of both figures over the new ground.
    head_neck : (H, W) bool
        Where the head's painting shows its neck.
    head_skin : (H, W) float32
        How surely that is bare skin, 0 to 1.
    under_head : (H, W) bool
        What the head covers anyhow.
    body : (H, W) bool
        Where the body has paint.
    gap : (H, W) bool
        Where it should have some, below the jaw.
    ground : (H, W) bool
        Where the head's painting shows ground.
    """

    head_lab: Float32[np.ndarray, "H W 3"]
    body_lab: Float32[np.ndarray, "H W 3"]
    head_neck: Bool[np.ndarray, "H W"]
    head_skin: Float32[np.ndarray, "H W"]
    under_head: Bool[np.ndarray, "H W"]
    body: Bool[np.ndarray, "H W"]
    gap: Bool[np.ndarray, "H W"]
    ground: Bool[np.ndarray, "H W"]


def gap_below_jaw(body: Bool[np.ndarray, "H W"], landmarks: Float[np.ndarray, "68 2"],
                  eye_px: float) -> Bool[np.ndarray, "H W"]:
    """Where a neck must stand and the body has no paint: below the jaw, between lines from its corners to the body's collar.

    Parameters
    ----------
    body : (H, W) bool
        Where the body has paint.
    landmarks : (68, 2)
        Texels.
    eye_px : float
        Outer eye distance, texels.
    """
    height, width = body.shape
    (y, x), jaw = np.mgrid[:height, :width], landmarks[JAW]
    sides = neck_sides(landmarks, eye_px)
    deepest = int(landmarks[CHIN, 1] + _GAP_DEEP * eye_px)
    order = np.argsort(jaw[:, 0], kind="stable")
    top = np.interp(np.arange(width), jaw[order, 0], jaw[order, 1]) - _BEHIND_JAW * eye_px
    near = body & (y > top) & (y < deepest)
    covered = np.cumsum(near[::-1], axis=0)[::-1] > 0
    gap = ~body & covered & (y > top)
    at_chin = np.flatnonzero(body[min(int(landmarks[CHIN, 1] + _AT_CHIN * eye_px), height - 1)])
    at_chin = at_chin[(at_chin > sides[0]) & (at_chin < sides[1])]
    standing = len(at_chin) > _STANDING * (sides[1] - sides[0])     # the body brings its neck: only holes in it are filled
    if standing:
        sides = float(at_chin[0]), float(at_chin[-1])
    for sign, side in zip((-1, 1), sides, strict=True):
        collar_xy = (side, float(height)) if standing else _collar(near, side, sign, eye_px)
        jaw_y = float(np.interp(side, jaw[order, 0], jaw[order, 1]))
        share = np.clip((y - jaw_y) / max(collar_xy[1] - jaw_y, 1.0), 0, 1)
        gap &= sign * (x - (side + share * (collar_xy[0] - side))) <= 0
    return gap


def _collar(near: Bool[np.ndarray, "H W"], side: float, sign: int, eye_px: float) -> tuple[float, float]:
    """Where the collar is highest on one side of the neck; straight below that side where there is none."""
    reach = sorted((side - sign * _INWARDS * eye_px, side + sign * _OUTWARDS * eye_px))
    columns = np.arange(max(0, int(reach[0])), min(near.shape[1], int(reach[1]) + 1))
    columns = columns[near[:, columns].any(0)]
    if not len(columns):
        return side, float(near.shape[0])
    tops = near[:, columns].argmax(0)
    best = int((tops + np.abs(columns - side) * _NEARER).argmin())
    return float(columns[best]), float(tops[best])


def neck_sides(landmarks: Float[np.ndarray, "68 2"], eye_px: float) -> tuple[float, float]:
    """Where a neck stands from left to right: below the ear on the near side of a turned head, farther in on the other."""
    jaw, middle = landmarks[JAW, 0], float(landmarks[CHIN, 0])
    left, right = middle - float(jaw[_JAW_CORNER]), float(jaw[-1 - _JAW_CORNER]) - middle
    half = min(max((left + right) / 2, _HALF_NECK[0] * eye_px), _HALF_NECK[1] * eye_px)
    # The neck stands behind the chin, towards the side of which more is seen.
    centre = middle + (right - left) / 2
    return centre - half, centre + half


def choose_neck(necks: Necks, landmarks: Float[np.ndarray, "68 2"], eye_px: float) -> Float32[np.ndarray, "H W"]:
    """1 where the head's own neck is seen, 0 where the body is; between the two only over a texel or so.

    Parameters
    ----------
    necks : Necks
    landmarks : (68, 2)
        Texels.
    eye_px : float
        Outer eye distance, texels.
    """
    chosen = np.zeros(necks.body.shape, np.float32)
    window = _window(landmarks, eye_px, necks.body.shape)
    size = necks.body[window].shape[::-1]
    scale = min(1.0, _EYE_PX / eye_px)
    small = (max(1, round(size[0] * scale)), max(1, round(size[1] * scale)))

    def reduced(picture: np.ndarray) -> np.ndarray:
        return cv2.resize(picture[window].astype(np.float32), small, interpolation=cv2.INTER_AREA)

    prefer = _preference(*(reduced(m) for m in (necks.head_neck, necks.head_skin, necks.under_head, necks.body,
                                                necks.gap, necks.ground)))
    cut = _cut(reduced(necks.head_lab), reduced(necks.body_lab), prefer)
    large = cv2.resize(cut.astype(np.float32), size, interpolation=cv2.INTER_CUBIC)
    chosen[window] = soften(soften(large, 0.5 / scale) > 0.5, _CUT_EDGE * eye_px)
    return np.clip(chosen, 0, 1)


def in_tune(head_lab: Float32[np.ndarray, "H W 3"], body_lab: Float32[np.ndarray, "H W 3"],
            chosen: Float32[np.ndarray, "H W"], neck: Bool[np.ndarray, "H W"], eye_px: float, *, limit_lab: float = 14.0,
            reach: float = 0.22) -> Float32[np.ndarray, "H W 3"]:
    """The head's neck, its tone brought to that of the body along their border and fading from it.

    Parameters
    ----------
    head_lab, body_lab : (H, W, 3) float32
    chosen : (H, W) float32
        From `choose_neck`.
    neck : (H, W) bool
        Where both show bare skin.
    eye_px : float
        Outer eye distance, texels.
    limit_lab : float
        Most that is changed.
    reach : float
        Outer eye distances over which the change fades.
    """
    border = cv2.morphologyEx((chosen > 0.5).astype(np.uint8), cv2.MORPH_GRADIENT, disc(odd_size(0.05 * eye_px))) > 0
    ring = border & neck
    if ring.sum() < 8:
        return head_lab
    step = np.clip(body_lab - head_lab, -limit_lab, limit_lab) * ring[..., None]
    near = soften(ring, 0.5 * reach * eye_px)[..., None]
    step = cv2.GaussianBlur(step, (0, 0), 0.5 * reach * eye_px) / np.maximum(near, 1e-4)
    fade = np.exp(-cv2.distanceTransform(1 - ring.astype(np.uint8), cv2.DIST_L2, 5) / (reach * eye_px))
    return (head_lab + step * (fade * soften(chosen, 0.03 * eye_px))[..., None]).astype(np.float32)


def without_gap(lab: Float32[np.ndarray, "H W 3"], body: Bool[np.ndarray, "H W"], gap: Bool[np.ndarray, "H W"],
                skin: Float32[np.ndarray, "H W"], eye_px: float, *,
                bare_lab: Float[np.ndarray, " 3"] | None = None) -> Float32[np.ndarray, "H W 3"]:
    """The body's colours carried on beyond its border, from a little within it: what lies on the border has colour of the old
    ground. In a gap of the neck they are those of skin in the shade, or of a dark lining.

    Parameters
    ----------
    lab : (H, W, 3) float32
        CIE Lab of the body.
    body, gap : (H, W) bool
        Where it has paint, and where it should.
    skin : (H, W) float32
        How surely each texel is skin.
    eye_px : float
        Outer eye distance, texels.
    bare_lab : (3,) float, optional
        Tone of the skin that must be seen below a shaven chin; None below a beard.
    """
    sure = cv2.erode(body.astype(np.uint8), disc(odd_size(_FRINGE * eye_px))) > 0
    if not sure.any():
        return lab
    filled = np.where(sure[..., None], lab, fill_holes(lab, sure))
    around = (cv2.dilate(gap.astype(np.uint8), disc(odd_size(_LINING * eye_px))) > 0) & sure
    if gap.any() and around.sum() >= _LEAST_TEXELS:
        seen = lab[around]
        bare = skin[around] > 0.5
        if bare.mean() > _BARE:
            lining = np.median(seen[bare], 0) * _IN_SHADE
        elif bare_lab is not None and np.isfinite(bare_lab).all():
            lining = np.asarray(bare_lab) * _IN_SHADE
        else:
            lining = np.median(seen[seen[:, 0] <= np.percentile(seen[:, 0], _DARKEST)], 0)
        inside = soften(gap & ~sure, 0.01 * eye_px)[..., None] * (~sure)[..., None]
        filled = filled * (1 - inside) + lining.astype(np.float32) * inside
    return filled.astype(np.float32)


def _window(landmarks: Float[np.ndarray, "68 2"], eye_px: float, shape: tuple[int, ...]) -> tuple[slice, slice]:
    top, bottom = landmarks[OUTER_LIP, 1].mean() - 0.6 * eye_px, landmarks[CHIN, 1] + _BELOW * eye_px
    left, right = landmarks[JAW, 0].min() - _BESIDE * eye_px, landmarks[JAW, 0].max() + _BESIDE * eye_px
    return (slice(max(0, int(top)), min(shape[0], int(bottom))), slice(max(0, int(left)), min(shape[1], int(right))))


def _preference(head_neck: Float32[np.ndarray, "h w"], head_skin: Float32[np.ndarray, "h w"],
                under_head: Float32[np.ndarray, "h w"], body: Float32[np.ndarray, "h w"], gap: Float32[np.ndarray, "h w"],
                ground: Float32[np.ndarray, "h w"]) -> Float64[np.ndarray, "h w"]:
    """What it is worth at each texel to see the head's neck (positive) or the body."""
    outside = (body < 0.5) & (gap < 0.5)
    worth = np.where((gap > 0.5) & (body < 0.5), _HOLE, 0.0) - _RATHER_BODY - _COLLAR * (1 - head_skin) - _WIDER * outside
    worth = np.where(head_neck > 0.5, worth, -_NEVER)
    worth = np.where((ground > 0.5) & (head_neck <= 0.5), np.where(body > 0.5, -_HOLE, -0.01), worth)
    return np.where(under_head > 0.5, 0.2, worth).astype(np.float64)


def _cut(head_lab: Float32[np.ndarray, "h w 3"], body_lab: Float32[np.ndarray, "h w 3"],
         worth: Float64[np.ndarray, "h w"]) -> Bool[np.ndarray, "h w"]:
    """True where the head's neck is taken."""
    gap = np.linalg.norm(head_lab - body_lab, axis=-1) / _GAP_LAB + _LEAST_PRICE
    prices = []
    for down, right in STEPS:
        price = (gap + np.roll(gap, (-down, -right), (0, 1))) / (2.0 * np.hypot(down, right))
        prices.append(((down, right), price.astype(np.float64)))
    return grid_cut(prices, np.maximum(worth, 0), np.maximum(-worth, 0))
