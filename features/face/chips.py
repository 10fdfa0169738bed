"""Square views of a picture: cut out, turned upright and reduced without aliasing."""

import cv2
import numpy as np


def view_matrix(centre_xy, side_px, roll_rad, size_px):
    """(2, 3) float64: picture pixels to the pixels of a view of `size_px`, whose square of `side_px` lies around a
    centre and is turned by `roll_rad` (clockwise as seen), so that a face tilted by it stands upright."""
    scale = size_px / side_px
    cos, sin = scale * np.cos(roll_rad), scale * np.sin(roll_rad)
    linear = np.array([[cos, sin], [-sin, cos]])
    return np.hstack([linear, ((size_px - 1) / 2 - linear @ np.asarray(centre_xy, np.float64))[:, None]])


def apply(matrix, points_xy):
    """Points (N, 2) carried by a (2, 3) matrix."""
    return np.asarray(points_xy) @ matrix[:, :2].T + matrix[:, 2]


def invert(matrix):
    """The (2, 3) matrix that goes back."""
    return cv2.invertAffineTransform(matrix)


def sample(rgb, matrix, size_px, *, border=None):
    """The view that `matrix` describes, (size_px, size_px, 3) of the picture's dtype.

    Where the view reduces, the region is area-averaged first: sampling paint at a few points would alias brushwork.
    Outside the picture the edge is repeated, or `border` (a colour) is shown.
    """
    scale = float(np.hypot(*matrix[0, :2]))
    picture = rgb
    if scale <= 0.5:
        corners = apply(invert(matrix), np.array([[0, 0], [size_px, 0], [0, size_px], [size_px, size_px]]))
        low = np.clip(np.floor(corners.min(0)).astype(int) - 2, 0, None)
        high = np.minimum(np.ceil(corners.max(0)).astype(int) + 3, rgb.shape[1::-1])
        if (high - low > 1).all():
            step = int(1 / scale)
            size = np.maximum(1, (high - low) // step)
            high = np.minimum(low + size * step, rgb.shape[1::-1])
            region = rgb[low[1]:high[1], low[0]:high[0]]
            picture = cv2.resize(region, tuple(int(v) for v in size), interpolation=cv2.INTER_AREA)
            # Reduced pixel r has its centre at low + (r + 0.5) * step - 0.5 in the picture.
            to_picture = np.hstack([np.eye(2) * step, (low + 0.5 * step - 0.5)[:, None]])
            matrix = compose(matrix, to_picture)
    mode = cv2.BORDER_REPLICATE if border is None else cv2.BORDER_CONSTANT
    return cv2.warpAffine(picture, matrix, (size_px, size_px), flags=cv2.INTER_LINEAR, borderMode=mode,
                          borderValue=border if border is not None else 0)


def compose(outer, inner):
    """The (2, 3) matrix that applies `inner`, then `outer`."""
    return np.hstack([outer[:, :2] @ inner[:, :2], (outer[:, :2] @ inner[:, 2] + outer[:, 2])[:, None]])


def calmed(rgb, sigma_px):
    """The picture without colour, hatching or grain, from its darkest to its lightest; (H, W, 3) uint8."""
    grey = cv2.GaussianBlur(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), (0, 0), sigma_px)
    low, high = np.percentile(grey[::2, ::2], [1, 99])
    grey = np.clip((grey.astype(np.float32) - low) * (255 / max(high - low, 20)), 0, 255).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)
