"""Square views of a picture: cut out, turned upright and reduced without aliasing."""

import cv2
import numpy as np
from jaxtyping import Float, Float64, Shaped, UInt8

Affine = Float64[np.ndarray, "2 3"]
"""A map of points (x, y): the first two columns turn and scale, the last one moves."""

# A view that reduces by this much or more is made from an area-averaged picture.
_AVERAGED_BELOW = 0.5
# What is lightest and darkest in a picture: percentiles, so that single pixels do not count.
_CALM_DARK, _CALM_LIGHT = 1, 99
_CALM_LEAST_RANGE = 20  # of 255 grey values: a flatter picture is not stretched further


def view_matrix(centre_xy: Float[np.ndarray, "2"], side_px: float, roll_rad: float, size_px: int) -> Affine:
    """From picture pixels to the pixels of a square view.

    Parameters
    ----------
    centre_xy : (2,)
        Middle of the square, in picture pixels.
    side_px : float
        Its side, in picture pixels.
    roll_rad : float
        Its turn, clockwise as seen: a face tilted by it stands upright in the view.
    size_px : int
        Side of the view in its own pixels.

    Returns
    -------
    (2, 3) float64
    """
    scale = size_px / side_px
    cos, sin = scale * np.cos(roll_rad), scale * np.sin(roll_rad)
    linear = np.array([[cos, sin], [-sin, cos]])
    return np.hstack([linear, ((size_px - 1) / 2 - linear @ np.asarray(centre_xy, np.float64))[:, None]])


def apply(matrix: Affine, points_xy: Float[np.ndarray, "*N 2"]) -> Float[np.ndarray, "*N 2"]:
    """Points carried by a map."""
    return np.asarray(points_xy) @ matrix[:, :2].T + matrix[:, 2]


def invert(matrix: Affine) -> Affine:
    """The map that goes back."""
    return cv2.invertAffineTransform(matrix)


def compose(outer: Affine, inner: Affine) -> Affine:
    """The map that applies `inner`, then `outer`."""
    return np.hstack([outer[:, :2] @ inner[:, :2], (outer[:, :2] @ inner[:, 2] + outer[:, 2])[:, None]])


def sample(rgb: Shaped[np.ndarray, "H W 3"], matrix: Affine, size_px: int, *,
           border: tuple[int, int, int] | None = None) -> Shaped[np.ndarray, "S S 3"]:
    """The view that a map describes.

    Where the view reduces, the region is area-averaged first: sampling paint at a few points would alias brushwork.

    Parameters
    ----------
    rgb : (H, W, 3) uint8 or float32
    matrix : (2, 3)
        From picture pixels to view pixels, see `view_matrix`.
    size_px : int
        Side of the view.
    border : colour, optional
        Shown outside the picture; by default the picture's edge is repeated.

    Returns
    -------
    (size_px, size_px, 3) of the picture's dtype
    """
    picture = rgb
    scale = float(np.hypot(*matrix[0, :2]))
    if scale <= _AVERAGED_BELOW:
        picture, matrix = _averaged(rgb, matrix, size_px, scale)
    mode = cv2.BORDER_REPLICATE if border is None else cv2.BORDER_CONSTANT
    return cv2.warpAffine(picture, matrix, (size_px, size_px), flags=cv2.INTER_LINEAR, borderMode=mode,
                          borderValue=border if border is not None else 0)


def _averaged(rgb: np.ndarray, matrix: Affine, size_px: int, scale: float) -> tuple[np.ndarray, Affine]:
    """The region that a view shows, reduced by the whole number nearest below 1 / scale, and the map from there to the view."""
    corners = apply(invert(matrix), np.array([[0, 0], [size_px, 0], [0, size_px], [size_px, size_px]]))
    low = np.clip(np.floor(corners.min(0)).astype(int) - 2, 0, None)
    high = np.minimum(np.ceil(corners.max(0)).astype(int) + 3, rgb.shape[1::-1])
    if not (high - low > 1).all():
        return rgb, matrix
    step = int(1 / scale)
    size = np.maximum(1, (high - low) // step)
    high = np.minimum(low + size * step, rgb.shape[1::-1])
    region = rgb[low[1]:high[1], low[0]:high[0]]
    reduced = cv2.resize(region, tuple(int(v) for v in size), interpolation=cv2.INTER_AREA)
    # Reduced pixel r has its centre at low + (r + 0.5) * step - 0.5 in the picture.
    to_picture = np.hstack([np.eye(2) * step, (low + 0.5 * step - 0.5)[:, None]])
    return reduced, compose(matrix, to_picture)


def calmed(rgb: UInt8[np.ndarray, "H W 3"], sigma_px: float) -> UInt8[np.ndarray, "H W 3"]:
    """The picture without colour, hatching or grain, blurred by `sigma_px`, its darkest made black and its lightest white."""
    grey = cv2.GaussianBlur(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), (0, 0), sigma_px)
    low, high = np.percentile(grey[::2, ::2], [_CALM_DARK, _CALM_LIGHT])
    stretch = 255 / max(high - low, _CALM_LEAST_RANGE)
    grey = np.clip((grey.astype(np.float32) - low) * stretch, 0, 255).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)
