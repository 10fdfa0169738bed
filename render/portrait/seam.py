"""The seam between two paintings: the closed line of least difference around a head.

The line is found by dynamic programming in polar coordinates about the face, as in quilting (Efros and Freeman 2001,
doi:10.1145/383259.383296), but around instead of across.
"""

from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import Bool, Float, Float32, Float64, Int, Shaped, UInt8

from data.colour import rgb_to_lab
from data.landmarks import NOSE_BRIDGE, OUTER_LIP
from data.parts import FACE_PARTS, Part
from models.alignment import Frame
from models.view import View
from models.warping import Warped, warped
from render.imaging.blending import fill_holes
from render.imaging.filters import soften
from render.portrait.face_areas import disc, face_hull, odd_size
from render.portrait.layout import Layout

# Outer eye distances: the margin that is taken out around a scene's own head, and the sigma over which the ground fades in.
_VACATED_GROWN, _VACATED_EDGE = 0.1, 0.03

# The grid on which the line is sought: directions around the face, and places along each.
_RAYS, _STEPS = 240, 140
_CENTRE_OF_BRIDGE, _CENTRE_OF_LIPS = 0.6, 0.4   # the rays leave from between nose bridge and lips
# Outer eye distances: the line may run anywhere between an innermost and an outermost place on each ray.
_HAIRLINE_RISE, _CLEARANCE = 0.55, 0.12     # innermost: this far outside the face, whose forehead ends so far above the brows
_FARTHEST_UP, _LESS_DOWN = 2.5, 0.75        # outermost, from the centre: upwards, for hats; and how much less straight down
_LEAST_ROOM = 0.25                          # the outermost place lies at least this far outside the innermost

# Costs of a place for the line. A difference in colour of 8 units of CIE Lab, which is plain to see, costs 1.
_GAP_LAB = 8.0
_GAP_BLUR = 0.04            # colours are compared without strokes, outer eye distances (sigma)
_OTHER_PART = 1.5           # the paintings show different parts there
_FARTHER_OUT = 0.6          # at the outermost place, less farther in: of two equally good lines the closer one is taken
_NOT_PAINTED = 60.0         # the head's painting ends before there
# Costs for things on the wrong side of the line, per outer eye distance of them along a ray.
_CUT = 60.0                 # the head's hair or face outside it: cut off
_GHOST = 15.0               # the scene's hair or face outside it: left standing
_FOREIGN = 3.0              # the head's clothes inside it, and its ground where that differs from the scene's
_STRANGEST_GROUND = 4.0     # upper limit of the factor by which different ground counts

_BEND = 0.05                # each step sideways from one ray to the next
_FORBIDDEN, _OFF_GRID = 1e9, 1e12
_EDGE_BLUR_RAYS = 1.2       # the line found is smoothed by this (sigma)


class _Polar(NamedTuple):
    """Places around a face by ray and step."""

    centre: Float[np.ndarray, " 2"]
    angles: Float[np.ndarray, " rays"]
    radius: Float[np.ndarray, "rays steps"]
    """Distance from the centre, texels."""
    share: Float[np.ndarray, "1 steps"]
    """Of the way from the innermost to the outermost place."""
    step_eyes: Float[np.ndarray, "rays 1"]
    """Length of a step, outer eye distances."""

    def along(self, picture: Shaped[np.ndarray, "H W *channels"],
              how: int = cv2.INTER_LINEAR) -> Shaped[np.ndarray, "rays steps *channels"]:
        """A picture as it is seen at all places."""
        x = (self.centre[0] + self.radius * np.cos(self.angles)[:, None]).astype(np.float32)
        y = (self.centre[1] + self.radius * np.sin(self.angles)[:, None]).astype(np.float32)
        return cv2.remap(picture, x, y, how, borderMode=cv2.BORDER_REPLICATE)


def extended(seen: Warped) -> Float32[np.ndarray, "H W 3"]:
    """The picture with what lies outside the painted surface filled smoothly from its border."""
    if seen.valid.all():
        return seen.colour
    return fill_holes(seen.colour, seen.valid)


def vacated(scene: Warped, eye_px: float) -> Float32[np.ndarray, "H W 3"]:
    """The scene with its own sitter's head, hair and hat (and 0.1 outer eye distances around them) filled with the ground
    around, so that nothing of them shows beside the new head. Only ground is used for filling, not the colour of the neck."""
    own_head = np.isin(scene.parts, (Part.HAIR, *FACE_PARTS)).astype(np.uint8)
    head = cv2.dilate(own_head, disc(odd_size(_VACATED_GROWN * eye_px))) > 0
    ground = scene.valid & ~head & (scene.parts == Part.BACKGROUND)
    filled = fill_holes(scene.colour, ground if ground.any() else scene.valid & ~head)
    kept = soften(scene.valid & ~head, _VACATED_EDGE * eye_px)[..., None]
    return kept * scene.colour + (1 - kept) * filled


def head_seam(scene_view: View, head_view: View, layout: Layout, frame: Frame) -> Float64[np.ndarray, "240 2"]:
    """The closed line within which the head's painting shows instead of the scene's.

    It runs where the two paintings differ least, keeps the lent hair whole and leaves none of the scene's own head
    standing.

    Parameters
    ----------
    scene_view, head_view : View
        Who lends the scene, and who the head.
    layout : Layout
        Onto which both are carried.
    frame : Frame
        A small one: always the same, so that a thumbnail and the full picture are cut alike.

    Returns
    -------
    (240, 2) float64
        Texels of `frame`.
    """
    landmarks, eye_px = layout.landmarks(frame), frame.eye_distance_px
    scene, head = warped(scene_view, landmarks, frame), warped(head_view, landmarks, frame)
    places = _around(landmarks, eye_px)
    edge = places.radius[np.arange(_RAYS), _closed_path(_costs(scene, head, places, eye_px))]
    thrice = np.concatenate([edge, edge, edge])[None].astype(np.float32)
    edge = cv2.GaussianBlur(thrice, (0, 0), _EDGE_BLUR_RAYS)[0, _RAYS:2 * _RAYS]
    return np.stack([places.centre[0] + edge * np.cos(places.angles), places.centre[1] + edge * np.sin(places.angles)], 1)


def _around(landmarks: Float[np.ndarray, "68 2"], eye_px: float) -> _Polar:
    """Where the line may run."""
    centre = landmarks[NOSE_BRIDGE].mean(0) * _CENTRE_OF_BRIDGE + landmarks[OUTER_LIP].mean(0) * _CENTRE_OF_LIPS
    angles = np.arange(_RAYS) * (2 * np.pi / _RAYS)
    outline = face_hull(landmarks, eye_px, rise=_HAIRLINE_RISE)[:, 0]
    nearest = _ray_lengths(outline, centre, angles) + _CLEARANCE * eye_px
    down = np.clip(np.sin(angles), 0, 1)
    farthest = np.maximum(nearest + _LEAST_ROOM * eye_px, eye_px * (_FARTHEST_UP - _LESS_DOWN * down))
    share = np.linspace(0, 1, _STEPS)[None]
    radius = nearest[:, None] + (farthest - nearest)[:, None] * share
    return _Polar(centre, angles, radius, share, (farthest - nearest)[:, None] / _STEPS / eye_px)


def _costs(scene: Warped, head: Warped, places: _Polar, eye_px: float) -> Float64[np.ndarray, "rays steps"]:
    """What it costs that the line runs through each place."""
    scene_lab, head_lab = rgb_to_lab(vacated(scene, eye_px)), rgb_to_lab(extended(head))
    gap = np.linalg.norm(places.along(cv2.GaussianBlur(head_lab, (0, 0), _GAP_BLUR * eye_px))
                         - places.along(cv2.GaussianBlur(scene_lab, (0, 0), _GAP_BLUR * eye_px)), axis=-1)
    lent, own = places.along(head.parts, cv2.INTER_NEAREST), places.along(scene.parts, cv2.INTER_NEAREST)
    cut, ghost = _outside(lent, places.step_eyes), _outside(own, places.step_eyes)
    foreign = np.cumsum((lent == Part.CLOTHING) * places.step_eyes, axis=1)
    # Ground of the head's own painting may lie inside the line only where it is like the scene's.
    strange = np.cumsum((lent == Part.BACKGROUND) * np.clip(gap / _GAP_LAB - 1, 0, _STRANGEST_GROUND) * places.step_eyes,
                        axis=1)
    unseen = places.along((~head.valid).astype(np.float32)) * _NOT_PAINTED
    return (gap / _GAP_LAB + _OTHER_PART * (lent != own) + _CUT * cut + _GHOST * ghost + _FOREIGN * (foreign + strange)
            + _FARTHER_OUT * places.share + unseen)


def _outside(labels: UInt8[np.ndarray, "rays steps"],
             step_eyes: Float[np.ndarray, "rays 1"]) -> Float64[np.ndarray, "rays steps"]:
    """How much hair and face lies on a ray from each place outwards, outer eye distances."""
    of_head: Bool[np.ndarray, "rays steps"] = np.isin(labels, (Part.HAIR, Part.FACE))
    return np.cumsum((of_head * step_eyes)[:, ::-1], axis=1)[:, ::-1]


def _ray_lengths(polygon: Float[np.ndarray, "N 2"], centre: Float[np.ndarray, " 2"],
                 angles: Float[np.ndarray, " rays"]) -> Float64[np.ndarray, " rays"]:
    """Distance from the centre to the polygon in each direction."""
    closed = np.vstack([polygon, polygon[:1]])
    points = np.concatenate([a + (b - a) * np.linspace(0, 1, 60, endpoint=False)[:, None]
                             for a, b in zip(closed[:-1], closed[1:], strict=True)]) - centre
    theta, length = np.arctan2(points[:, 1], points[:, 0]) % (2 * np.pi), np.linalg.norm(points, axis=1)
    order = np.argsort(theta)
    return np.interp(angles, theta[order], length[order], period=2 * np.pi)


def _closed_path(cost: Float[np.ndarray, "rays steps"], *, reach: int = 3) -> Int[np.ndarray, " rays"]:
    """The cheapest path around all rays that ends within `reach` steps of where it began: a free one, and if that does not
    close, another that begins and ends where the first one ended."""
    path = _cheapest_path(cost, None, reach)
    if abs(path[0] - path[-1]) > reach:
        path = _cheapest_path(cost, int(path[-1]), reach)
    return path


def _cheapest_path(cost: Float[np.ndarray, "rays steps"], ends: int | None, reach: int) -> Int[np.ndarray, " rays"]:
    """The step of each ray on the cheapest path over all rays, by dynamic programming; its ends lie within `reach` of the
    step `ends`, if given."""
    rays, steps = cost.shape

    def held(total: np.ndarray) -> np.ndarray:
        return total if ends is None else np.where(np.abs(np.arange(steps) - ends) <= reach, total, _FORBIDDEN)

    total, came = held(cost[0].copy()), np.zeros((rays, steps), np.int32)
    for ray in range(1, rays):
        padded = np.pad(total, reach, constant_values=_OFF_GRID)
        options = np.stack([padded[k:k + steps] + _BEND * abs(k - reach) for k in range(2 * reach + 1)])
        came[ray] = np.clip(np.arange(steps) + options.argmin(0) - reach, 0, steps - 1)
        total = options.min(0) + cost[ray]
    path = np.zeros(rays, np.int32)
    path[-1] = int(held(total).argmin())
    for ray in range(rays - 1, 0, -1):
        path[ray - 1] = came[ray, path[ray]]
    return path
