"""Pictures and height maps as files: 16 bit all the way, with size and colour profile, never half-written."""

import json
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import tifffile
from jaxtyping import Float, Float32, Num, UInt16
from PIL import ImageCms

from data.colour import UINT16_MAX, to_uint8, to_uint16
from data.errors import OutputError, ShapeError
from data.files import replacing
from data.units import texels_per_inch
from render.imaging.pitch import check_pitch
from render.relief.relief import check_height

LEVELS = UINT16_MAX
"""The highest unit of a height map; the lowest is 0."""
TILE_PX = 512
"""Side of a tile of a BigTIFF: 512 is what viewers read best."""
_BIG_BYTES = 2 * 1024 ** 3     # from here on BigTIFF: readers of plain TIFF trip over signed 32-bit offsets
_ROWS_PER_STRIP = 64           # of a plain TIFF: a strip of a usual portrait is then some 300 kB
_PNG_COMPRESSION = 6           # zlib's own default; more takes much longer and gains little
_FLAT_MM_PER_UNIT = 1e-6       # scale of a map whose heights are all the same: any will do
_METRES_PER_INCH = 0.0254      # PNG counts texels per metre
_TIFF: dict[str, Any] = {"predictor": True, "resolutionunit": "INCH", "metadata": None, "software": "atelier"}
_HEIGHT_MEANING = ("height in mm above the base = offset_mm + mm_per_unit * value; row 0 is the top edge; a texel is a "
                   "cell")


class HeightUnits(NamedTuple):
    """Heights as whole numbers: z = offset_mm + mm_per_unit * units."""

    units: UInt16[np.ndarray, "H W"]
    mm_per_unit: float
    offset_mm: float


class HeightFile(NamedTuple):
    """A height map read from a file; `about` is all that the JSON beside it says."""

    z_mm: Float32[np.ndarray, "H W"]
    pitch_mm: float
    about: dict[str, Any]


def srgb_profile() -> bytes:
    """An sRGB ICC profile, the same bytes every time."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    # The header carries the moment of making and, on some builds, a checksum of it; neither belongs to the colours.
    profile[24:36] = struct.pack(">6H", 2000, 1, 1, 0, 0, 0)
    profile[84:100] = bytes(16)
    return bytes(profile)


def to_16_bit(rgb: Num[np.ndarray, "*size"]) -> UInt16[np.ndarray, "*size"]:
    """Values in [0, 1] as 16-bit units, rounded in double precision, so that every unit comes back; uint16 stays as it is.

    ShapeError where values are bytes, which would show as bands, or not finite.
    """
    rgb = np.asarray(rgb)
    if rgb.dtype == np.uint16:
        return rgb
    if not np.issubdtype(rgb.dtype, np.floating):
        raise ShapeError(f"colour must be floating point in [0, 1] or uint16, got {rgb.dtype}: 8 bits would band")
    if not np.isfinite(rgb).all():
        raise ShapeError("the colours are not all finite (NaN or infinity)")
    return to_uint16(rgb.astype(np.float64))


def write_colour_tiff(path: Path | str, rgb: Num[np.ndarray, "H W 3"], dpi: float) -> None:
    """A 16-bit RGB TIFF with sRGB profile and resolution.

    Parameters
    ----------
    path : path
        Written beside and renamed.
    rgb : (H, W, 3) float32 in [0, 1], or uint16
        sRGB-encoded.
    dpi : float
        Texels per inch.
    """
    pixels = to_16_bit(rgb)
    if pixels.ndim != 3 or pixels.shape[2] != 3:
        raise ShapeError(f"a colour TIFF needs (H, W, 3), got {pixels.shape}")
    _write_tiff(path, pixels, dpi, photometric="rgb", iccprofile=srgb_profile())


def write_grey_tiff(path: Path | str, grey: UInt16[np.ndarray, "H W"], dpi: float) -> None:
    """A 16-bit grey TIFF.

    Parameters
    ----------
    path : path
        Written beside and renamed.
    grey : (H, W) uint16
        A height map in units, or a source map.
    dpi : float
        Texels per inch.
    """
    if grey.dtype != np.uint16 or grey.ndim != 2:
        raise ShapeError(f"a grey TIFF needs (H, W) uint16, got {grey.shape} {grey.dtype}")
    _write_tiff(path, grey, dpi, photometric="minisblack")


def write_tiles(path: Path | str, tiles: Iterator[np.ndarray], shape: tuple[int, ...], dpi: float, *,
                dtype: Any = np.uint16, tile_px: int = TILE_PX) -> None:
    """A tiled BigTIFF; memory holds one tile at a time.

    Parameters
    ----------
    path : path
        Written beside and renamed.
    tiles : iterator of (tile_px, tile_px) or (tile_px, tile_px, 3)
        Row by row from the top left, the last ones padded.
    shape : (H, W) or (H, W, 3)
        Of the whole picture; three channels are marked as sRGB.
    dpi : float
        Texels per inch.
    dtype : numpy dtype
        Of the tiles.
    tile_px : int
        Side of a tile, a multiple of 16.
    """
    colour = len(shape) == 3
    more: dict[str, Any] = {"photometric": "rgb", "iccprofile": srgb_profile()} if colour else {"photometric": "minisblack"}
    with replacing(path) as beside, tifffile.TiffWriter(beside, bigtiff=True) as writer:
        writer.write(tiles, shape=shape, dtype=dtype, tile=(tile_px, tile_px), compression="zlib",
                     resolution=(dpi, dpi), **_TIFF, **more)


def _write_tiff(path: Path | str, pixels: np.ndarray, dpi: float, **more: Any) -> None:
    _check_dpi(dpi)
    with replacing(path) as beside:
        tifffile.imwrite(beside, pixels, compression="zlib", resolution=(dpi, dpi), rowsperstrip=_ROWS_PER_STRIP,
                         bigtiff=pixels.nbytes > _BIG_BYTES, **_TIFF, **more)


def _check_dpi(dpi: float) -> None:
    if not (np.isfinite(dpi) and dpi > 0):
        raise ShapeError(f"dpi must be a positive number of texels per inch, got {dpi}")


def write_png(path: Path | str, pixels: Num[np.ndarray, "..."], dpi: float, *, compression: int = _PNG_COMPRESSION,
              colour: bool = True) -> None:
    """A PNG with resolution.

    Parameters
    ----------
    path : path
        Written beside and renamed.
    pixels : (H, W), (H, W, 3) or (H, W, 4), uint8 or uint16
        Grey, RGB or RGBA.
    dpi : float
        Texels per inch.
    compression : int
        0 (quick) to 9 (small).
    colour : bool
        Whether three channels are sRGB, and marked so; False for normals.
    """
    _check_dpi(dpi)
    pixels = np.asarray(pixels)
    if pixels.dtype not in (np.uint8, np.uint16) or pixels.ndim not in (2, 3):
        raise ShapeError(f"a PNG needs (H, W) or (H, W, 3) of uint8 or uint16, got {pixels.shape} {pixels.dtype}")
    colour = colour and pixels.ndim == 3
    if pixels.ndim == 3:
        pixels = pixels[..., [2, 1, 0, 3][:pixels.shape[2]]]    # OpenCV takes blue first
    done, encoded = cv2.imencode(".png", np.ascontiguousarray(pixels), [cv2.IMWRITE_PNG_COMPRESSION, compression])
    if not done:
        raise OutputError(f"OpenCV could not encode {path} as PNG")
    body = encoded.tobytes()
    per_metre = round(dpi / _METRES_PER_INCH)
    extra = _chunk(b"sRGB", b"\0") if colour else b""
    extra += _chunk(b"pHYs", struct.pack(">IIB", per_metre, per_metre, 1))
    with replacing(path) as beside:
        beside.write_bytes(body[:33] + extra + body[33:])    # signature and IHDR are 33 bytes; these must come next


def write_png8(path: Path | str, rgb: Float[np.ndarray, "H W 3"], dpi: float) -> None:
    """An 8-bit PNG of sRGB in [0, 1], for looking at.

    Parameters
    ----------
    path : path
        Written beside and renamed.
    rgb : (H, W, 3) float32
        sRGB-encoded; what lies outside [0, 1] is clipped.
    dpi : float
        Texels per inch.
    """
    write_png(path, to_uint8(rgb), dpi)


def _chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk of a PNG file: length, kind, data, checksum."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def write_json(path: Path | str, about: dict[str, Any]) -> None:
    """A JSON file for people and programs: indented, ASCII, with a line end."""
    with replacing(path) as beside:
        beside.write_text(json.dumps(about, indent=2) + "\n")


def height_units(z_mm: Float[np.ndarray, "H W"], *, mm_per_unit: float | None = None) -> HeightUnits:
    """Heights as 16-bit units, 0 the lowest place; all 65,536 levels are used unless `mm_per_unit` is given.

    ShapeError where the relief does not fit into 65,536 units of that size.
    """
    z = check_height(z_mm).astype(np.float64)
    low, span = float(z.min()), float(np.ptp(z))
    if mm_per_unit is None:
        mm_per_unit = span / LEVELS if span else _FLAT_MM_PER_UNIT
    if not (np.isfinite(mm_per_unit) and mm_per_unit > 0):
        raise ShapeError(f"mm_per_unit must be positive, got {mm_per_unit}")
    if span > mm_per_unit * (LEVELS + 0.5):
        raise ShapeError(f"a relief of {span:.3f} mm does not fit into 65,536 units of {mm_per_unit} mm: "
                         f"use at least {span / LEVELS:.3g} mm per unit")
    return HeightUnits(np.round((z - low) / mm_per_unit).astype(np.uint16), float(mm_per_unit), low)


def write_height(path_tif: Path | str, z_mm: Float[np.ndarray, "H W"], pitch_mm: float, *,
                 mm_per_unit: float | None = None, record: dict[str, Any] | None = None) -> Path:
    """A height map as 16-bit grey TIFF, with a JSON file of the same name beside it that says what its units mean.

    Parameters
    ----------
    path_tif : path
        `height.tif`, say.
    z_mm : (H, W) float32
        Height above the base.
    pitch_mm : float
        Size of a texel.
    mm_per_unit : float, optional
        All 65,536 levels are used without it.
    record : dict, optional
        More to keep in the JSON, which has mm_per_unit and offset_mm (height of unit 0 above the base), mm_per_texel, dpi,
        the size in mm and texels, and relief_mm.

    Returns
    -------
    Path
        Of the JSON.
    """
    path_tif, pitch = Path(path_tif), check_pitch(pitch_mm)
    units, mm_per_unit, offset = height_units(z_mm, mm_per_unit=mm_per_unit)
    dpi = texels_per_inch(pitch)
    write_grey_tiff(path_tif, units, dpi)
    rows, columns = units.shape
    about = {"file": path_tif.name, "mm_per_unit": mm_per_unit, "offset_mm": offset, "mm_per_texel": pitch, "dpi": dpi,
             "width_texels": columns, "height_texels": rows, "width_mm": columns * pitch, "height_mm": rows * pitch,
             "relief_mm": float(np.ptp(units)) * mm_per_unit, "meaning": _HEIGHT_MEANING, **(record or {})}
    path_json = path_tif.with_suffix(".json")
    write_json(path_json, about)
    return path_json


def read_height_file(path_tif: Path | str) -> HeightFile:
    """What `write_height` wrote; OutputError where its JSON is missing."""
    path_json = Path(path_tif).with_suffix(".json")
    if not path_json.exists():
        raise OutputError(f"{path_tif} has no {path_json.name} beside it, so its units are unknown")
    about = json.loads(path_json.read_text(encoding="utf-8"))
    z = tifffile.imread(path_tif).astype(np.float64) * about["mm_per_unit"] + about["offset_mm"]
    return HeightFile(z.astype(np.float32), about["mm_per_texel"], about)


def normal_map(z_mm: Float[np.ndarray, "H W"], pitch_mm: float) -> Float32[np.ndarray, "H W 3"]:
    """Tangent-space normals as (H, W, 3) float32 in [0, 1] (x right, y up, z out; the OpenGL convention)."""
    z = check_height(z_mm)
    gy, gx = np.gradient(z, np.float32(pitch_mm))
    normal = np.stack([-gx, gy, np.ones_like(z)], -1)
    normal /= np.sqrt((normal ** 2).sum(-1, keepdims=True))
    return normal * np.float32(0.5) + np.float32(0.5)
