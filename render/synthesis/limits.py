"""What one painting, or one place of it, may give: prices that rise with overuse, trimming, and bans on too large copies.

Limits are softened where they cannot be met: the share of an exemplar where there are too few of them.
"""

import cv2
import numpy as np
from jaxtyping import Bool, Float32, Float64, Int32, Int64
from skimage.segmentation import watershed

from render.synthesis.field import BANS, Search
from render.synthesis.source_map import regions, shares_of
from render.synthesis.task import NEVER

COARSEST_DIVIDED = 2
"""The coarsest level that divides regions: on coarser ones the dividing bands would be too broad."""
_SLACK = 1.15             # over equal shares: as much as any group may give where there are few
_SOON = 0.95              # of the limit, from where on prices rise
_FIRST_RISE = 0.1         # of the pace, at once when that is passed
_DECAY = 0.9              # of a price, each round without overuse
_FULL, _TRIMMED = 0.9, 0.98    # of the limit: who may take nothing more, and what is left to those over it
_TRIM_ROUNDS, _TRIM_SWEEPS, _TRIM_OTHERS = 3, 3, 12
_TRIM_BLUR = 5            # texels: whole patches change hands, not lone texels
_SMALLEST_REGION = 4      # texels: a limit below this divides nothing
_LARGE, _PIECE = 0.9, 0.8    # of the limit: regions to be divided, and pieces to divide them into
_BAND_WIDTH = 0.008       # of the canvas's width, at least 2 texels
_REGRET_ITERATION = 77    # apart from the numbers of other iterations
_REGRET_OTHERS = 4
_MOST_REGRET = 100        # levels
_REGRET_BLUR = 1.5        # texels
_WATERSHEDS, _FIRST_PIECE, _MORE_PIECES = 8, 0.7, 1.4    # tries; size of a piece of the first, and growth of their number
_MOST_PLACES, _ROUNDS = 20_000, 15    # of the k-means that spreads the pieces


def keep_limits(search: Search, pace: float) -> bool:
    """Raise the price of overused exemplars and places, and forbid too large copies; True if a limit is broken.

    `pace`: prices rise by this share of the usual cost.
    """
    search.count_use()
    return _raise_prices(search, pace) | _divide_large_regions(search)


def share_limit(search: Search) -> float:
    """The most of the canvas that a group of exemplars may give: more than is wished where there are few groups."""
    return max(search.settings.max_share, _SLACK / len(set(search.groups)))


def group_shares(search: Search, shares: Float64[np.ndarray, " K"]) -> Float64[np.ndarray, " K"]:
    """What the group of each exemplar gave in all, from what each gave."""
    return np.bincount(search.groups, shares, minlength=search.count)[search.groups]


def _raise_prices(search: Search, pace: float) -> bool:
    """A penalty for each exemplar that grows while it is overused and fades when it is not; True if a limit is broken."""
    limited, limit = search.limited, share_limit(search)
    if limit >= 1 or not limited.any():
        return False
    shares = group_shares(search, shares_of(search.field[limited], search.count))
    over = shares / (_SOON * limit) - 1
    typical = float(np.median((search.cost - search.penalties[search.field[..., 0]])[limited]))
    raised = search.penalties + pace * typical * (np.clip(over, 0, 1) + _FIRST_RISE * (over > 0))
    search.penalties = np.where(over > 0, raised, search.penalties * _DECAY).astype(np.int32)
    return bool((shares > limit).any())


def trim(search: Search, iteration: int) -> None:
    """Take what is over the limit from overused paintings, where their second best fits nearly as well."""
    limit, limited = share_limit(search), search.limited
    texels = max(1, int(limited.sum()))
    for round_number in range(_TRIM_ROUNDS):
        shares = np.bincount(search.groups[search.field[limited][:, 0]], minlength=search.count) / texels
        over = np.flatnonzero(shares > limit)
        if limit >= 1 or not len(over):
            return
        full = np.isin(search.groups, np.flatnonzero(shares > _FULL * limit))
        instead, dearer = _second_best(search, full, iteration + round_number)
        before = search.groups[search.field[..., 0]]
        for group in over:
            mine = np.flatnonzero((before == group) & ~full[instead[..., 0]] & limited)
            surplus = int(np.ceil((shares[group] - _TRIMMED * limit) * texels))
            given = mine[np.argsort(dearer.ravel()[mine], kind="stable")[:surplus]]
            search.field.reshape(-1, 3)[given] = instead.reshape(-1, 3)[given]
        search.recost()


def _second_best(search: Search, full: Bool[np.ndarray, " K"],
                 iteration: int) -> tuple[Int32[np.ndarray, "H W 3"], Float32[np.ndarray, "H W"]]:
    """The field without the exemplars that are full, and how much dearer it is; the search stays as it was."""
    field, cost, penalties = search.field.copy(), search.cost.copy(), search.penalties
    search.penalties = np.where(full, NEVER // 4, 0).astype(np.int32)
    search.improve(iteration, _TRIM_SWEEPS, search.reach, _TRIM_OTHERS)
    instead, dearer = search.field, (search.cost - cost).astype(np.float32)
    search.field, search.cost, search.penalties = field, cost, penalties
    return instead, cv2.blur(dearer, (_TRIM_BLUR, _TRIM_BLUR))


def _divide_large_regions(search: Search) -> bool:
    """Divide regions copied at one offset that are too large, along bands where other paint does nearly as well; True if
    the limit was broken."""
    if search.number > COARSEST_DIVIDED:
        return False
    limit, limited = search.settings.max_region_share * search.cost.size, search.limited
    numbers = np.where(limited, regions(search.field).numbers, -1)
    sizes = np.bincount(numbers[limited], minlength=1)
    too_large = np.flatnonzero(sizes > _LARGE * limit)
    if limit < _SMALLEST_REGION or not len(too_large):
        return False
    regret, instead = _regret(search, numbers, too_large)
    width = max(2, round(_BAND_WIDTH * search.width))
    for number in too_large:
        inside = numbers == number
        band = _dividing_band(inside, regret, _PIECE * limit, width)
        _ban(search, band, _offset(search, inside))
        search.field[band] = instead[band]
    return bool((sizes > limit).any())


def _regret(search: Search, numbers: Int32[np.ndarray, "H W"],
            too_large: Int64[np.ndarray, " N"]) -> tuple[Float32[np.ndarray, "H W"], Int32[np.ndarray, "H W 3"]]:
    """How much dearer the second best is where regions are too large, and that second best, when their offsets are
    forbidden; the search stays as it was."""
    field, cost, banned, bans = search.field.copy(), search.cost.copy(), search.banned.copy(), search.bans
    for number in too_large:
        inside = numbers == number
        _ban(search, inside, _offset(search, inside))
    search.improve(_REGRET_ITERATION, 2 if search.number else 1, search.reach, _REGRET_OTHERS)
    instead, dearer = search.field, np.maximum(search.cost - cost, 0).astype(np.float32)
    search.field, search.cost, search.banned, search.bans = field, cost, banned, bans
    regret = cv2.GaussianBlur(np.minimum(dearer, _MOST_REGRET * search.one_level), (0, 0), _REGRET_BLUR)
    return regret, instead


def _offset(search: Search, inside: Bool[np.ndarray, "H W"]) -> tuple[int, int, int]:
    """Exemplar and shift of a region."""
    y, x = np.unravel_index(int(inside.argmax()), inside.shape)
    exemplar, row, column = search.field[y, x]
    return int(exemplar), int(row - y), int(column - x)


def _ban(search: Search, inside: Bool[np.ndarray, "H W"], offset: tuple[int, int, int]) -> None:
    """Forbid an offset to some texels; the oldest of 64 bans gives way."""
    search.banned = (search.banned & ~np.uint64(1)) >> np.uint64(1)
    search.bans = np.vstack([search.bans[1:], [offset]]).astype(np.int32)
    search.banned[inside] |= np.uint64(1) << np.uint64(BANS - 1)


def _dividing_band(inside: Bool[np.ndarray, "H W"], regret: Float32[np.ndarray, "H W"], limit: float,
                   width: int) -> Bool[np.ndarray, "H W"]:
    """A band of `width` texels that cuts a region into pieces of at most `limit`, where regret is least.

    Watershed (Neubert and Protzel 2014, doi:10.1109/ICPR.2014.181) from evenly spread places; more of them until all
    pieces are small enough.
    """
    ys, xs = np.nonzero(inside)
    kernel, count = np.ones((width + 1, width + 1), np.uint8), len(ys) / (_FIRST_PIECE * limit)
    for _ in range(_WATERSHEDS):
        markers = np.zeros(inside.shape, np.int32)
        for number, (y, x) in enumerate(_centres(ys, xs, int(np.ceil(count))), 1):
            nearest = ((ys - y) ** 2 + (xs - x) ** 2).argmin()
            markers[ys[nearest], xs[nearest]] = number
        pieces = watershed(-regret, markers, mask=inside).astype(np.uint16)
        largest = np.where(inside, pieces, 0).astype(np.uint16)
        smallest = np.where(inside, pieces, 65535).astype(np.uint16)
        band = inside & (cv2.dilate(largest, kernel) != cv2.erode(smallest, kernel))
        _, labels = cv2.connectedComponents((inside & ~band).astype(np.uint8), connectivity=4)
        if np.bincount(labels.ravel())[1:].max(initial=0) <= limit:
            break
        count *= _MORE_PIECES
    return band


def _centres(ys: Int64[np.ndarray, " N"], xs: Int64[np.ndarray, " N"], count: int) -> Float32[np.ndarray, "count 2"]:
    """Centres (y, x) of compact pieces of about equal size: k-means on places; deterministic."""
    places = np.stack([ys, xs], 1).astype(np.float32)[::max(1, len(ys) // _MOST_PLACES)]
    # First guess: slices across the longer axis. (No linear algebra library: its threads change the last bits.)
    y, x = places.T - places.mean(0)[:, None]
    angle = 0.5 * np.arctan2(2 * (y * x).sum(), (x * x).sum() - (y * y).sum())
    along = np.argsort(np.cos(angle) * x + np.sin(angle) * y, kind="stable")
    centres = np.stack([places[part].mean(0) for part in np.array_split(along, count)])
    for _ in range(_ROUNDS):
        nearest = ((places[:, None] - centres) ** 2).sum(-1).argmin(1)
        centres = np.stack([places[nearest == n].mean(0) if (nearest == n).any() else centres[n]
                            for n in range(count)])
    return centres
