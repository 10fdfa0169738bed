"""Claim: where a painting has a height scan, its millimetres come through the warp of its colour; else the relief model reads
the colour, only where the canvas copies from, and the right way round."""

import numpy as np
import pytest
import tifffile

from models.alignment import Frame
from models.shape import to_frame
from render.relief import exemplar_heights as room
from render.relief.exemplar_heights import Box, exemplar_heights

PITCH_MM = 0.3
# A scan of 200 x 250 units of a painting of 400 x 500 pixels: height rises to the right and falls downwards.
MM_PER_UNIT, RIGHT_UNITS, DOWN_UNITS = 0.001, 20, 3


class Reader:
    """Stands where the relief model stands: reads the red of a picture as mm, and remembers what it was shown."""

    def __init__(self):
        self.seen = []

    def predict(self, rgb, pitch_mm, *, match):
        assert pitch_mm == PITCH_MM and match is False
        self.seen.append(rgb)
        return rgb[..., 0].copy()


@pytest.fixture(scope="module")
def canvas(drawn_bank):
    """A frame of the bank, 100 texels wide, and the layout of its first sitter in it."""
    frame = drawn_bank.cropped(Frame().scaled(100))
    return frame, to_frame(drawn_bank.views[0].shape, frame)


@pytest.fixture(scope="module")
def scan(tmp_path_factory):
    rows, columns = np.mgrid[:250, :200]
    path = tmp_path_factory.mktemp("scan") / "height.tif"
    tifffile.imwrite(path, (5000 + RIGHT_UNITS * columns - DOWN_UNITS * rows).astype(np.uint16))
    return path


def both_ways(bank):
    """The first sitter, as painted and in a mirror."""
    name = bank.views[0].name
    return sorted((view for view in bank.both_ways() if view.name == name), key=lambda view: view.mirrored)


def test_a_scan_s_millimetres_come_through_the_warp(drawn_bank, canvas, scan):
    frame, layout = canvas
    views, reader = both_ways(drawn_bank), Reader()
    heights, measured = exemplar_heights(views, layout, frame, PITCH_MM, reader, scans={views[0].name: (scan, MM_PER_UNIT)})
    assert measured == [True, True] and reader.seen == []
    for view, height in zip(views, heights):
        item = room.warped(view, layout, frame)
        x, y = np.moveaxis((item.field + 0.5) / 2 - 0.5, -1, 0)
        x = 199 - x if view.mirrored else x
        inside = (x > 4) & (x < 195) & (y > 4) & (y < 245)
        wanted = (5000 + RIGHT_UNITS * x - DOWN_UNITS * y) * MM_PER_UNIT
        assert inside.mean() > 0.5 and height.dtype == np.float32
        # Half of the scan's pixels are blurred away, and cv2.remap reads at 1/32 of a pixel.
        np.testing.assert_allclose(height[inside], wanted[inside], atol=MM_PER_UNIT * RIGHT_UNITS / 4)


def test_colour_is_read_where_there_is_no_scan(drawn_bank, canvas):
    frame, layout = canvas
    views, reader, told = both_ways(drawn_bank), Reader(), []
    heights, measured = exemplar_heights(views, layout, frame, PITCH_MM, reader,
                                         progress=lambda done, total: told.append((done, total)))
    assert measured == [False, False] and told == [(1, 2), (2, 2)]
    for view, height in zip(views, heights):
        seen = room.warped(view, layout, frame, pixels=room.read_for(view, frame))
        np.testing.assert_array_equal(height, seen.colour[..., 0])


def test_only_what_is_copied_is_read_with_what_the_network_sees_around_it():
    reader, rgb = Reader(), np.random.default_rng(0).random((400, 500, 3)).astype(np.float32)
    used = Box(300, 320, 10, 60)
    height = room._read_height(reader, rgb, PITCH_MM, False, used)
    rows, columns = slice(300 - room.HALO, 400), slice(0, 60 + room.HALO)
    assert reader.seen[0].shape == rgb[rows, columns].shape
    np.testing.assert_array_equal(height[rows, columns], rgb[rows, columns, 0])
    assert not height[:300 - room.HALO].any() and not height[:, 60 + room.HALO:].any()
    assert not room._read_height(Reader(), rgb, PITCH_MM, False, Box(0, 0, 0, 0)).any()


def test_a_mirrored_painting_is_read_as_it_was_painted():
    reader, rgb = Reader(), np.random.default_rng(0).random((40, 50, 3)).astype(np.float32)
    height = room._read_height(reader, rgb, PITCH_MM, True, None)
    np.testing.assert_array_equal(reader.seen[0], rgb[:, ::-1])
    np.testing.assert_array_equal(height, rgb[..., 0])


def test_places_copied_from_an_exemplar():
    source = np.dstack([np.zeros((6, 8), int), *np.mgrid[10:16, 20:28]])
    source[2:4, 3:5, 0] = 1
    assert room._used(source, 0) == Box(10, 16, 20, 28) and room._used(source, 1) == Box(12, 14, 23, 25)
    assert room._used(source, 2) == Box(0, 0, 0, 0) and room._used(None, 0) is None


def test_a_view_may_have_come_to_the_canvas_in_another_way_than_by_its_face(drawn_bank, canvas):
    frame, layout = canvas
    views, reader = both_ways(drawn_bank), Reader()
    moved = room.warped(views[0], layout, frame).field + np.float32([12, 30])
    heights, _ = exemplar_heights(views, layout, frame, PITCH_MM, reader, fields={0: moved})
    seen = room.carried(views[0], moved, room.read_for(views[0], frame))
    np.testing.assert_array_equal(heights[0], seen.colour[..., 0])
    by_face = room.warped(views[1], layout, frame, pixels=room.read_for(views[1], frame))
    np.testing.assert_array_equal(heights[1], by_face.colour[..., 0])
