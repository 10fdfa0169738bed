"""What a file is, is told by its bytes, and what is wrong with it in words that say what to do."""

import numpy as np
import pytest
import pyvips
import tifffile
from PIL import Image

from data.errors import ScanError
from data.picture_file import (
    check_complete,
    decoder_of,
    first_bytes,
    in_plain_words,
    one_line,
    open_picture,
    open_reduced,
)


@pytest.mark.parametrize("head, decoder", [
    (b"\xff\xd8\xff\xe0", "jpeg"), (b"\x89PNG\r\n\x1a\n", "png"), (b"II*\0", "tiff"), (b"MM\0+", "tiff"),
    (b"RIFF\0\0\0\0WEBP", "webp")])
def test_bytes_tell_the_decoder_and_names_do_not(tmp_path, head, decoder):
    (tmp_path / "picture.txt").write_bytes(head)
    assert decoder_of(tmp_path / "picture.txt") == decoder


@pytest.mark.parametrize("content, words", [(b"", "empty"), (b"no picture", "the file holds text"),
                                            (b"\0\1", "something else")])
def test_other_files_are_refused_in_plain_words(tmp_path, content, words):
    (tmp_path / "a.jpg").write_bytes(content)
    with pytest.raises(ScanError, match=words):
        decoder_of(tmp_path / "a.jpg")


def test_a_folder_and_a_missing_file_are_named_as_such(tmp_path):
    with pytest.raises(ScanError, match="a folder, not a picture"):
        first_bytes(tmp_path)
    with pytest.raises(ScanError, match="no such file"):
        first_bytes(tmp_path / "none.png")


def test_the_smallest_level_that_is_enough_is_opened(tmp_path):
    path = tmp_path / "pyramid.tif"
    levels = [np.full((256 >> k, 512 >> k, 3), 40 * k, np.uint8) for k in range(4)]
    with tifffile.TiffWriter(path) as writer:
        for level in levels:
            writer.write(level, photometric="rgb")
    for wanted, level in (((512, 256), 0), ((128, 64), 1), ((64, 32), 2), ((16, 8), 3)):
        image, scale = open_reduced(path, "tiff", wanted, "error")
        assert image.numpy().max() == 40 * level, wanted
        assert scale == pytest.approx((wanted[0] / (512 >> level),) * 2)


def test_a_tiff_that_is_cut_off_is_noticed_by_its_directories(tmp_path):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, np.zeros((64, 64, 3), np.uint8))
    check_complete(path)
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(ScanError, match="truncated or damaged TIFF"):
        check_complete(path)


def test_an_error_without_a_message_is_named_by_its_kind():
    assert one_line(ValueError()) == "ValueError" and one_line(OSError("first\nsecond")) == "first"


def test_a_picture_is_opened_by_the_decoder_that_was_asked_for(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((4, 6, 3), np.uint8))
    image = open_picture(tmp_path / "a.tif", "tiff", "error")
    assert (image.width, image.height, image.bands) == (6, 4, 3)


def test_a_cut_jpeg_is_called_so_though_libvips_says_nothing(tmp_path):
    whole, cut = tmp_path / "whole.jpg", tmp_path / "cut.jpg"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (90, 80, 3), np.uint8)).save(whole, quality=90)
    cut.write_bytes(whole.read_bytes()[:3000])
    silent = pyvips.Error("unable to read", "")
    assert in_plain_words(silent, "jpeg", cut) == "truncated or damaged JPEG: the file ends before the picture does"
    assert in_plain_words(silent, "jpeg", whole) == "damaged JPEG: it cannot be decoded to its end"
