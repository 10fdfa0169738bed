"""Moving pictures keep still where the scene does, start anew at cuts, keep their sound, and go on after a stop."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from data.errors import ScanError, UsageError
from render.restyle import video
from render.restyle.frames import open_frames
from render.restyle.lenders import Master
from render.restyle.motion import flicker, motion_between
from render.restyle.video import FramePainter, restyle_video
from tests.render.restyle.drawn_films import draw_film, write_film
from tests.render.restyle.drawn_lenders import QUICK

av = pytest.importorskip("av", reason="PyAV reads and writes videos")


class Noisy:
    """A painter whose every frame has its own noise: the worst flicker there is."""

    key = ["noisy"]

    def __init__(self, stop_at=None):
        self.calls, self.stop_at, self.befores = 0, stop_at, []

    def __call__(self, rgb, before, step):
        if self.stop_at is not None and self.calls == self.stop_at:
            raise KeyboardInterrupt
        self.calls += 1
        self.befores.append(before is not None)
        rng = np.random.default_rng(int(rgb[5:9, 5:9].sum() * 1e4))
        return np.clip(1 - rgb + rng.normal(0, 0.1, rgb.shape), 0, 1).astype(np.float32)


@pytest.fixture
def film(tmp_path):
    write_film(tmp_path / "film.mp4", draw_film())
    return tmp_path / "film.mp4"


def test_a_film_keeps_length_sound_and_steadiness(film, tmp_path):
    frames = draw_film()
    painter, told = Noisy(), []
    facts = restyle_video(film, tmp_path / "out.mp4", painter, progress=lambda *at: told.append(at))
    assert facts == {"frames": 9, "cuts": [5], "resumed": 0} and told[-1] == (9, 9)
    assert painter.befores == [False, *[True] * 4, False, *[True] * 3]
    with av.open(str(tmp_path / "out.mp4")) as made, av.open(str(film)) as source:
        assert made.streams.video[0].average_rate == source.streams.video[0].average_rate == 12
        heard = [[frame.to_ndarray() for frame in each.decode(audio=0)] for each in (made, source)]
    assert np.array_equal(np.concatenate(heard[0], 1), np.concatenate(heard[1], 1))
    result = list(open_frames(tmp_path / "out.mp4").frames())
    assert len(result) == 9 and result[0].shape == frames[0].shape
    shaky = [Noisy()(rgb, None, None) for rgb in frames]
    steady = flicker(zip(frames, result, strict=True))[1]
    assert steady < 0.5 * flicker(zip(frames, shaky, strict=True))[1]
    assert not (tmp_path / "out.mp4.frames").exists()


def test_a_stopped_run_goes_on_to_the_same_bytes(film, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        restyle_video(film, tmp_path / "cut.mp4", Noisy(stop_at=3))
    assert not (tmp_path / "cut.mp4").exists()
    facts = restyle_video(film, tmp_path / "cut.mp4", Noisy())
    assert facts["resumed"] == 3
    restyle_video(film, tmp_path / "whole.mp4", Noisy())
    cut, whole = (list(open_frames(tmp_path / name).frames()) for name in ("cut.mp4", "whole.mp4"))
    assert all(np.array_equal(a, b) for a, b in zip(cut, whole, strict=True))


def test_a_folder_of_frames_gives_a_folder(tmp_path):
    (tmp_path / "in").mkdir()
    for n, rgb in enumerate(draw_film()[:3]):
        cv2.imwrite(str(tmp_path / "in" / f"{n}.png"), np.round(rgb[..., ::-1] * 255).astype(np.uint8))
    facts = restyle_video(tmp_path / "in", tmp_path / "out", Noisy())
    assert facts["frames"] == 3 and len(list((tmp_path / "out").iterdir())) == 3
    cv2.imwrite(str(tmp_path / "in" / "9.png"), np.zeros((50, 60, 3), np.uint8))
    with pytest.raises(ScanError, match="one size"):
        restyle_video(tmp_path / "in", tmp_path / "out2", Noisy())


def test_bad_input_is_told_plainly(film, tmp_path):
    (tmp_path / "broken.mp4").write_bytes(b"not a video at all" * 50)
    with pytest.raises(ScanError, match="broken"):
        restyle_video(tmp_path / "broken.mp4", tmp_path / "out.mp4", Noisy())
    with pytest.raises(ScanError, match="no such file"):
        open_frames(tmp_path / "nothing.mp4")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ScanError, match="no frames"):
        open_frames(tmp_path / "empty")
    with pytest.raises(UsageError, match="video itself"):
        restyle_video(film, film, Noisy())
    with pytest.raises(UsageError, match="steady"):
        restyle_video(film, tmp_path / "out.mp4", Noisy(), steady=1)
    assert not list(tmp_path.glob("out*"))


def test_a_video_is_not_made_of_a_folder(tmp_path):
    (tmp_path / "in").mkdir()
    cv2.imwrite(str(tmp_path / "in" / "0.png"), np.zeros((40, 50, 3), np.uint8))
    with pytest.raises(UsageError, match="a folder of frames gives a folder of frames: .*out.mp4 looks like a video file"):
        restyle_video(tmp_path / "in", tmp_path / "out.mp4", Noisy())


def test_frames_of_another_run_are_not_painted_over(film, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        restyle_video(film, tmp_path / "out.mp4", Noisy(stop_at=2))
    kept = tmp_path / "out.mp4.frames"
    assert restyle_video(film, tmp_path / "out.mp4", Noisy(), steady=0.5)["resumed"] == 0  # the plan is another
    kept.mkdir()
    (kept / "frame_000000.png").write_bytes(b"somebody else's")
    with pytest.raises(UsageError, match="of another run"):
        restyle_video(film, tmp_path / "out.mp4", Noisy())


def test_faces_are_looked_for_at_cuts_and_now_and_then(photo, lenders, monkeypatch):
    looked = []

    def prepare(rgb, masters, settings, *, like=None):
        looked.append(like is None)
        return real(rgb, masters, settings, faces=[photo[1]], like=like)

    real = video.prepare
    monkeypatch.setattr(video, "prepare", prepare)
    monkeypatch.setattr(video, "paint_scene", lambda scene: scene.faces[0])
    monkeypatch.setattr(video, "paint_next_frame", lambda scene, before, trust, steps: scene.faces[0])
    monkeypatch.setattr(video, "_LOOK_AGAIN", 2)
    painter = FramePainter([Master(tuple(lenders))], replace(QUICK, engine="patch"))
    still, cut = motion_between(photo[0], np.roll(photo[0], 2, 1)), motion_between(photo[0], 1 - photo[0])
    faces = [painter(photo[0], None if step is None or step.cut else photo[0], step)
             for step in (None, still, still, still, still, cut)]
    assert cut.cut and not still.cut and looked == [True, False, True]  # at first, after two frames, at the cut
    assert np.abs(faces[2] - faces[0] - [4, 0]).max() < 1 and np.array_equal(faces[3], faces[0])
