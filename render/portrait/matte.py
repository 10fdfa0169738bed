"""The matte of a painted head: how much of each texel is hair, beard, hat or face, and what colour they have without the
ground that shines through.

The head's outline is known from its parts map only roughly. In a band around it the share of the head is solved for from the
picture itself (closed-form matting: Levin, Lischinski and Weiss 2008, doi:10.1109/TPAMI.2007.1177), and the head's own colour
by multi-level estimation (Germer et al. 2021, doi:10.1109/ICPR48806.2021.9413042). Where head and ground are of one colour
the picture says nothing: there the edge is the outline's own, softened.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import cv2
import numpy as np
from jaxtyping import Bool, Float32, Float64
from scipy.sparse import csr_matrix

from render.imaging.blending import fill_holes
from render.imaging.filters import guided_filter, soften
from render.portrait.face_areas import disc, odd_size

# Lengths in outer eye distances.
_BAND_IN, _BAND_OUT = 0.09, 0.13        # the outline of hair, beard and hat is uncertain by so much inwards and outwards
_SKIN_BAND = 0.03                       # and that of bare skin, whose edge the landmarks give
_EDGE = 0.03                            # sigma of an edge about which the picture says nothing
_CROP = 0.3                             # seen around the head
_FINE_EYE_PX, _QUICK_EYE_PX = 56.0, 40.0    # outer eye distance at which mattes are solved for, texels
_TOLD_FROM, _TOLD_TO = 5.0, 14.0        # head and ground that differ by less (CIE Lab) tell nothing, by more all
_LOCAL = 0.15                           # sigma over which their colours are compared
_NOISE = 1e-5                           # variance of colour (full scale 1) that counts as noise in closed-form matting
_STEPS, _DONE = 300, 1e-6               # of the conjugate gradients
_SHIFTS = [0.0, 1e-4, 1e-3, 1e-2, 0.1, 0.5]    # tried in turn until the incomplete factorisation succeeds
_SURE = 0.97                            # more than this is the head alone, less than the rest of it not at all
_UPSAMPLED_RADIUS, _UPSAMPLED_CONTRAST = 0.04, 2.0


class Matte(NamedTuple):
    """A head free of its ground."""

    alpha: Float32[np.ndarray, "H W"]
    """Share of the head in each texel."""
    lab: Float32[np.ndarray, "H W 3"]
    """Colour of the head alone, CIE Lab."""


def head_matte(lab: Float32[np.ndarray, "H W 3"], head: Bool[np.ndarray, "H W"], skin: Bool[np.ndarray, "H W"],
               valid: Bool[np.ndarray, "H W"], eye_px: float, *, fine: bool) -> Matte:
    """The matte of a head.

    Parameters
    ----------
    lab : (H, W, 3) float32
        CIE Lab of the head's painting.
    head : (H, W) bool
        Roughly where face, hair, beard and hat are.
    skin : (H, W) bool
        Bare skin within it, whose edge is known better.
    valid : (H, W) bool
        Where the painting has paint; elsewhere there is no head.
    eye_px : float
        Outer eye distance, texels.
    fine : bool
        Solved for at a resolution fit for a full portrait, not for a thumbnail.
    """
    alpha, colour = np.zeros(head.shape, np.float32), lab.copy()
    if not head.any():
        return Matte(alpha, colour)
    window = _window(head, _CROP * eye_px)
    head, skin, picture = head[window], skin[window], lab[window]
    scale = min(1.0, (_FINE_EYE_PX if fine else _QUICK_EYE_PX) / eye_px)
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    size = small.shape[1::-1]
    trimap = _trimap(_shrunk(head, size), _shrunk(skin, size), scale * eye_px)
    solved = _told(small, _closed_form(small, trimap), _shrunk(head, size), scale * eye_px)
    alpha[window] = _enlarged(solved, picture, scale, eye_px)
    alpha = np.where(valid, alpha, 0).astype(np.float32)
    colour[window] = _own_colour(picture, alpha[window])
    return Matte(alpha, colour)


def _window(mask: Bool[np.ndarray, "H W"], margin_px: float) -> tuple[slice, slice]:
    """The part of the picture that holds a mask and a margin around it."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    margin = int(np.ceil(margin_px))
    return (slice(max(0, int(rows[0]) - margin), int(rows[-1]) + margin + 1),
            slice(max(0, int(columns[0]) - margin), int(columns[-1]) + margin + 1))


def _shrunk(mask: Bool[np.ndarray, "H W"], size: tuple[int, int]) -> Bool[np.ndarray, "h w"]:
    return cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.5


def _trimap(head: Bool[np.ndarray, "h w"], skin: Bool[np.ndarray, "h w"], eye_px: float) -> Float64[np.ndarray, "h w"]:
    """1 where the head surely is, 0 where it surely is not, 0.5 between."""
    padded = np.pad(head.astype(np.uint8), 1, mode="edge")
    inner = cv2.erode(padded, disc(odd_size(_BAND_IN * eye_px)))[1:-1, 1:-1] > 0
    outer = cv2.dilate(padded, disc(odd_size(_BAND_OUT * eye_px)))[1:-1, 1:-1] > 0
    sure_skin = cv2.erode((skin & head).astype(np.uint8), disc(odd_size(_SKIN_BAND * eye_px))) > 0
    trimap = np.where(inner | sure_skin, 1.0, np.where(outer, 0.5, 0.0))
    near_skin = cv2.dilate((skin & head).astype(np.uint8), disc(odd_size(_SKIN_BAND * eye_px))) > 0
    by_skin = cv2.dilate(skin.astype(np.uint8), disc(odd_size(_BAND_OUT * eye_px))) > 0
    by_hair = cv2.dilate((head & ~skin).astype(np.uint8), disc(odd_size(_BAND_OUT * eye_px))) > 0
    return np.where(by_skin & ~by_hair & ~head & ~near_skin, 0.0, trimap)


def _closed_form(lab: Float32[np.ndarray, "h w 3"], trimap: Float64[np.ndarray, "h w"]) -> Float32[np.ndarray, "h w"]:
    """Alpha by closed-form matting."""
    from pymatting.laplacian.cf_laplacian import cf_laplacian  # a second to import
    from pymatting.preconditioner.ichol import ichol

    known = (trimap != 0.5).ravel()
    if known.all():
        return trimap.astype(np.float32)
    picture = np.clip(lab / 100.0 + np.array([0.0, 0.5, 0.5]), 0, 1).astype(np.float64)
    laplacian = cf_laplacian(picture, epsilon=_NOISE, is_known=known).tocsr()
    rows = laplacian[~known]
    inner = rows[:, ~known].tocsc()
    wanted = -rows[:, known] @ trimap.ravel()[known]
    alpha = trimap.ravel().copy()
    alpha[~known] = _solved(inner.tocsr(), wanted, ichol(inner, shifts=_SHIFTS))
    return np.clip(alpha, 0, 1).reshape(trimap.shape).astype(np.float32)


def _solved(matrix: csr_matrix, wanted: Float64[np.ndarray, " N"],
            preconditioner: Callable[[Any], Any]) -> Float64[np.ndarray, " N"]:
    """Conjugate gradients whose sums do not depend on the number of threads, as those of BLAS do."""
    x, residual = np.zeros_like(wanted), wanted.copy()
    better = preconditioner(residual)
    direction, energy, goal = better.copy(), float((residual * better).sum()), _DONE * float(np.sqrt((wanted ** 2).sum()))
    for _ in range(_STEPS):
        if float(np.sqrt((residual ** 2).sum())) <= goal:
            break
        step = matrix @ direction
        length = energy / float((direction * step).sum())
        x, residual = x + length * direction, residual - length * step
        better = preconditioner(residual)
        before, energy = energy, float((residual * better).sum())
        direction = better + energy / before * direction
    return x


def _told(lab: Float32[np.ndarray, "h w 3"], alpha: Float32[np.ndarray, "h w"], head: Bool[np.ndarray, "h w"],
          eye_px: float) -> Float32[np.ndarray, "h w"]:
    """The solved alpha where head and ground differ in colour, else the outline's own soft edge."""
    plain = soften(head, _EDGE * eye_px)
    inside, outside = alpha > _SURE, alpha < 1 - _SURE
    if not inside.any() or not outside.any():
        return plain
    own, ground = (fill_holes(cv2.GaussianBlur(lab * where[..., None], (0, 0), _LOCAL * eye_px)
                              / np.maximum(soften(where, _LOCAL * eye_px), 1e-3)[..., None], where)
                   for where in (inside, outside))
    told = np.clip((np.linalg.norm(own - ground, axis=-1) - _TOLD_FROM) / (_TOLD_TO - _TOLD_FROM), 0, 1)
    return plain + told * (alpha - plain)


def _enlarged(alpha: Float32[np.ndarray, "h w"], lab: Float32[np.ndarray, "H W 3"], scale: float,
              eye_px: float) -> Float32[np.ndarray, "H W"]:
    """The matte at the size of the picture, its edges where the picture has them."""
    if scale >= 1:
        return alpha
    large = cv2.resize(alpha, lab.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    sharp = guided_filter(np.dstack([large, large]), np.ascontiguousarray(lab[..., 0]), _UPSAMPLED_RADIUS * eye_px,
                          _UPSAMPLED_CONTRAST)[..., 0]
    return np.clip(sharp, 0, 1)


def _own_colour(lab: Float32[np.ndarray, "H W 3"], alpha: Float32[np.ndarray, "H W"]) -> Float32[np.ndarray, "H W 3"]:
    """The head's colour, without that of the ground where both are mixed."""
    from pymatting.foreground.estimate_foreground_ml import estimate_foreground_ml  # a second to import

    unit = (lab / 100.0 + np.array([0.0, 0.5, 0.5])).astype(np.float32)
    own = estimate_foreground_ml(unit, alpha, regularization=5e-3, return_background=False)
    return ((own - np.array([0.0, 0.5, 0.5])) * 100.0).astype(np.float32)
