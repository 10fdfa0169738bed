"""Pictures joined to one another: passages blended band by band, holes filled from around them."""

import cv2
import numpy as np
from jaxtyping import Bool, Float32


def blend_bands(top: Float32[np.ndarray, "H W 3"], bottom: Float32[np.ndarray, "H W 3"], mask: Float32[np.ndarray, "H W"], *,
                levels: int) -> Float32[np.ndarray, "H W 3"]:
    """`top` where the mask is 1, `bottom` where it is 0, joined band by band over widths that grow with the band (Burt and
    Adelson 1983, doi:10.1145/245.247).

    Parameters
    ----------
    top, bottom : (H, W, 3) float32
    mask : (H, W) float32 in [0, 1]
    levels : int
        Bands; the coarsest details joined are 2 ** levels texels wide.

    Returns
    -------
    (H, W, 3) float32
    """
    highs = []
    for _ in range(levels):
        size = ((mask.shape[1] + 1) // 2, (mask.shape[0] + 1) // 2)
        small = [cv2.pyrDown(picture, dstsize=size) for picture in (top, bottom)]
        bands = [picture - cv2.pyrUp(low, dstsize=mask.shape[::-1])
                 for picture, low in zip((top, bottom), small, strict=True)]
        highs.append(bands[0] * mask[..., None] + bands[1] * (1 - mask[..., None]))
        (top, bottom), mask = small, cv2.pyrDown(mask, dstsize=size)
    result = top * mask[..., None] + bottom * (1 - mask[..., None])
    for band in reversed(highs):
        result = cv2.pyrUp(result, dstsize=band.shape[1::-1]) + band
    return result


def fill_holes(picture: Float32[np.ndarray, "H W C"], known: Bool[np.ndarray, "H W"]) -> Float32[np.ndarray, "H W C"]:
    """Fill the texels of a picture (H, W, C) that are not `known` (H, W) from known ones around them, by pull-push (Gortler
    et al. 1996, doi:10.1145/237170.237200)."""
    weight: Float32[np.ndarray, "h w"] = known.astype(np.float32)
    pyramid: list[tuple[np.ndarray, np.ndarray]] = [(picture * weight[..., None], weight)]
    while min(pyramid[-1][1].shape) > 2:
        colour, weight = pyramid[-1]
        size = ((weight.shape[1] + 1) // 2, (weight.shape[0] + 1) // 2)
        pyramid.append((cv2.resize(colour, size, interpolation=cv2.INTER_AREA),
                        cv2.resize(weight, size, interpolation=cv2.INTER_AREA)))
    colour, weight = pyramid[-1]
    filled = colour / np.maximum(weight, 1e-6)[..., None]
    for colour, weight in reversed(pyramid[:-1]):
        filled = cv2.resize(filled, weight.shape[::-1], interpolation=cv2.INTER_LINEAR)
        sure = np.clip(weight, 0, 1)[..., None]
        filled = sure * (colour / np.maximum(weight, 1e-6)[..., None]) + (1 - sure) * filled
    return filled.astype(np.float32)
