"""Films are read from videos and folders alike; a film of painted frames keeps size, rate and sound of its source."""

import cv2
import numpy as np
import pytest

from data.errors import ScanError
from render.restyle.frames import FrameFolder, VideoFile, frame_name, open_frames, read_frame, write_frame, write_video
from tests.render.restyle.drawn_films import draw_film, write_film

av = pytest.importorskip("av", reason="PyAV reads and writes videos")


def test_a_folder_is_read_in_the_order_of_names(tmp_path):
    for name, value in (("b.png", 100), ("a.png", 50), ("c.jpg", 200)):
        cv2.imwrite(str(tmp_path / name), np.full((40, 60, 3), value, np.uint8))
    (tmp_path / "notes.txt").write_text("no picture")
    reader = open_frames(tmp_path)
    assert isinstance(reader, FrameFolder) and reader.count == 3
    assert [name for name, _ in reader.key] == ["a.png", "b.png", "c.jpg"]
    assert [round(float(rgb.mean()) * 255) for rgb in reader.frames()] == [50, 100, 200]
    cv2.imwrite(str(tmp_path / "d.png"), np.zeros((50, 60, 3), np.uint8))
    with pytest.raises(ScanError, match="60 x 50 pixels, but the frames before have 60 x 40"):
        list(open_frames(tmp_path).frames())


def test_what_is_no_film(tmp_path):
    (tmp_path / "broken.mp4").write_bytes(b"not a video at all" * 50)
    (tmp_path / "empty").mkdir()
    for name, message in (("broken.mp4", "broken or of an unknown kind"), ("nothing.mp4", "no such file"),
                          ("empty", "no frames")):
        with pytest.raises(ScanError, match=message):
            open_frames(tmp_path / name)


def test_a_painted_frame_is_found_as_it_was_kept(tmp_path):
    rgb = np.random.default_rng(0).uniform(-0.1, 1.1, (40, 60, 3)).astype(np.float32)
    kept = write_frame(tmp_path / frame_name(7), rgb)
    assert [path.name for path in tmp_path.iterdir()] == ["frame_000007.png"]
    assert np.array_equal(kept, read_frame(tmp_path / "frame_000007.png")) and np.abs(kept - np.clip(rgb, 0, 1)).max() < 0.0021
    (tmp_path / frame_name(8)).write_bytes(b"cut short")
    with pytest.raises(ScanError, match="remove it and run again"):
        read_frame(tmp_path / frame_name(8))


@pytest.mark.parametrize("size, colour", [((96, 128), "yuv420p"), ((95, 127), "yuv444p")])
def test_colour_at_half_size_is_for_even_sides(tmp_path, size, colour):
    write_film(tmp_path / "film.mp4", draw_film()[:3], sound=False)
    for number in range(3):
        write_frame(tmp_path / frame_name(number), np.full((*size, 3), 0.3 * number, np.float32))
    write_video(VideoFile(tmp_path / "film.mp4"), tmp_path, tmp_path / "made.mkv")
    with av.open(str(tmp_path / "made.mkv")) as made:
        stream = made.streams.video[0]
        assert (stream.height, stream.width, stream.pix_fmt) == (*size, colour)
    shown = list(open_frames(tmp_path / "made.mkv").frames())
    assert [round(float(rgb.mean()), 1) for rgb in shown] == [0.0, 0.3, 0.6]


def test_sound_is_copied_packet_by_packet(tmp_path):
    write_film(tmp_path / "film.mp4", draw_film()[:4])
    for number, rgb in enumerate(draw_film()[:4]):
        write_frame(tmp_path / frame_name(number), rgb)
    write_video(VideoFile(tmp_path / "film.mp4"), tmp_path, tmp_path / "made.mp4")
    packets = []
    for name in ("film.mp4", "made.mp4"):
        with av.open(str(tmp_path / name)) as film:
            packets.append([bytes(packet) for packet in film.demux(film.streams.audio[0]) if packet.dts is not None])
    assert packets[0] == packets[1] and len(packets[0]) > 1
