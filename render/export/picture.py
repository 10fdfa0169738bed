"""A single picture in the format that its name asks for."""

from pathlib import Path

import numpy as np
from jaxtyping import Float32
from PIL import Image

from data.colour import to_uint8
from data.files import replacing
from render.export.files import srgb_profile, write_colour_tiff, write_png8

PICTURE_FORMATS = (".png", ".tif", ".tiff", ".jpg", ".jpeg")
"""Endings of names that `write_picture` knows."""
_JPEG_QUALITY = 92    # of 100: no blocks to be seen in paint


def write_picture(path: Path, rgb: Float32[np.ndarray, "H W 3"], dpi: float) -> None:
    """Write a picture as TIFF (16 bit), PNG (8 bit) or JPEG.

    Parameters
    ----------
    path : Path
        Whose ending, one of `PICTURE_FORMATS`, decides the format.
    rgb : (H, W, 3) float32
        sRGB in [0, 1].
    dpi : float
        Pixels per inch of a print.
    """
    kind = path.suffix.lower()
    if kind in (".tif", ".tiff"):
        write_colour_tiff(path, rgb, dpi)
    elif kind == ".png":
        write_png8(path, rgb, dpi)
    else:
        with replacing(path) as beside:
            Image.fromarray(to_uint8(rgb)).save(beside, "JPEG", quality=_JPEG_QUALITY, dpi=(dpi, dpi),
                                                icc_profile=srgb_profile())
