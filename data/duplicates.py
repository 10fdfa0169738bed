"""Scans of one painting found among many: other photographs of it, and crops.

Two stages. Candidates come from hashes alone, without comparing every picture with every other: random bits of local
descriptors (locality-sensitive hashing of bits, Gionis, Indyk, Motwani 1999), and small thumbnails. Each candidate is then
compared place by place (`data.signature`).
"""

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from scipy import sparse

from data.signature import Comparison, Signature, compare_signatures

Pair = tuple[int, int]

_TABLES, _MANY_PICTURES = 48, 2000  # hash tables; half as many do for a collection of so many pictures
_BYTES_A_KEY = 8  # bytes of a descriptor from which the bits of a key are drawn
_MOST_BITS = 60
_SLOT_BITS = 22  # of the small table that finds keys occurring once
_FEW_PICTURES = 20  # a key that more pictures have in common says nothing
_ENTRIES_A_PICTURE = 3  # entries kept of the table of scores, where every pair stands twice
_CANDIDATES = 6  # pictures compared with each, at most
_SQUEEZED_PX = 16  # thumbnails are squeezed to a square of this side
_ALIKE_THUMBS = 0.9  # correlation
_THUMBS_AT_ONCE = 1000  # bounds the memory of comparing every thumbnail with every other

_CONTAINED = 0.6  # share of one picture that must lie within the other
_AS_MUCH = 1.15  # scans whose extents differ by no more than this ratio count as showing equally much of the painting


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


class Duplicate(NamedTuple):
    """Why one scan is left out: the index of the scan that is kept instead of it, its `kind` ("same" painting or a "crop" of
    it), and its `agreement` with the scan that is most like it."""

    kept: int
    kind: str
    agreement: float


def find_likenesses(signatures: Sequence[Signature], *,
                    compared: dict[Pair, Comparison | None] | None = None) -> list[Likeness]:
    """All pairs of pictures that show one painting, in a fixed order.

    Parameters
    ----------
    signatures : list of Signature
    compared : dict or None
        {(first, second): Comparison or None}: comparisons already made, which are not made again. Afterwards
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
        made = dict(zip(new, pool.map(lambda pair: compare_signatures(signatures[pair[0]], signatures[pair[1]]), new)))
    made.update((pair, compared[pair]) for pair in pairs if pair in compared)
    compared.clear()
    compared.update(made)
    found = ((pair, made[pair]) for pair in pairs)
    return [Likeness(*pair, *comparison) for pair, comparison in found if comparison is not None]


def keep_best(likenesses: Iterable[Likeness], pixels: Sequence[float]) -> dict[int, Duplicate]:
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
        {index of a duplicate: Duplicate}
    """
    neighbours: dict[int, list[tuple[int, float, float]]] = {}  # (picture, log of its extent over this one's, agreement)
    for link in likenesses:
        if max(link.shares) >= _CONTAINED:
            step = float(np.log(link.shares[0] / link.shares[1]))  # log of second's extent over first's
            neighbours.setdefault(link.first, []).append((link.second, step, link.agreement))
            neighbours.setdefault(link.second, []).append((link.first, -step, link.agreement))
    dropped: dict[int, Duplicate] = {}
    done: set[int] = set()
    for start in sorted(neighbours):
        if start in done:
            continue
        extents = _extents_from(start, neighbours)
        done |= extents.keys()
        most = max(extents.values())
        whole = sorted(index for index in extents if extents[index] > most - np.log(_AS_MUCH))
        kept = max(whole, key=lambda index: pixels[index])
        for index in sorted(set(extents) - {kept}):
            agreement = max(agreement for _, _, agreement in neighbours[index])
            dropped[index] = Duplicate(kept, "same" if index in whole else "crop", agreement)
    return dropped


def _extents_from(start: int, neighbours: dict[int, list[tuple[int, float, float]]]) -> dict[int, float]:
    """Every picture of the painting that `start` shows: how much of it each shows, as a log relative to `start`."""
    extents, queue = {start: 0.0}, [start]
    while queue:
        here = queue.pop()
        for there, step, _ in neighbours[here]:
            if there not in extents:
                extents[there] = extents[here] + step
                queue.append(there)
    return extents


def _candidates_by_descriptors(signatures: Sequence[Signature]) -> set[Pair]:
    """Pairs that share rare descriptor bits far more often than their other pairs do."""
    count = len(signatures)
    owner = np.repeat(np.arange(count), [len(one.descriptors) for one in signatures])
    if len(owner) == 0:
        return set()
    descriptors = np.concatenate([one.descriptors for one in signatures])
    # Longer keys in larger collections keep chance meetings per picture constant. Fixed seed: same files, same pairs.
    length = min(_MOST_BITS, round(18 + np.log2(count + 1)))
    rng = np.random.default_rng(0)
    shared = sparse.csr_matrix((count, count), dtype=np.float32)
    for _ in range(_TABLES if count < _MANY_PICTURES else _TABLES // 2):
        picked = rng.choice(descriptors.shape[1], _BYTES_A_KEY, replace=False)
        mask = np.zeros(8 * _BYTES_A_KEY, np.uint8)
        mask[rng.choice(8 * _BYTES_A_KEY, length, replace=False)] = 1
        keys = np.ascontiguousarray(descriptors[:, picked] & np.packbits(mask)).view(np.uint64)[:, 0]
        shared = shared + _meetings(keys, owner, count)
    shared.setdiag(0)
    # Pictures rich in common detail meet everybody; weigh that down.
    usual = np.asarray(shared.sum(1)).ravel() + 1
    shared = shared.tocoo()
    score = shared.data * usual.mean() / np.sqrt(usual[shared.row] * usual[shared.col])
    # Few pairs in a collection show one painting: these hold them, and keep the work linear.
    most = min(_ENTRIES_A_PICTURE * count, len(score))
    least = np.partition(score, len(score) - most)[len(score) - most] if most else 0.0
    return _best_of_each(shared.row, shared.col, score, max(least, 1.0))


def _meetings(keys: np.ndarray, owner: np.ndarray, count: int) -> sparse.csr_matrix:
    """(count, count) sparse: how often two pictures have a key in common, each key weighted by how few have it."""
    # Most keys occur once; a small hash table (Fibonacci hashing) finds these without sorting all.
    slots = (keys * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(64 - _SLOT_BITS)
    again = np.bincount(slots.astype(np.int64), minlength=2 ** _SLOT_BITS)[slots.astype(np.int64)] > 1
    _, bucket = np.unique(keys[again], return_inverse=True)
    meeting = sparse.csr_matrix((np.ones(len(bucket), np.float32), (owner[again], bucket)),
                                shape=(count, bucket.max(initial=-1) + 1))
    meeting.data[:] = 1  # a picture counts once per key
    sizes = np.asarray(meeting.sum(0)).ravel()
    # What many pictures have in common says nothing: plain ground, canvas, the blocks of JPEG.
    rare = np.flatnonzero((sizes > 1) & (sizes <= _FEW_PICTURES))
    meeting = meeting[:, rare]
    return meeting.multiply(1 / (sizes[rare] - 1)).tocsr() @ meeting.T


def _candidates_by_thumbs(signatures: Sequence[Signature]) -> set[Pair]:
    """Pairs whose thumbnails, squeezed to one shape, look alike: finds what is too smooth or dark for descriptors."""
    if not signatures:
        return set()
    squeezed = np.stack([cv2.resize(one.thumb, (_SQUEEZED_PX, _SQUEEZED_PX), interpolation=cv2.INTER_AREA)
                         for one in signatures])
    flat = squeezed.reshape(len(squeezed), -1).astype(np.float32)
    flat -= flat.mean(1, keepdims=True)
    flat /= np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-3)
    pairs: set[Pair] = set()
    for begin in range(0, len(flat), _THUMBS_AT_ONCE):
        alike = flat[begin:begin + _THUMBS_AT_ONCE] @ flat.T
        rows, columns = np.nonzero(alike > _ALIKE_THUMBS)
        off = rows + begin != columns
        rows, columns = rows[off], columns[off]
        pairs |= _best_of_each(rows + begin, columns, alike[rows, columns], least=_ALIKE_THUMBS)
    return pairs


def _best_of_each(rows: np.ndarray, columns: np.ndarray, scores: np.ndarray, least: float) -> set[Pair]:
    """{(first, second)}: for every row its best few columns; all arrays (K,), one entry for each pair that was scored."""
    good = (scores >= least) & (rows != columns)
    rows, columns, scores = rows[good], columns[good], scores[good]
    order = np.lexsort((columns, -scores, rows))
    rows, columns = rows[order], columns[order]
    rank = np.arange(len(rows)) - np.searchsorted(rows, rows)
    chosen = rank < _CANDIDATES
    return {(int(min(pair)), int(max(pair))) for pair in zip(rows[chosen], columns[chosen])}
