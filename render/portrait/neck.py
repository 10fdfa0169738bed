"""Whose neck is seen between a head and a body of two paintings, and what fills a gap that neither shows.

Both paintings were carried onto one jaw, so two necks lie over one another. A cut through a graph of texels passes from the
head's neck to the body's where they differ least; never is one mixed with the other.
"""

from dataclasses import dataclass

import cv2
import maxflow
import numpy as np
from jaxtyping import Bool, Float, Float32, Float64

from data.landmarks import CHIN, JAW, OUTER_LIP
from render.imaging.blending import fill_holes
from render.imaging.filters import soften
from render.portrait.face_areas import disc, odd_size

_EYE_PX = 44.0              # outer eye distance at which the cut is sought, texels
# Lengths in outer eye distances.
_BELOW, _BESIDE = 2.0, 0.8  # what is seen below the chin and beside the jaw
_GAP_DEEP = 0.9             # a gap below the jaw is filled as far down as this
_COLUMN = slice(4, 13)      # landmarks of the jaw between which the neck stands
_NARROWER = 0.12            # on either side, than those
_CUT_EDGE = 0.012           # sigma of the cut's edge
# Costs of a texel.
_HOLE = 3.0                 # the body has nothing there
_COLLAR = 1.5               # the head's painting shows a collar there, or an ornament: no skin
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
    ground : (H, W) bool
        Where the head's painting shows ground.
    """

    head_lab: Float32[np.ndarray, "H W 3"]
    body_lab: Float32[np.ndarray, "H W 3"]
    head_neck: Bool[np.ndarray, "H W"]
    head_skin: Float32[np.ndarray, "H W"]
    under_head: Bool[np.ndarray, "H W"]
    body: Bool[np.ndarray, "H W"]
    ground: Bool[np.ndarray, "H W"]


def gap_below_jaw(body: Bool[np.ndarray, "H W"], landmarks: Float[np.ndarray, "68 2"],
                  eye_px: float) -> Bool[np.ndarray, "H W"]:
    """Where a neck must stand, between the jaw and the uppermost paint of the body, and the body has none.

    Parameters
    ----------
    body : (H, W) bool
        Where the body has paint.
    landmarks : (68, 2)
        Texels.
    eye_px : float
        Outer eye distance, texels.
    """
    gap = np.zeros(body.shape, bool)
    jaw = landmarks[JAW][_COLUMN]
    order = np.argsort(jaw[:, 0], kind="stable")
    left, right = jaw[:, 0].min() + _NARROWER * eye_px, jaw[:, 0].max() - _NARROWER * eye_px
    for x in range(max(0, int(np.ceil(left))), min(body.shape[1], int(right) + 1)):
        top = int(max(0, np.interp(x, jaw[order, 0], jaw[order, 1]) - 0.15 * eye_px))
        column = body[top:int(landmarks[CHIN, 1] + _GAP_DEEP * eye_px), x]
        filled = np.flatnonzero(column)
        if len(filled):
            gap[top:top + int(filled[-1]), x] = ~column[:int(filled[-1])]
    return gap


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
                                                necks.ground)))
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


def without_gap(lab: Float32[np.ndarray, "H W 3"], body: Bool[np.ndarray, "H W"],
                eye_px: float) -> Float32[np.ndarray, "H W 3"]:
    """The body's colours carried on beyond its border, from a little within it: what lies on the border has colour of the old
    ground."""
    sure = cv2.erode(body.astype(np.uint8), disc(odd_size(0.025 * eye_px))) > 0
    if not sure.any():
        return lab
    filled = fill_holes(lab, sure)
    keep = soften(body & sure, 0.5)[..., None]
    return np.where(sure[..., None], lab, filled * (1 - keep) + lab * keep).astype(np.float32)


def _window(landmarks: Float[np.ndarray, "68 2"], eye_px: float, shape: tuple[int, ...]) -> tuple[slice, slice]:
    top, bottom = landmarks[OUTER_LIP, 1].mean() - 0.6 * eye_px, landmarks[CHIN, 1] + _BELOW * eye_px
    left, right = landmarks[JAW, 0].min() - _BESIDE * eye_px, landmarks[JAW, 0].max() + _BESIDE * eye_px
    return (slice(max(0, int(top)), min(shape[0], int(bottom))), slice(max(0, int(left)), min(shape[1], int(right))))


def _preference(head_neck: Float32[np.ndarray, "h w"], head_skin: Float32[np.ndarray, "h w"],
                under_head: Float32[np.ndarray, "h w"], body: Float32[np.ndarray, "h w"],
                ground: Float32[np.ndarray, "h w"]) -> Float64[np.ndarray, "h w"]:
    """What it is worth at each texel to see the head's neck (positive) or the body."""
    worth = np.where(body < 0.5, _HOLE, 0.0) - _RATHER_BODY - _COLLAR * (1 - head_skin)
    worth = np.where(head_neck > 0.5, worth, -_NEVER)
    worth = np.where((ground > 0.5) & (head_neck <= 0.5), np.where(body > 0.5, -_HOLE, -0.01), worth)
    return np.where(under_head > 0.5, 0.2, worth).astype(np.float64)


def _cut(head_lab: Float32[np.ndarray, "h w 3"], body_lab: Float32[np.ndarray, "h w 3"],
         worth: Float64[np.ndarray, "h w"]) -> Bool[np.ndarray, "h w"]:
    """True where the head's neck is taken."""
    gap = np.linalg.norm(head_lab - body_lab, axis=-1) / _GAP_LAB + _LEAST_PRICE
    graph = maxflow.Graph[float]()
    nodes = graph.add_grid_nodes(worth.shape)
    for down, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
        price = (gap + np.roll(gap, (-down, -right), (0, 1))) / (2.0 * np.hypot(down, right))
        structure = np.zeros((3, 3))
        structure[1 + down, 1 + right] = 1
        graph.add_grid_edges(nodes, price.astype(np.float64), structure=structure, symmetric=True)
    graph.add_grid_tedges(nodes, np.maximum(worth, 0), np.maximum(-worth, 0))
    graph.maxflow()
    return ~graph.get_grid_segments(nodes)
