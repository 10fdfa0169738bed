"""Pictures and height maps as files: 16 bit all the way, with size and colour profile, never half-written."""

import json
import struct
import zlib

import cv2
import numpy as np

from data.errors import OutputError, ShapeError
from data.files import replacing
from render.relief.relief import check_height, check_pitch

LEVELS = 65535
_TILE = 512
_BIG_BYTES = 2 * 1024 ** 3    # from here on BigTIFF


def srgb_profile():
    """An sRGB ICC profile (bytes), the same ones every time."""
    from PIL import ImageCms
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    # The header carries the moment of making and, on some builds, a checksum of it; neither belongs to the colours.
    profile[24:36] = struct.pack(">6H", 2000, 1, 1, 0, 0, 0)
    profile[84:100] = bytes(16)
    return bytes(profile)


def to_16_bit(rgb):
    """sRGB in [0, 1] to (H, W, 3) uint16, rounded to the nearest level."""
    rgb = np.asarray(rgb)
    if rgb.dtype == np.uint16:
        return rgb
    if not np.issubdtype(rgb.dtype, np.floating):
        raise ShapeError(f"colour must be floating point in [0, 1] or uint16, got {rgb.dtype}: 8 bits would band")
    if not np.isfinite(rgb).all():
        raise ShapeError("the colours are not all finite (NaN or infinity)")
    return np.round(np.clip(rgb, 0, 1).astype(np.float64) * LEVELS).astype(np.uint16)


def write_colour_tiff(path, rgb, dpi):
    """16-bit RGB TIFF with sRGB profile and resolution; `rgb` is (H, W, 3) float32 in [0, 1] or uint16."""
    pixels = to_16_bit(rgb)
    if pixels.ndim != 3 or pixels.shape[2] != 3:
        raise ShapeError(f"a colour TIFF needs (H, W, 3), got {pixels.shape}")
    _write_tiff(path, pixels, dpi, photometric="rgb", iccprofile=srgb_profile())


def write_grey_tiff(path, grey, dpi):
    """16-bit grey TIFF; `grey` is (H, W) uint16 (a height map in units, a source map)."""
    if grey.dtype != np.uint16 or grey.ndim != 2:
        raise ShapeError(f"a grey TIFF needs (H, W) uint16, got {grey.shape} {grey.dtype}")
    _write_tiff(path, grey, dpi, photometric="minisblack")


def write_tiles(path, tiles, shape, dpi, *, dtype=np.uint16, tile_px=_TILE):
    """A tiled BigTIFF from an iterator of tiles, row by row from the top left; memory holds one tile at a time.

    Each tile is (tile_px, tile_px) or (tile_px, tile_px, 3), the last ones padded; `shape` is that of the whole.
    """
    import tifffile
    colour = len(shape) == 3
    more = {"photometric": "rgb", "iccprofile": srgb_profile()} if colour else {"photometric": "minisblack"}
    with replacing(path) as beside, tifffile.TiffWriter(beside, bigtiff=True) as writer:
        writer.write(tiles, shape=shape, dtype=dtype, tile=(tile_px, tile_px), compression="zlib", predictor=True,
                     resolution=(dpi, dpi), resolutionunit="INCH", metadata=None, software="atelier", **more)


def _write_tiff(path, pixels, dpi, **more):
    import tifffile
    check_dpi(dpi)
    with replacing(path) as beside:
        tifffile.imwrite(beside, pixels, compression="zlib", predictor=True, resolution=(dpi, dpi),
                         resolutionunit="INCH", metadata=None, software="atelier", rowsperstrip=64,
                         bigtiff=pixels.nbytes > _BIG_BYTES, **more)


def check_dpi(dpi):
    if not (np.isfinite(dpi) and dpi > 0):
        raise ShapeError(f"dpi must be a positive number of texels per inch, got {dpi}")


def write_png(path, pixels, dpi, *, compression=6, colour=True):
    """PNG with resolution; (H, W), (H, W, 3) or (H, W, 4), uint8 or uint16, marked as sRGB if it is `colour`."""
    check_dpi(dpi)
    pixels = np.asarray(pixels)
    if pixels.dtype not in (np.uint8, np.uint16) or pixels.ndim not in (2, 3):
        raise ShapeError(f"a PNG needs (H, W) or (H, W, 3) of uint8 or uint16, got {pixels.shape} {pixels.dtype}")
    colour = colour and pixels.ndim == 3
    if pixels.ndim == 3:
        pixels = pixels[..., [2, 1, 0, 3][:pixels.shape[2]]]
    done, encoded = cv2.imencode(".png", np.ascontiguousarray(pixels), [cv2.IMWRITE_PNG_COMPRESSION, compression])
    if not done:
        raise OutputError(f"OpenCV could not encode {path} as PNG")
    body = encoded.tobytes()
    per_metre = round(dpi / 0.0254)
    extra = _chunk(b"sRGB", b"\0") if colour else b""
    extra += _chunk(b"pHYs", struct.pack(">IIB", per_metre, per_metre, 1))
    with replacing(path) as beside:
        beside.write_bytes(body[:33] + extra + body[33:])    # signature and IHDR are 33 bytes; these must come next


def write_png16(path, rgb, dpi):
    """16-bit PNG of sRGB in [0, 1] ((H, W, 3) float32)."""
    write_png(path, to_16_bit(rgb), dpi)


def write_png8(path, rgb, dpi):
    """8-bit PNG of sRGB in [0, 1], for looking at."""
    write_png(path, np.round(np.clip(rgb, 0, 1) * 255).astype(np.uint8), dpi)


def _chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def height_units(z_mm, *, mm_per_unit=None):
    """Heights as 16-bit units: (units (H, W) uint16, mm_per_unit, offset_mm) with z = offset_mm + mm_per_unit * units.

    All 65,536 levels are used unless `mm_per_unit` is given.
    """
    z = check_height(z_mm).astype(np.float64)
    low, span = float(z.min()), float(np.ptp(z))
    if mm_per_unit is None:
        mm_per_unit = span / LEVELS if span else 1e-6
    if not (np.isfinite(mm_per_unit) and mm_per_unit > 0):
        raise ShapeError(f"mm_per_unit must be positive, got {mm_per_unit}")
    if span > mm_per_unit * (LEVELS + 0.5):
        raise ShapeError(f"a relief of {span:.3f} mm does not fit into 65,536 units of {mm_per_unit} mm: "
                         f"use at least {span / LEVELS:.3g} mm per unit")
    return np.round((z - low) / mm_per_unit).astype(np.uint16), float(mm_per_unit), low


def write_height(path_tif, z_mm, pitch_mm, *, mm_per_unit=None, record=None):
    """Write `height.tif` (16-bit grey) and `height.json` beside it.

    The JSON has mm_per_unit and offset_mm (height of unit 0 above the base), mm_per_texel, dpi, the size in mm and
    texels, relief_mm, and whatever `record` adds. Returns the path of the JSON.
    """
    from pathlib import Path
    path_tif = Path(path_tif)
    pitch = check_pitch(pitch_mm)
    units, mm_per_unit, offset = height_units(z_mm, mm_per_unit=mm_per_unit)
    dpi = 25.4 / pitch
    write_grey_tiff(path_tif, units, dpi)
    rows, columns = units.shape
    about = {"file": path_tif.name, "mm_per_unit": mm_per_unit, "offset_mm": offset, "mm_per_texel": pitch, "dpi": dpi,
             "width_texels": columns, "height_texels": rows, "width_mm": columns * pitch, "height_mm": rows * pitch,
             "relief_mm": float(np.ptp(units)) * mm_per_unit,
             "meaning": "height in mm above the base = offset_mm + mm_per_unit * value; row 0 is the top edge; a texel "
                        "is a cell", **(record or {})}
    path_json = path_tif.with_suffix(".json")
    with replacing(path_json) as beside:
        beside.write_text(json.dumps(about, indent=2) + "\n")
    return path_json


def read_height_file(path_tif):
    """What `write_height` wrote: ((H, W) float32 mm, pitch_mm, the JSON's record)."""
    from pathlib import Path

    import tifffile
    path_json = Path(path_tif).with_suffix(".json")
    if not path_json.exists():
        raise OutputError(f"{path_tif} has no {path_json.name} beside it, so its units are unknown")
    about = json.loads(path_json.read_text(encoding="utf-8"))
    units = tifffile.imread(path_tif)
    z = units.astype(np.float64) * about["mm_per_unit"] + about["offset_mm"]
    return z.astype(np.float32), about["mm_per_texel"], about


def normal_map(z_mm, pitch_mm):
    """Tangent-space normals as (H, W, 3) float32 in [0, 1] (x right, y up, z out; the OpenGL convention)."""
    z = check_height(z_mm)
    gy, gx = np.gradient(z, np.float32(pitch_mm))
    normal = np.stack([-gx, gy, np.ones_like(z)], -1)
    normal /= np.sqrt((normal ** 2).sum(-1, keepdims=True))
    return normal * np.float32(0.5) + np.float32(0.5)
