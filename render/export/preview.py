"""A page that shows a relief in 3D: it can be rotated, with colour on and off, a movable light and exaggerated height.

The page is a single file (`preview.html` is its template) and needs no network. It uses WebGL 2 directly: the height map is a
float texture that both displaces a grid of vertices and gives the normals, so detail finer than the grid is still lit.
"""

import base64
import html
import json
from importlib.resources import files
from pathlib import Path
from string import Template

import cv2
import numpy as np
from jaxtyping import Float, Float32

from data.colour import to_uint8
from data.errors import OutputError
from data.files import replacing
from render.export.files import height_units

_LONGEST_TEXELS = 1280     # of the height texture in the page, which is then a few MB
_GRID_VERTICES = 420       # along the longer side: what small graphics chips turn smoothly
_JPEG_QUALITY = 90         # of the colour; artefacts do not show on a lit surface


def write_preview(path: Path | str, z_mm: Float[np.ndarray, "H W"], pitch_mm: float, rgb: Float[np.ndarray, "H W 3"], *,
                  title: str = "Atelier relief") -> None:
    """Write the page.

    Parameters
    ----------
    path : path
        Of the HTML file.
    z_mm : (H, W) float32
        Height; reduced to at most 1280 texels a side.
    pitch_mm : float
        Size of a texel.
    rgb : (H, W, 3) float32 in [0, 1]
        sRGB, of the height map's size.
    title : str
        Plain text.
    """
    shrink = max(1.0, max(np.shape(z_mm)) / _LONGEST_TEXELS)
    size = [int(round(side / shrink)) for side in np.shape(z_mm)[::-1]]
    small = cv2.resize(np.asarray(z_mm, np.float32), size, interpolation=cv2.INTER_AREA)
    colour = cv2.resize(np.asarray(rgb, np.float32), size, interpolation=cv2.INTER_AREA)
    units, mm_per_unit, _ = height_units(small)
    about = {"columns": size[0], "rows": size[1], "mm_per_unit": mm_per_unit,
             "width_mm": np.shape(z_mm)[1] * pitch_mm, "height_mm": np.shape(z_mm)[0] * pitch_mm, "grid": _GRID_VERTICES,
             "relief_mm": float(np.ptp(z_mm))}
    page = Template(_page()).substitute(
        title=html.escape(title), relief=json.dumps(about), colour=base64.b64encode(_jpeg(colour)).decode(),
        height=base64.b64encode(units.astype("<u2").tobytes()).decode())
    with replacing(path) as beside:
        beside.write_text(page, encoding="utf-8")


def _page() -> str:
    """The page with places for title, facts, colour and height ($title, $relief, $colour, $height)."""
    return files("render.export").joinpath("preview.html").read_text(encoding="utf-8")


def _jpeg(rgb: Float32[np.ndarray, "H W 3"]) -> bytes:
    """A picture as the bytes of a JPEG file."""
    done, encoded = cv2.imencode(".jpg", to_uint8(rgb[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    if not done:
        raise OutputError("OpenCV could not encode the picture for the preview")
    return encoded.tobytes()
