"""Where one lender's body gives way to another's: the cheapest cut, not through a hand (graph cuts: Kwatra et al. 2003,
doi:10.1145/882262.882264)."""

import cv2
import numpy as np
from jaxtyping import Bool, Float32

from render.imaging.grid_cut import grid_cut

_HAND_PRICE = 60.0          # Lab, on top of the step, for cutting through a hand
_ARM_PRICE = 10.0           # the same for an arm
_LEAST_PRICE = 0.5          # of a texel of cut where both agree: short cuts are better
_HIDDEN_BY_EDGE = 0.5       # how much an edge that both have hides a cut, per L* a texel
_CERTAIN = 1e5


def graph_cut(first: Float32[np.ndarray, "H W 3"], second: Float32[np.ndarray, "H W 3"], lean: Float32[np.ndarray, "H W"],
              only_first: Bool[np.ndarray, "H W"], only_second: Bool[np.ndarray, "H W"],
              hands: Bool[np.ndarray, "H W"], arms: Bool[np.ndarray, "H W"]) -> Bool[np.ndarray, "H W"]:
    """Where the second of two pictures shows.

    Parameters
    ----------
    first, second : (H, W, 3) float32
        CIE Lab.
    lean : (H, W) float32
        What a texel of the first costs where positive, of the second where negative: the wish that the cut has a reason.
    only_first, only_second : (H, W) bool
        Where only one of them can show.
    hands, arms : (H, W) bool
        What should not be cut through: hands never, sleeves that lead to them rather not.
    """
    gap = np.linalg.norm(first - second, axis=-1)
    slopes = [[cv2.Sobel(np.ascontiguousarray(picture[..., 0]), cv2.CV_32F, *axis) / 4 for axis in ((1, 0), (0, 1))]
              for picture in (first, second)]
    gap = gap + sum(np.abs(one - other) for one, other in zip(*slopes, strict=True)) + _HAND_PRICE * hands + _ARM_PRICE * arms
    edge = np.minimum(*(np.hypot(*both) for both in slopes))
    price = (_LEAST_PRICE + gap / (1 + _HIDDEN_BY_EDGE * edge)).astype(np.float64)
    across, down = price.copy(), price.copy()
    across[:, :-1] += price[:, 1:]
    down[:-1] += price[1:]
    return grid_cut((((0, 1), across), ((1, 0), down)), np.where(only_second, _CERTAIN, np.maximum(lean, 0)),
                    np.where(only_first, _CERTAIN, np.maximum(-lean, 0)))
