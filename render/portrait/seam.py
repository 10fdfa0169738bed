"""Where two paintings meet: the seam of least difference around a head, and what lies on either side of it.

Found by dynamic programming in polar coordinates about the face; passages are joined band by band (Burt and Adelson
1983, doi:10.1145/245.247), holes filled by pull-push (Gortler et al. 1996, doi:10.1145/237170.237200).
"""

import cv2
import numpy as np

from data.colour import rgb_to_lab
from data.landmarks import CHIN, JAW, LEFT_BROW, LEFT_EYE, NOSE_BRIDGE, OUTER_LIP, RIGHT_BROW, RIGHT_EYE
from data.parts import FACE_PARTS, Part
from models.warping import warped
from render.imaging.blending import fill_holes
from render.imaging.filters import soften


def extended(seen):
    """The warped picture with the parts outside the painted surface filled smoothly from its border."""
    if seen.valid.all():
        return seen.colour
    return fill_holes(seen.colour, seen.valid)


def vacated(scene, unit):
    """The scene with its own sitter's head, hair and hat filled with the ground around: nothing of them may stand beside
    the new head, nor their neck's colour hang in the air."""
    head = np.isin(scene.parts, (Part.HAIR, *FACE_PARTS)).astype(np.uint8)
    size = 2 * max(1, round(0.1 * unit)) + 1
    head = cv2.dilate(head, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))) > 0
    ground = scene.valid & ~head & (scene.parts == Part.BACKGROUND)
    filled = fill_holes(scene.colour, ground if ground.any() else scene.valid & ~head)
    kept = soften(scene.valid & ~head, 0.03 * unit)[..., None]
    return kept * scene.colour + (1 - kept) * filled



def head_seam(scene_view, head_view, layout, frame, *, rays=240, steps=140):
    """The closed line within which the head's painting shows instead of the scene's: (240, 2) texels of `frame`.

    Found around the face by dynamic programming in polar coordinates: it runs where the two paintings differ least,
    keeps the lent hair whole and leaves none of the scene's own head standing. Always sought in a small frame, so that
    a thumbnail and the full picture are cut alike.
    """
    landmarks, unit = layout.landmarks(frame), frame.eye_distance_px
    scene, head = warped(scene_view, landmarks, frame), warped(head_view, landmarks, frame)
    scene_lab, head_lab = rgb_to_lab(vacated(scene, unit)), rgb_to_lab(extended(head))
    centre = landmarks[NOSE_BRIDGE].mean(0) * 0.6 + landmarks[OUTER_LIP].mean(0) * 0.4
    angles = np.arange(rays) * (2 * np.pi / rays)
    outline = _outline(landmarks, unit)
    nearest = _ray_lengths(outline, centre, angles) + 0.12 * unit
    down = np.clip(np.sin(angles), 0, 1)
    farthest = np.maximum(nearest + 0.25 * unit, unit * (2.5 - 0.75 * down))
    share = np.linspace(0, 1, steps)[None]
    radius = nearest[:, None] + (farthest - nearest)[:, None] * share
    x = (centre[0] + radius * np.cos(angles)[:, None]).astype(np.float32)
    y = (centre[1] + radius * np.sin(angles)[:, None]).astype(np.float32)

    def along(picture, how=cv2.INTER_LINEAR):
        return cv2.remap(picture, x, y, how, borderMode=cv2.BORDER_REPLICATE)

    blur = (0, 0)
    gap = np.linalg.norm(along(cv2.GaussianBlur(head_lab, blur, 0.04 * unit))
                         - along(cv2.GaussianBlur(scene_lab, blur, 0.04 * unit)), axis=-1)
    lent, own = along(head.parts, cv2.INTER_NEAREST), along(scene.parts, cv2.INTER_NEAREST)
    step = (farthest - nearest)[:, None] / steps / unit
    head_parts = (Part.HAIR, Part.FACE)
    cut, ghost = (np.cumsum((np.isin(labels, head_parts) * step)[:, ::-1], axis=1)[:, ::-1] for labels in (lent, own))
    foreign = np.cumsum((lent == Part.CLOTHING) * step, axis=1)
    # Ground of the head's own painting may come along only where it is like the scene's: no bit of another's sky.
    strange = np.cumsum((lent == Part.BACKGROUND) * np.clip(gap / 8 - 1, 0, 4) * step, axis=1)
    unseen = along((~head.valid).astype(np.float32)) * 60
    cost = gap / 8 + 1.5 * (lent != own) + 60 * cut + 15 * ghost + 3 * (foreign + strange) + 0.6 * share + unseen
    path = _closed_path(cost)
    edge = radius[np.arange(rays), path]
    edge = cv2.GaussianBlur(np.concatenate([edge, edge, edge])[None].astype(np.float32), (0, 0), 1.2)[0, rays:2 * rays]
    return np.stack([centre[0] + edge * np.cos(angles), centre[1] + edge * np.sin(angles)], 1)


def _outline(landmarks, unit):
    """The face with its forehead, as a polygon."""
    brows = np.vstack([landmarks[LEFT_BROW], landmarks[RIGHT_BROW]])
    eyes = (landmarks[LEFT_EYE].mean(0) + landmarks[RIGHT_EYE].mean(0)) / 2
    up = eyes - landmarks[CHIN]
    up = up / np.linalg.norm(up)
    return cv2.convexHull(np.vstack([landmarks[JAW], brows + up * 0.55 * unit]).astype(np.float32))[:, 0]


def _ray_lengths(polygon, centre, angles):
    closed = np.vstack([polygon, polygon[:1]])
    points = np.concatenate([a + (b - a) * np.linspace(0, 1, 60, endpoint=False)[:, None]
                             for a, b in zip(closed[:-1], closed[1:], strict=True)]) - centre
    theta, length = np.arctan2(points[:, 1], points[:, 0]) % (2 * np.pi), np.linalg.norm(points, axis=1)
    order = np.argsort(theta)
    return np.interp(angles, theta[order], length[order], period=2 * np.pi)


def _closed_path(cost, *, reach=3):
    """Cheapest path around all rays that ends where it began (to within `reach` steps)."""
    rays, steps = cost.shape
    start = None
    for _ in range(2):
        total, came = cost[0].copy(), np.zeros((rays, steps), np.int32)
        if start is not None:
            total = np.where(np.abs(np.arange(steps) - start) <= reach, total, 1e9)
        for ray in range(1, rays):
            padded = np.pad(total, reach, constant_values=1e12)
            options = np.stack([padded[k:k + steps] + 0.05 * abs(k - reach) for k in range(2 * reach + 1)])
            best = options.argmin(0)
            came[ray] = np.clip(np.arange(steps) + best - reach, 0, steps - 1)
            total = options.min(0) + cost[ray]
        end = total if start is None else np.where(np.abs(np.arange(steps) - start) <= reach, total, 1e9)
        path = np.zeros(rays, np.int32)
        path[-1] = int(end.argmin())
        for ray in range(rays - 1, 0, -1):
            path[ray - 1] = came[ray, path[ray]]
        start = path[rays // 2] if start is None else start
        if abs(path[0] - path[-1]) <= reach:
            break
        start = int(path[-1])
    return path

