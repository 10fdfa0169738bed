"""Scans of one painting found among many: other photographs of it, and crops.

Two stages. Candidates come from hashes alone, without comparing every picture with every other: random bits of local
descriptors (ORB, Rublee et al. 2011, doi:10.1109/ICCV.2011.6126544; locality-sensitive hashing of bits, Gionis, Indyk,
Motwani 1999), and small thumbnails. Each candidate is then laid over the other by an affine map and compared place by
place. Copies, versions and other sitters in the same pose align too, but agree in their outlines only: among the
Titians at hand, two photographs of one painting agree to 0.71 and more (lower quartile of the local correlation), two
versions of one composition to 0.63 at most. Nor may a single place of more than 5 % differ. A replica that differs only
in a small face would still pass for the same painting.
"""

import io
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np
from scipy import sparse

from data.errors import ShapeError

SIGNATURE_SIDE = 400  # descriptors are taken from pictures of this longest side; points are in its pixels
_THUMB_SIDE = 160
_FEATURES = 400
_TABLES = 48
_CANDIDATES = 6
_SAME = 0.67
_DIFFERING = 0.05
_CONTAINED = 0.6


@dataclass(frozen=True, eq=False)
class Signature:
    """What is kept of a picture to recognise it.

    thumb : (h, w) uint8, grey, longest side 160; points_xy : (N, 2) float32, descriptors : (N, 32) uint8;
    colourful : False for a black-and-white photograph.
    """

    thumb: np.ndarray
    points_xy: np.ndarray
    descriptors: np.ndarray
    colourful: bool

    def to_bytes(self):
        stream = io.BytesIO()
        np.savez(stream, thumb=self.thumb, points=self.points_xy, descriptors=self.descriptors,
                 colourful=np.array(self.colourful))
        return stream.getvalue()

    @classmethod
    def from_bytes(cls, content):
        with np.load(io.BytesIO(content), allow_pickle=False) as saved:
            return cls(saved["thumb"], saved["points"], saved["descriptors"], bool(saved["colourful"]))


@dataclass(frozen=True)
class Likeness:
    """Pictures `first` and `second` (indices, first < second) show one painting.

    `agreement` is the lower quartile of the local correlation where they overlap; `shares` tell how much of each the
    overlap is.
    """

    first: int
    second: int
    agreement: float
    shares: tuple[float, float]


def signature(rgb):
    """The signature of a picture (H, W, 3) float32 in [0, 1], borders already cut away."""
    if rgb.ndim != 3 or rgb.shape[2] != 3:
        raise ShapeError(f"signature wants a picture (H, W, 3), got {rgb.shape}")
    share = SIGNATURE_SIDE / max(rgb.shape[:2])
    size = max(1, round(rgb.shape[1] * share)), max(1, round(rgb.shape[0] * share))
    small = cv2.resize(np.ascontiguousarray(rgb), size, interpolation=cv2.INTER_AREA if share < 1 else cv2.INTER_LINEAR)
    small = np.clip(small * 255 + 0.5, 0, 255).astype(np.uint8)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    # Contrast is evened out, so that dark passages give features and darker photographs the same ones.
    even = cv2.createCLAHE(clipLimit=3, tileGridSize=(8, 8)).apply(grey)
    finder = cv2.ORB_create(nfeatures=_FEATURES, scaleFactor=1.3, nlevels=6, edgeThreshold=16, fastThreshold=5)
    points, descriptors = finder.detectAndCompute(even, None)
    if descriptors is None:
        points, descriptors = (), np.zeros((0, 32), np.uint8)
    share = _THUMB_SIDE / SIGNATURE_SIDE
    thumb = cv2.resize(grey, (max(1, round(size[0] * share)), max(1, round(size[1] * share))),
                       interpolation=cv2.INTER_AREA)
    spread = small.max(-1).astype(np.int16) - small.min(-1)
    return Signature(thumb, np.array([point.pt for point in points], np.float32).reshape(-1, 2), descriptors,
                     bool(np.quantile(spread, 0.9) > 12))


def find_likenesses(signatures, *, compared=None):
    """All pairs of pictures that show one painting, in a fixed order.

    Parameters
    ----------
    signatures : list of Signature
    compared : dict or None
        {(first, second): (agreement, shares) or None}: comparisons already made, which are not made again. Afterwards
        it holds those of this call and no others.

    Returns
    -------
    list of Likeness
        With first < second.
    """
    pairs = sorted(_candidates_by_descriptors(signatures) | _candidates_by_thumbs(signatures))
    compared = {} if compared is None else compared
    new = [pair for pair in pairs if pair not in compared]
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        made = dict(zip(new, pool.map(lambda pair: _compare(signatures[pair[0]], signatures[pair[1]]), new)))
    made.update((pair, compared[pair]) for pair in pairs if pair in compared)
    compared.clear()
    compared.update(made)
    return [Likeness(*pair, *made[pair]) for pair in pairs if made[pair] is not None]


def keep_best(likenesses, pixels):
    """Which scan of each painting to keep.

    The scan that shows most of the painting is kept; among those that show as much (within 15 %), the one with the most
    pixels.

    Parameters
    ----------
    likenesses : list of Likeness
        Only those count where one picture lies at least by 60 % within the other; two details that merely overlap are
        different sources.
    pixels : (N,) float
        Usable size of each picture, any unit.

    Returns
    -------
    dict
        {index of a duplicate: (index of the scan kept in its place, "same" or "crop", agreement)}
    """
    neighbours = {}
    for link in likenesses:
        if max(link.shares) >= _CONTAINED:
            step = float(np.log(link.shares[0] / link.shares[1]))  # log of second's extent over first's
            neighbours.setdefault(link.first, []).append((link.second, step, link.agreement))
            neighbours.setdefault(link.second, []).append((link.first, -step, link.agreement))
    dropped, extents = {}, {}
    for start in sorted(neighbours):
        if start in extents:
            continue
        extent, queue = {start: 0.0}, [start]
        while queue:
            here = queue.pop()
            for there, step, _ in neighbours[here]:
                if there not in extent:
                    extent[there] = extent[here] + step
                    queue.append(there)
        extents.update(extent)
        most = max(extent.values())
        whole = sorted(index for index in extent if extent[index] > most - np.log(1.15))
        kept = max(whole, key=lambda index: pixels[index])
        for index in sorted(set(extent) - {kept}):
            agreement = max(agreement for _, _, agreement in neighbours[index])
            dropped[index] = kept, "same" if index in whole else "crop", agreement
    return dropped


def _candidates_by_descriptors(signatures):
    """Pairs that share rare descriptor bits far more often than their other pairs do."""
    count = len(signatures)
    owner = np.repeat(np.arange(count), [len(one.descriptors) for one in signatures])
    if len(owner) == 0:
        return set()
    descriptors = np.concatenate([one.descriptors for one in signatures])
    # Longer keys in larger collections keep chance meetings per picture constant. Fixed seed: same files, same pairs.
    length = min(60, round(18 + np.log2(count + 1)))
    rng = np.random.default_rng(0)
    shared = sparse.csr_matrix((count, count), dtype=np.float32)
    for _ in range(_TABLES if count < 2000 else _TABLES // 2):
        picked = rng.choice(descriptors.shape[1], 8, replace=False)
        mask = np.zeros(64, np.uint8)
        mask[rng.choice(64, length, replace=False)] = 1
        keys = np.ascontiguousarray(descriptors[:, picked] & np.packbits(mask)).view(np.uint64)[:, 0]
        shared = shared + _meetings(keys, owner, count)
    shared.setdiag(0)
    # Pictures rich in common detail meet everybody; weigh that down.
    usual = np.asarray(shared.sum(1)).ravel() + 1
    shared = shared.tocoo()
    score = shared.data * usual.mean() / np.sqrt(usual[shared.row] * usual[shared.col])
    # Few pairs in a collection show one painting: the best three halves per picture hold them and keep the work linear.
    most = min(3 * count, len(score))
    least = np.partition(score, len(score) - most)[len(score) - most] if most else 0.0
    return _best_of_each(shared.row, shared.col, score, max(least, 1.0))


def _meetings(keys, owner, count):
    """(count, count) sparse: how often two pictures have a key in common, each key weighted by how few have it."""
    # Most keys occur once; a small hash table finds these without sorting all.
    slots = (keys * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(42)
    again = np.bincount(slots.astype(np.int64), minlength=2 ** 22)[slots.astype(np.int64)] > 1
    _, bucket = np.unique(keys[again], return_inverse=True)
    meeting = sparse.csr_matrix((np.ones(len(bucket), np.float32), (owner[again], bucket)),
                                shape=(count, bucket.max(initial=-1) + 1))
    meeting.data[:] = 1  # a picture counts once per key
    sizes = np.asarray(meeting.sum(0)).ravel()
    # What many pictures have in common says nothing: plain ground, canvas, the blocks of JPEG.
    rare = np.flatnonzero((sizes > 1) & (sizes <= 20))
    meeting = meeting[:, rare]
    return meeting.multiply(1 / (sizes[rare] - 1)).tocsr() @ meeting.T


def _candidates_by_thumbs(signatures):
    """Pairs whose thumbnails, squeezed to one shape, look alike: finds what is too smooth or dark for descriptors."""
    if not signatures:
        return set()
    squeezed = np.stack([cv2.resize(one.thumb, (16, 16), interpolation=cv2.INTER_AREA) for one in signatures])
    flat = squeezed.reshape(len(squeezed), -1).astype(np.float32)
    flat -= flat.mean(1, keepdims=True)
    flat /= np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-3)
    pairs = set()
    for begin in range(0, len(flat), 1000):
        alike = flat[begin:begin + 1000] @ flat.T
        rows, columns = np.nonzero(alike > 0.9)
        off = rows + begin != columns
        rows, columns = rows[off], columns[off]
        pairs |= _best_of_each(rows + begin, columns, alike[rows, columns], least=0.9)
    return pairs


def _best_of_each(rows, columns, scores, least):
    """{(first, second)}: for every row its best few columns."""
    good = (scores >= least) & (rows != columns)
    rows, columns, scores = rows[good], columns[good], scores[good]
    order = np.lexsort((columns, -scores, rows))
    rows, columns = rows[order], columns[order]
    rank = np.arange(len(rows)) - np.searchsorted(rows, rows)
    chosen = rank < _CANDIDATES
    return {(int(min(pair)), int(max(pair))) for pair in zip(rows[chosen], columns[chosen])}


def _compare(one, other):
    """(agreement, shares) if the two signatures show one painting, else None."""
    for matrix in _first_maps(one, other):
        if abs(np.linalg.det(matrix[:, :2])) > 1:  # lay the finer one over the coarser one
            back = _compare_by(other, one, cv2.invertAffineTransform(matrix))
            likeness = back and (back[0], back[1][::-1])
        else:
            likeness = _compare_by(one, other, matrix)
        if likeness:
            return likeness
    return None


def _first_maps(one, other):
    """Guesses at the map from thumb to thumb: by descriptors, and corner to corner where the shapes are alike."""
    matrix = _map_by_descriptors(one, other)
    if matrix is not None:
        yield matrix
    (h, w), (height, width) = one.thumb.shape, other.thumb.shape
    if abs(np.log(w * height / (h * width))) < 0.15:
        yield np.array([[width / w, 0, (width / w - 1) / 2], [0, height / h, (height / h - 1) / 2]])


def _map_by_descriptors(one, other):
    if min(len(one.descriptors), len(other.descriptors)) < 12:
        return None
    matches = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(one.descriptors, other.descriptors)
    matches = [match for match in matches if match.distance < 64]
    if len(matches) < 12:
        return None
    here = one.points_xy[[match.queryIdx for match in matches]]
    there = other.points_xy[[match.trainIdx for match in matches]]
    matrix, agreed = cv2.estimateAffinePartial2D(here, there, ransacReprojThreshold=5, maxIters=1000)
    if matrix is None or agreed.sum() < 12:
        return None
    matrix[:, 2] *= _THUMB_SIDE / SIGNATURE_SIDE
    return matrix


def _compare_by(fine, coarse, matrix):
    """`_compare` for a given first map from `fine` to `coarse`, in pixels of their thumbs."""
    height, width = coarse.thumb.shape
    scale = np.sqrt(abs(np.linalg.det(matrix[:, :2])))
    if not 0.1 < scale < 10:
        return None
    # Both at the same sharpness, that of the coarser one: warping would alias, and sharpness is no difference.
    picture = cv2.GaussianBlur(fine.thumb.astype(np.float32), (0, 0), 0.7 / scale)
    target = cv2.GaussianBlur(coarse.thumb.astype(np.float32), (0, 0), 0.7)
    matrix = cv2.invertAffineTransform(matrix).astype(np.float32)
    # Refining is slow and pictures of one painting are alike in the large before it.
    warped, overlap = _laid_over(picture, target, matrix)
    if overlap.sum() < 300 or _correlation(warped, target, overlap) < 0.55:
        return None
    try:
        # Evangelidis, Psarakis 2008, doi:10.1109/TPAMI.2008.113
        _, matrix = cv2.findTransformECC(
            target, picture, matrix, cv2.MOTION_AFFINE,
            (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 40, 1e-4), None, 3)
    except cv2.error:  # it does not converge: the pictures differ after all
        return None
    stretch = np.linalg.svd(matrix[:, :2], compute_uv=False)
    if stretch[1] < 0.05 or stretch[0] / stretch[1] > 1.2:
        return None
    warped, overlap = _laid_over(picture, target, matrix)
    extent = picture.size / abs(np.linalg.det(matrix[:, :2]))  # of `fine`, in pixels of `coarse`
    shares = float(min(1, overlap.sum() / extent)), float(overlap.mean())
    if max(shares) < 0.3 or overlap.sum() < 300:
        return None
    agreement = _agreement(warped, target, overlap)
    return (agreement, shares) if agreement >= _SAME else None


def _laid_over(picture, target, matrix):
    """`picture` in the frame of `target`, and where it covers it; `matrix` leads from target to picture."""
    size, flags = target.shape[::-1], cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    covered = cv2.warpAffine(np.ones_like(picture), matrix, size, flags=flags) > 0.99
    return cv2.warpAffine(picture, matrix, size, flags=flags), covered


def _correlation(picture, target, overlap):
    here, there = (cv2.GaussianBlur(each, (0, 0), 1.5)[overlap] for each in (picture, target))
    if min(here.std(), there.std()) < 1e-3:
        return 0.0
    return float(np.corrcoef(here, there)[0, 1])


def _agreement(picture, target, overlap):
    """Lower quartile of the local correlation (Gaussian window, sigma 3.5 px) over what is textured in both; 0 if
    little is, or if the two plainly differ in one large place: another sitter on the same ground."""
    weight = overlap.astype(np.float32)

    def smooth(values):
        return cv2.GaussianBlur(values * weight, (0, 0), 3.5)

    norm = smooth(weight) + 1e-6
    mean, wanted = smooth(picture) / norm, smooth(target) / norm
    variance = smooth(picture * picture) / norm - mean ** 2
    expected = smooth(target * target) / norm - wanted ** 2
    together = smooth(picture * target) / norm - mean * wanted
    local = together / np.sqrt(np.maximum(variance, 1e-3) * np.maximum(expected, 1e-3))
    textured = overlap & (np.minimum(variance, expected) > 4)
    differing = overlap & (np.maximum(variance, expected) > 30) & (local < 0.2)
    _, _, places, _ = cv2.connectedComponentsWithStats(differing.astype(np.uint8))
    largest = places[1:, cv2.CC_STAT_AREA].max(initial=0)
    if textured.sum() < 0.25 * overlap.sum() or largest > _DIFFERING * overlap.sum():
        return 0.0
    return float(np.quantile(local[textured], 0.25))
