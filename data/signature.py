"""What is kept of a picture to recognise it, and whether two such signatures show one painting.

Two pictures are compared by laying one over the other by an affine map and looking place by place. Copies, versions and
other sitters in the same pose can be laid over each other too, but agree in their outlines only: among the Titians at hand,
two photographs of one painting agree to 0.71 and more (lower quartile of the local correlation), two versions of one
composition to 0.63 at most. Nor may a single place of more than 5 % differ. A replica that differs only in a small face
would still pass for the same painting.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

from data.errors import ShapeError

SIGNATURE_SIDE = 400
"""Descriptors are taken from pictures of this longest side in pixels; points are in its pixels."""
_THUMB_SIDE = 160
# ORB: descriptors a picture, steps of its pyramid, and how close to the rim and how faint a corner may be.
_FEATURES, _PYRAMID_STEP, _PYRAMID_LEVELS, _RIM_PX, _CORNER = 400, 1.3, 6, 16, 5
# Contrast is evened out in tiles of an 8 x 8 grid, amplified at most threefold.
_EVENED_LIMIT, _EVENED_GRID = 3, (8, 8)
# A colour picture has a tenth of its pixels with channels this far apart (of 255).
_COLOURFUL_SPREAD, _COLOURFUL_QUANTILE = 12, 0.9

_LEAST_MATCHES = 12  # pairs of descriptors, before and after those that disagree are left out
_MATCH_BITS = 64  # of 256 bits that may differ between two descriptors of one place
_STRAY_PX, _RANSAC_ROUNDS = 5, 1000  # how far a matched point may lie off the common map
_SAME_ASPECT = 0.15  # difference of log aspect up to which pictures are also laid corner on corner
_MOST_SCALE = 10  # between the two thumbs
_SHARPNESS_PX = 0.7  # both thumbs are blurred to this before they are laid over each other
_LEAST_OVERLAP_PX, _LEAST_OVERLAP = 300, 0.3  # pixels, and share of the smaller picture
_ALIKE_BEFORE = 0.55  # correlation before the map is refined, which is slow
_REFINE_ROUNDS, _REFINE_STEP, _REFINE_WINDOW_PX = 40, 1e-4, 3
_LEAST_STRETCH, _MOST_STRETCH = 0.05, 1.2  # of the refined map: it may not flatten, nor squeeze one way
_SAME = 0.67  # agreement from which two pictures show one painting
_DIFFERING = 0.05  # share of the overlap that one plainly differing place may take
_LOCAL_PX = 3.5  # sigma of the window of the local correlation
# Variances of grey (0 to 255): from here on a place is textured; textured enough to say that it differs.
_TEXTURED, _WELL_TEXTURED, _LEAST_TEXTURED = 4, 30, 0.25
_PLAINLY_DIFFERING = 0.2  # local correlation


@dataclass(frozen=True, eq=False)
class Signature:
    """What is kept of a picture to recognise it.

    thumb : (h, w) uint8, grey, longest side 160; points_xy : (N, 2) float32, descriptors : (N, 32) uint8;
    colourful : False for a black-and-white photograph.
    """

    thumb: UInt8[np.ndarray, "h w"]
    points_xy: Float32[np.ndarray, "N 2"]
    descriptors: UInt8[np.ndarray, "N 32"]
    colourful: bool

    def to_bytes(self) -> bytes:
        """The content of an .npz file."""
        stream = io.BytesIO()
        np.savez(stream, thumb=self.thumb, points=self.points_xy, descriptors=self.descriptors,
                 colourful=np.array(self.colourful))
        return stream.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> "Signature":
        """The signature that `to_bytes` wrote."""
        with np.load(io.BytesIO(content), allow_pickle=False) as saved:
            return cls(saved["thumb"], saved["points"], saved["descriptors"], bool(saved["colourful"]))


class Comparison(NamedTuple):
    """Two pictures of one painting: the lower quartile of the local correlation where they overlap, and how much of the
    first and of the second the overlap is."""

    agreement: float
    shares: tuple[float, float]


def signature(rgb: Float32[np.ndarray, "H W 3"]) -> Signature:
    """The signature of a picture in [0, 1], borders already cut away; ShapeError if it is no picture of three channels.

    Descriptors: ORB (Rublee et al. 2011, doi:10.1109/ICCV.2011.6126544).
    """
    if rgb.ndim != 3 or rgb.shape[2] != 3:
        raise ShapeError(f"signature wants a picture (H, W, 3), got {rgb.shape}")
    share = SIGNATURE_SIDE / max(rgb.shape[:2])
    size = max(1, round(rgb.shape[1] * share)), max(1, round(rgb.shape[0] * share))
    small = cv2.resize(np.ascontiguousarray(rgb), size, interpolation=cv2.INTER_AREA if share < 1 else cv2.INTER_LINEAR)
    # Halves are rounded up, unlike in `data.colour.to_uint8`: stored signatures must stay comparable.
    small = np.clip(small * 255 + 0.5, 0, 255).astype(np.uint8)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    # Contrast is evened out, so that dark passages give features and darker photographs the same ones.
    even = cv2.createCLAHE(clipLimit=_EVENED_LIMIT, tileGridSize=_EVENED_GRID).apply(grey)
    finder = cv2.ORB.create(nfeatures=_FEATURES, scaleFactor=_PYRAMID_STEP, nlevels=_PYRAMID_LEVELS, edgeThreshold=_RIM_PX,
                            fastThreshold=_CORNER)
    points, descriptors = finder.detectAndCompute(even, None)
    if descriptors is None:
        points, descriptors = (), np.zeros((0, 32), np.uint8)
    share = _THUMB_SIDE / SIGNATURE_SIDE
    thumb = cv2.resize(grey, (max(1, round(size[0] * share)), max(1, round(size[1] * share))),
                       interpolation=cv2.INTER_AREA)
    spread = small.max(-1).astype(np.int16) - small.min(-1)
    return Signature(thumb, np.array([point.pt for point in points], np.float32).reshape(-1, 2), descriptors,
                     bool(np.quantile(spread, _COLOURFUL_QUANTILE) > _COLOURFUL_SPREAD))


def compare_signatures(one: Signature, other: Signature) -> Comparison | None:
    """How far two pictures agree if they show one painting, else None."""
    for matrix in _first_maps(one, other):
        if abs(np.linalg.det(matrix[:, :2])) > 1:  # lay the finer one over the coarser one
            found = _compare_by(other, one, cv2.invertAffineTransform(matrix))
            found = found and Comparison(found.agreement, found.shares[::-1])
        else:
            found = _compare_by(one, other, matrix)
        if found:
            return found
    return None


def _first_maps(one: Signature, other: Signature) -> Iterator[np.ndarray]:
    """Guesses at the (2, 3) map from thumb to thumb: by descriptors, and corner on corner where the shapes are alike."""
    matrix = _map_by_descriptors(one, other)
    if matrix is not None:
        yield matrix
    (h, w), (height, width) = one.thumb.shape, other.thumb.shape
    if abs(np.log(w * height / (h * width))) < _SAME_ASPECT:
        yield np.array([[width / w, 0, (width / w - 1) / 2], [0, height / h, (height / h - 1) / 2]])


def _map_by_descriptors(one: Signature, other: Signature) -> np.ndarray | None:
    """The (2, 3) map, without shear, on which enough pairs of like descriptors agree; None if there are too few."""
    if min(len(one.descriptors), len(other.descriptors)) < _LEAST_MATCHES:
        return None
    matches = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(one.descriptors, other.descriptors)
    matches = [match for match in matches if match.distance < _MATCH_BITS]
    if len(matches) < _LEAST_MATCHES:
        return None
    here = one.points_xy[[match.queryIdx for match in matches]]
    there = other.points_xy[[match.trainIdx for match in matches]]
    matrix, agreed = cv2.estimateAffinePartial2D(here, there, ransacReprojThreshold=_STRAY_PX, maxIters=_RANSAC_ROUNDS)
    if matrix is None or agreed.sum() < _LEAST_MATCHES:
        return None
    return np.hstack([matrix[:, :2], matrix[:, 2:] * (_THUMB_SIDE / SIGNATURE_SIDE)])


def _compare_by(fine: Signature, coarse: Signature, matrix: np.ndarray) -> Comparison | None:
    """`compare_signatures` for a given first map from `fine` to `coarse`, in pixels of their thumbs."""
    scale = np.sqrt(abs(np.linalg.det(matrix[:, :2])))
    if not 1 / _MOST_SCALE < scale < _MOST_SCALE:
        return None
    # Both at the same sharpness, that of the coarser one: warping would alias, and sharpness is no difference.
    picture = cv2.GaussianBlur(fine.thumb.astype(np.float32), (0, 0), _SHARPNESS_PX / scale)
    target = cv2.GaussianBlur(coarse.thumb.astype(np.float32), (0, 0), _SHARPNESS_PX)
    refined = _refined(picture, target, cv2.invertAffineTransform(matrix).astype(np.float32))
    if refined is None:
        return None
    warped, overlap = _laid_over(picture, target, refined)
    extent = picture.size / abs(np.linalg.det(refined[:, :2]))  # of `fine`, in pixels of `coarse`
    shares = float(min(1, overlap.sum() / extent)), float(overlap.mean())
    if max(shares) < _LEAST_OVERLAP or overlap.sum() < _LEAST_OVERLAP_PX:
        return None
    agreement = _agreement(warped, target, overlap)
    return Comparison(agreement, shares) if agreement >= _SAME else None


def _refined(picture: np.ndarray, target: np.ndarray, matrix: np.ndarray) -> np.ndarray | None:
    """The affine map (2, 3) from target to picture under which they agree best, from a first guess; None if they do not.

    Evangelidis, Psarakis 2008, doi:10.1109/TPAMI.2008.113
    """
    # Refining is slow, and pictures of one painting are alike on the whole before it.
    warped, overlap = _laid_over(picture, target, matrix)
    if overlap.sum() < _LEAST_OVERLAP_PX or _correlation(warped, target, overlap) < _ALIKE_BEFORE:
        return None
    try:
        _, matrix = cv2.findTransformECC(  # type: ignore[call-overload]  # its stub wants a mask, which may be None
            target, picture, matrix, cv2.MOTION_AFFINE,
            (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, _REFINE_ROUNDS, _REFINE_STEP), None, _REFINE_WINDOW_PX)
    except cv2.error:  # it does not converge: the pictures differ after all
        return None
    stretch = np.linalg.svd(matrix[:, :2], compute_uv=False)
    return None if stretch[1] < _LEAST_STRETCH or stretch[0] / stretch[1] > _MOST_STRETCH else matrix


def _laid_over(picture: np.ndarray, target: np.ndarray, matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """`picture` in the frame of `target`, and where it covers it; `matrix` leads from target to picture."""
    size, flags = target.shape[::-1], cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    covered = cv2.warpAffine(np.ones_like(picture), matrix, size, flags=flags) > 0.99
    return cv2.warpAffine(picture, matrix, size, flags=flags), covered


def _correlation(picture: np.ndarray, target: np.ndarray, overlap: np.ndarray) -> float:
    """Correlation of two grey pictures over all of their overlap, a little blurred; 0 where one is of a single tone."""
    here, there = (cv2.GaussianBlur(each, (0, 0), 1.5)[overlap] for each in (picture, target))
    if min(here.std(), there.std()) < 1e-3:
        return 0.0
    return float(np.corrcoef(here, there)[0, 1])


def _agreement(picture: np.ndarray, target: np.ndarray, overlap: np.ndarray) -> float:
    """Lower quartile of the local correlation (Gaussian window) over what is textured in both; 0 if little is, or if the two
    plainly differ in one large place: another sitter on the same ground."""
    weight = overlap.astype(np.float32)

    def smooth(values):
        return cv2.GaussianBlur(values * weight, (0, 0), _LOCAL_PX)

    norm = smooth(weight) + 1e-6
    mean, wanted = smooth(picture) / norm, smooth(target) / norm
    variance = smooth(picture * picture) / norm - mean ** 2
    expected = smooth(target * target) / norm - wanted ** 2
    together = smooth(picture * target) / norm - mean * wanted
    local = together / np.sqrt(np.maximum(variance, 1e-3) * np.maximum(expected, 1e-3))
    textured = overlap & (np.minimum(variance, expected) > _TEXTURED)
    differing = overlap & (np.maximum(variance, expected) > _WELL_TEXTURED) & (local < _PLAINLY_DIFFERING)
    _, _, places, _ = cv2.connectedComponentsWithStats(differing.astype(np.uint8))
    largest = places[1:, cv2.CC_STAT_AREA].max(initial=0)
    if textured.sum() < _LEAST_TEXTURED * overlap.sum() or largest > _DIFFERING * overlap.sum():
        return 0.0
    return float(np.quantile(local[textured], 0.25))
