"""Claim: whatever a museum sends, `read_scan` gives the same sRGB picture, upright, by window and at any size, and a
broken file gives one plain line instead of half a picture."""

import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest
import pyvips
import tifffile
from PIL import Image, ImageCms

from data.errors import ScanError, UsageError
from data.scan import read_scan, reduced_size, scan_info


def picture(width=120, height=80):
    """A smooth picture without symmetry: red grows to the right, green downwards, blue marks the upper left."""
    x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    blue = 0.8 * ((x < 0.3) & (y < 0.4))
    return np.stack([0.1 + 0.8 * x, 0.1 + 0.7 * y, 0.1 + blue], -1)


def eight_bit(rgb):
    return np.round(rgb * 255).astype(np.uint8)


def sixteen_bit(rgb):
    return np.round(rgb * 65535).astype(np.uint16)


def vips(array, interpretation=None):
    image = pyvips.Image.new_from_array(np.ascontiguousarray(array))
    return image.copy(interpretation=interpretation) if interpretation else image


TRUE = picture()


@pytest.mark.parametrize("name, options, tolerance", [
    ("a.jpg", {"Q": 95, "subsample_mode": "off"}, 0.06), ("a.png", {}, 0.003), ("a.tif", {}, 0.003),
    ("lzw.tif", {"compression": "lzw"}, 0.003), ("tiled.tif", {"tile": True}, 0.003),
    ("big.tif", {"bigtiff": True, "tile": True, "pyramid": True}, 0.003),
    ("jpegs.tif", {"compression": "jpeg", "Q": 95, "tile": True}, 0.06), ("a.webp", {"lossless": True}, 0.003),
])
def test_every_format_gives_the_same_picture(tmp_path, name, options, tolerance):
    vips(eight_bit(TRUE)).write_to_file(tmp_path / name, **options)
    read = read_scan(tmp_path / name)
    assert read.dtype == np.float32 and read.flags.c_contiguous and read.shape == TRUE.shape
    assert np.abs(read - TRUE)[4:-4, 4:-4][:, 40:].max() < tolerance
    info = scan_info(tmp_path / name)
    assert (info.width_px, info.height_px, info.bit_depth, info.bands) == (120, 80, 8, 3)


@pytest.mark.parametrize("name", ["deep.png", "deep.tif"])
def test_sixteen_bits_stay_sixteen_bits(tmp_path, name):
    ramp = np.repeat(np.linspace(0.5, 0.51, 200)[None, :, None], 3, 2).repeat(8, 0)
    vips(sixteen_bit(ramp)).copy(interpretation="rgb16").write_to_file(tmp_path / name)
    assert np.abs(read_scan(tmp_path / name) - ramp).max() < 1e-4
    assert scan_info(tmp_path / name).bit_depth == 16


def test_sixteen_bits_survive_a_profile(tmp_path):
    ramp = np.repeat(np.linspace(0.5, 0.51, 200)[None, :, None], 3, 2).repeat(8, 0)
    deep = vips(sixteen_bit(ramp)).copy(interpretation="rgb16")
    deep.icc_transform("p3", input_profile="srgb", depth=16).write_to_file(tmp_path / "deep.tif")
    assert scan_info(tmp_path / "deep.tif").icc
    assert np.abs(read_scan(tmp_path / "deep.tif") - ramp).max() < 3e-4


@pytest.mark.parametrize("suffix", [".tif", ".jpg", ".png"])
def test_profiles_are_converted_not_dropped(tmp_path, suffix):
    path = tmp_path / f"p3{suffix}"
    wide = vips(eight_bit(TRUE)).copy(interpretation="srgb").icc_transform("p3", input_profile="srgb")
    wide.write_to_file(path, **({"Q": 98, "subsample_mode": "off"} if suffix == ".jpg" else {}))
    raw = np.asarray(Image.open(path)).astype(np.float32) / 255
    right = read_scan(path)[8:-8, 45:]
    assert np.abs(right - TRUE[8:-8, 45:]).max() < 0.03
    assert np.abs(raw[8:-8, 45:] - TRUE[8:-8, 45:]).max() > 0.05  # taken without its profile it would be wrong


def test_a_profile_that_does_not_fit_is_no_reason_to_refuse(tmp_path):
    image = Image.fromarray(eight_bit(TRUE))
    image.save(tmp_path / "lab.png", icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes())
    image.save(tmp_path / "junk.png", icc_profile=b"this is no profile")
    for name in ("lab.png", "junk.png"):
        assert np.abs(read_scan(tmp_path / name) - TRUE).max() < 0.01


def test_grey_cmyk_palette_and_transparency_become_rgb(tmp_path):
    grey = eight_bit(TRUE[..., 0])
    Image.fromarray(grey).save(tmp_path / "grey.png")
    assert np.abs(read_scan(tmp_path / "grey.png") - TRUE[..., :1]).max() < 0.003
    vips(sixteen_bit(TRUE[..., 0]), "grey16").write_to_file(tmp_path / "grey16.tif")
    assert np.abs(read_scan(tmp_path / "grey16.tif") - TRUE[..., :1]).max() < 0.003
    Image.fromarray(eight_bit(TRUE)).convert("P", palette=Image.Palette.ADAPTIVE).save(tmp_path / "palette.png")
    assert np.abs(read_scan(tmp_path / "palette.png") - TRUE).mean() < 0.03
    Image.fromarray(eight_bit(TRUE)).convert("CMYK").save(tmp_path / "cmyk.jpg", quality=95)
    cmyk = read_scan(tmp_path / "cmyk.jpg")
    assert cmyk.shape == TRUE.shape
    assert np.corrcoef(cmyk[..., 0].ravel(), TRUE[..., 0].ravel())[0, 1] > 0.9
    alpha = np.dstack([eight_bit(TRUE), np.full((80, 120), 255, np.uint8)])
    alpha[:, :20, 3] = 0
    Image.fromarray(alpha).save(tmp_path / "alpha.png")
    read = read_scan(tmp_path / "alpha.png")
    assert (read[:, :20] == 1).all()
    assert np.abs(read[:, 20:] - TRUE[:, 20:]).max() < 0.003


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied_to_picture_and_window(tmp_path, orientation):
    path = tmp_path / "turned.tif"
    # What a camera would have stored so that the picture is upright once turned.
    undo = {1: lambda a: a, 2: lambda a: a[:, ::-1], 3: lambda a: a[::-1, ::-1], 4: lambda a: a[::-1],
            5: lambda a: a.swapaxes(0, 1), 6: lambda a: np.rot90(a, 1), 7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
            8: lambda a: np.rot90(a, -1)}[orientation]
    image = Image.fromarray(np.ascontiguousarray(undo(eight_bit(TRUE))))
    exif = image.getexif()
    exif[0x0112] = orientation
    image.save(path, exif=exif, tiffinfo={0x0112: orientation})
    info = scan_info(path)
    assert (info.width_px, info.height_px, info.orientation) == (120, 80, orientation)
    assert np.abs(read_scan(path) - TRUE).max() < 0.003
    x, y, w, h = 10, 5, 60, 30
    assert np.abs(read_scan(path, window=(x, y, w, h)) - TRUE[y:y + h, x:x + w]).max() < 0.003
    assert np.abs(read_scan(path, max_side_px=60)[5:-5, 25:] - picture(60, 40)[5:-5, 25:]).max() < 0.02


def test_a_window_is_that_part_of_the_picture_also_when_reduced(tmp_path):
    noise = np.random.default_rng(3).random((400, 600, 3))
    vips(eight_bit(noise)).write_to_file(tmp_path / "n.tif", tile=True, tile_width=64, tile_height=64, pyramid=True)
    full = read_scan(tmp_path / "n.tif")
    assert np.array_equal(read_scan(tmp_path / "n.tif", window=(123, 77, 300, 211)), full[77:288, 123:423])
    part = read_scan(tmp_path / "n.tif", window=(100, 100, 300, 200), max_side_px=100)
    assert part.shape == (67, 100, 3)
    for wrong in [(0, 0, 601, 10), (-1, 0, 5, 5), (0, 0, 0, 5), (500, 300, 200, 50)]:
        with pytest.raises(UsageError, match="does not lie within"):
            read_scan(tmp_path / "n.tif", window=wrong)


@pytest.mark.parametrize("subifd", [True, False])
def test_a_pyramid_is_read_at_the_level_that_serves(tmp_path, subifd):
    """Every level has a constant of its own, so a wrong level is a wrong number."""
    path = tmp_path / "pyramid.tif"
    sides, values = (1024, 512, 256, 128), (40, 80, 120, 160)
    with tifffile.TiffWriter(path, bigtiff=True) as tiff:
        for level, (side, value) in enumerate(zip(sides, values)):
            extra = {"subifds": 3} if subifd and level == 0 else {}
            tiff.write(np.full((side, side, 3), value, np.uint8), tile=(64, 64), photometric="rgb", **extra)
    assert scan_info(path).levels == 4
    for side, value in [(1024, 40), (600, 40), (300, 40), (256, 80), (200, 80), (128, 120), (64, 160), (10, 160)]:
        read = read_scan(path, max_side_px=side)
        assert read.shape == (side, side, 3)
        assert np.allclose(read, value / 255, atol=1e-3), side
    # A window is exact: it comes from the full resolution.
    assert np.allclose(read_scan(path, window=(0, 0, 900, 900), max_side_px=30), 40 / 255, atol=1e-3)


def test_other_pages_of_a_tiff_are_not_taken_for_its_levels(tmp_path):
    with tifffile.TiffWriter(tmp_path / "pages.tif") as tiff:
        tiff.write(np.full((800, 600, 3), 50, np.uint8), photometric="rgb")
        tiff.write(np.full((400, 400, 3), 200, np.uint8), photometric="rgb")
    assert np.allclose(read_scan(tmp_path / "pages.tif", max_side_px=100), 50 / 255, atol=1e-3)


@pytest.mark.parametrize("width, height, side", [
    (1001, 700, 333), (999, 1500, 100), (4000, 3, 50), (57, 91, 400), (7, 7, 1)])
@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_the_size_is_the_one_announced(tmp_path, width, height, side, suffix):
    vips(eight_bit(picture(width, height))).write_to_file(tmp_path / f"a{suffix}")
    read = read_scan(tmp_path / f"a{suffix}", max_side_px=side)
    assert read.shape[1::-1] == reduced_size(width, height, side)
    assert max(read.shape) <= max(side, 3)


@pytest.mark.parametrize("suffix", [".jpg", ".tif", ".pyramid.tif"])
def test_a_place_lies_where_the_reduced_picture_says(tmp_path, suffix):
    width, height = 2003, 1501
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    spot = np.exp(-((x - 1477.0) ** 2 + (y - 333.0) ** 2) / (2 * 30 ** 2))
    options = {"tile": True, "pyramid": True} if "pyramid" in suffix else {}
    vips(eight_bit(np.repeat(spot[..., None], 3, 2))).write_to_file(tmp_path / f"spot{suffix}", **options)
    reduced = read_scan(tmp_path / f"spot{suffix}", max_side_px=250)[..., 0].astype(np.float64)
    reduced[reduced < 0.05] = 0
    rows, columns = np.indices(reduced.shape)
    share = np.array([width, height]) / reduced.shape[1::-1]
    found = (columns * reduced).sum() / reduced.sum(), (rows * reduced).sum() / reduced.sum()
    assert np.allclose((np.array(found) + 0.5) * share - 0.5, (1477, 333), atol=0.25 * 8)


def test_dpi_is_read_and_unknown_stays_unknown(tmp_path):
    image = Image.fromarray(eight_bit(TRUE))
    for suffix in (".jpg", ".png", ".tif"):
        image.save(tmp_path / f"known{suffix}", dpi=(300, 300))
        image.save(tmp_path / f"unknown{suffix}")
        assert scan_info(tmp_path / f"known{suffix}").dpi == pytest.approx(300, abs=0.1)
        assert scan_info(tmp_path / f"unknown{suffix}").dpi is None, suffix


def test_a_name_with_brackets_is_a_name(tmp_path):
    vips(eight_bit(TRUE)).write_to_file(tmp_path / "a.png")
    odd = tmp_path / "Titian è [shrink=4].png[page=2]"
    os.rename(tmp_path / "a.png", odd)
    assert read_scan(odd).shape == TRUE.shape


def truncated(path):
    whole = path.read_bytes()
    path.write_bytes(whole[:int(len(whole) * 0.6)])


@pytest.mark.parametrize("name, options", [
    ("a.jpg", {}), ("i.jpg", {"interlace": True}), ("a.png", {}), ("i.png", {"interlace": True}),
    ("a.tif", {}), ("t.tif", {"tile": True, "compression": "lzw"}), ("a.webp", {}),
])
@pytest.mark.parametrize("side", [None, 40])
def test_a_truncated_file_is_refused_in_one_line(tmp_path, name, options, side):
    noise = np.random.default_rng(0).integers(0, 255, (300, 400, 3)).astype(np.uint8)
    vips(noise).write_to_file(tmp_path / name, **options)
    truncated(tmp_path / name)
    with pytest.raises(ScanError, match="damaged") as caught:
        read_scan(tmp_path / name, max_side_px=side)
    assert "\n" not in caught.value.reason and str(tmp_path) not in caught.value.reason


def test_a_pyramidal_tiff_that_lost_its_end_is_refused(tmp_path):
    noise = np.random.default_rng(0).integers(0, 255, (600, 800, 3)).astype(np.uint8)
    with tifffile.TiffWriter(tmp_path / "a.tif") as tiff:  # the directory first, the pixels after it
        tiff.write(noise, tile=(64, 64), photometric="rgb")
    truncated(tmp_path / "a.tif")
    with pytest.raises(ScanError, match="its pixels reach to byte"):
        read_scan(tmp_path / "a.tif", max_side_px=100)


def test_a_tiff_with_undecodable_pixels_is_refused_and_one_with_an_odd_tag_is_not(tmp_path):
    noise = np.random.default_rng(0).integers(0, 255, (600, 800, 3)).astype(np.uint8)
    tifffile.imwrite(tmp_path / "odd.tif", noise, photometric="rgb", extratags=[(315, "I", 1, 5, True)])
    assert np.allclose(read_scan(tmp_path / "odd.tif"), noise / 255, atol=1e-6)
    tifffile.imwrite(tmp_path / "hurt.tif", noise, photometric="rgb", compression="zlib", tile=(64, 64))
    whole = bytearray((tmp_path / "hurt.tif").read_bytes())
    whole[500_000:500_200] = bytes(200)
    (tmp_path / "hurt.tif").write_bytes(whole)
    with pytest.raises(ScanError, match="damaged TIFF"):
        read_scan(tmp_path / "hurt.tif", max_side_px=300)


def test_what_is_no_picture_says_so(tmp_path):
    (tmp_path / "text.jpg").write_text("Dear curator, please find attached")
    (tmp_path / "empty.jpg").write_bytes(b"")
    (tmp_path / "noise.png").write_bytes(bytes(range(256)))
    (tmp_path / "head.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    (tmp_path / "svg.tif").write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
    (tmp_path / "folder.jpg").mkdir()
    reasons = {"text.jpg": "holds text", "empty.jpg": "empty", "noise.png": "not a JPEG", "svg.tif": "holds text",
               "head.jpg": "damaged JPEG", "folder.jpg": "a folder", "none.jpg": "no such file"}
    for name, words in reasons.items():
        for read in (scan_info, read_scan):
            with pytest.raises(ScanError, match=words):
                read(tmp_path / name)


def test_a_file_one_may_not_read_says_so(tmp_path):
    path = tmp_path / "locked.png"
    vips(eight_bit(TRUE)).write_to_file(path)
    path.chmod(0)
    root = os.geteuid() == 0
    if root:  # root may read everything: be nobody for a moment
        os.seteuid(65534)
    try:
        with pytest.raises(ScanError, match="no permission"):
            read_scan(path)
    finally:
        if root:
            os.seteuid(0)


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="the peak of memory is read from /proc")
@pytest.mark.parametrize("options", ["", "tile=True, compression='lzw'", "tile=True, pyramid=True, bigtiff=True"])
def test_a_large_scan_is_reduced_without_being_held(tmp_path, options):
    """40 megapixels are 480 MB as float32: reading them at 500 px must add far less than their 120 MB of bytes."""
    code = textwrap.dedent(f"""
        import pyvips
        image = pyvips.Image.xyz(8000, 5000)
        image = image.bandjoin(image.extract_band(0)).linear([0.02] * 3, [3] * 3).cast("uchar")
        image.copy(interpretation="srgb").write_to_file({str(tmp_path / 'large.tif')!r}, {options})
    """)
    # The peak in /proc begins with the process; that of getrusage would begin at what this one holds.
    reading = textwrap.dedent(f"""
        from data.scan import read_scan
        def peak_mib():
            with open("/proc/self/status") as status:
                return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))
        before = peak_mib()
        assert read_scan({str(tmp_path / 'large.tif')!r}, max_side_px=500).shape == (312, 500, 3)
        print(peak_mib() - before)
    """)
    environment = {**os.environ, "PYTHONPATH": os.getcwd()}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
    done = subprocess.run([sys.executable, "-c", reading], check=True, env=environment, capture_output=True, text=True)
    print(done.stdout)
    assert 1 < float(done.stdout) < 80
