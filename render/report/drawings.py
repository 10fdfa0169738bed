"""Elements of pages: pictures as data addresses, colours for paintings, landmarks and figures as lines."""

import base64
import io

import cv2
import numpy as np
from jaxtyping import Float, Shaped, UInt8
from PIL import Image

from data.colour import to_uint8
from data.coordinates import rescale_points
from data.landmarks import LINES
from features.figure.figure import Figure

# Hues that follow one another by the golden ratio lie far apart, however many there are; every other one is darker.
_GOLDEN = 0.61803398875
_SATURATION, _LIGHT, _DARK = 0.55, 0.92, 0.7


def jpeg(rgb: Shaped[np.ndarray, "H W 3"], quality: int = 82) -> str:
    """A picture (float32 in [0, 1] or uint8) as a data address."""
    return _encoded(rgb if rgb.dtype == np.uint8 else to_uint8(rgb), "JPEG", "image/jpeg", quality=quality)


def png(pixels: UInt8[np.ndarray, "H W 3"]) -> str:
    """A picture, lossless, as a data address."""
    return _encoded(pixels, "PNG", "image/png")


def _encoded(pixels: UInt8[np.ndarray, "H W 3"], kind: str, mime: str, **options: int) -> str:
    stream = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(stream, kind, **options)
    return f"data:{mime};base64,{base64.b64encode(stream.getvalue()).decode()}"


def shrunk(picture: Shaped[np.ndarray, "H W *channels"], side_px: int) -> Shaped[np.ndarray, "h w *channels"]:
    """The picture reduced to a longer side of `side_px`; a smaller one is left as it is."""
    scale = side_px / max(picture.shape[:2])
    if scale >= 1:
        return picture
    return cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


def landmark_lines(landmarks_xy: Float[np.ndarray, "68 2"], scale: float) -> list[str]:
    """Landmarks as the points of SVG lines (jaw, brows, nose, eyes, lips), in a picture shown `scale` times as large."""
    points = np.round(rescale_points(np.asarray(landmarks_xy), scale), 1)
    return [" ".join(f"{x:g},{y:g}" for x, y in points[line]) for line in LINES]


def figure_lines(figure: Figure, scale: float) -> list[str]:
    """Shoulders and hands of a figure as the points of SVG lines, in a picture shown `scale` times as large."""
    lines = [hand.outline_xy[[*range(len(hand.outline_xy)), 0]] for hand in figure.hands if len(hand.outline_xy)]
    if figure.shoulders_xy is not None:
        lines.insert(0, figure.shoulders_xy)
    return [" ".join(f"{x:g},{y:g}" for x, y in np.round(rescale_points(line, scale), 1)) for line in lines]


def source_colours(count: int) -> UInt8[np.ndarray, "count 3"]:
    """A colour for each of `count` paintings, far apart and of like lightness."""
    hues = (np.arange(count) * _GOLDEN) % 1.0
    hsv = np.stack([hues * 360, np.full(count, _SATURATION), np.where(np.arange(count) % 2, _DARK, _LIGHT)],
                   -1).astype(np.float32)
    return to_uint8(cv2.cvtColor(hsv[None], cv2.COLOR_HSV2RGB)[0])


def css_colour(rgb: Shaped[np.ndarray, " 3"]) -> str:
    """A colour (0 to 255) as CSS writes it."""
    return "#" + "".join(f"{int(value):02x}" for value in rgb)
