"""Moving pictures keep still where the scene does, start anew at cuts, keep their sound, and go on after a stop."""

import cv2
import numpy as np
import pytest

from data.errors import ScanError, UsageError
from render.restyle.video import Motion, flicker, motion, open_frames, restyle_video

av = pytest.importorskip("av", reason="PyAV reads and writes videos")


def scene(shift, seed=0, size=(96, 128)):
    """A smooth random texture moved to the left by `shift` pixels."""
    wide = cv2.GaussianBlur(np.random.default_rng(seed).random((size[0], size[1] + 60, 3)).astype(np.float32), (0, 0), 3)
    wide = (wide - wide.min()) / np.ptp(wide)
    return np.ascontiguousarray(wide[:, shift:shift + size[1]])


def write_video(path, frames, sound=True):
    with av.open(str(path), "w") as made:
        stream = made.add_stream("libx264", rate=12, options={"crf": "10"})
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        if sound:
            heard = made.add_stream("aac", rate=16000, layout="mono")
            tone = (0.3 * np.sin(np.arange(16000 * len(frames) // 12) / 6)).astype(np.float32)[None]
            for start in range(0, tone.shape[1] - 1023, 1024):
                chunk = av.AudioFrame.from_ndarray(np.ascontiguousarray(tone[:, start:start + 1024]), "fltp", "mono")
                chunk.sample_rate, chunk.pts = 16000, start
                made.mux(heard.encode(chunk))
            made.mux(heard.encode(None))
        for rgb in frames:
            made.mux(stream.encode(av.VideoFrame.from_ndarray(np.round(rgb * 255).astype(np.uint8), format="rgb24")))
        made.mux(stream.encode(None))


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


@pytest.fixture(scope="module")
def frames():
    return [scene(2 * n) for n in range(5)] + [scene(2 * n, seed=4) for n in range(4)]


@pytest.fixture
def film(tmp_path, frames):
    write_video(tmp_path / "film.mp4", frames)
    return tmp_path / "film.mp4"


def test_flow_finds_the_known_shift_and_the_cut(frames):
    step = motion(frames[0], frames[1])
    inner = step.flow[20:-20, 20:-20]
    assert not step.cut and np.abs(inner - [2, 0]).mean() < 0.2 and step.trust[20:-20, 20:-20].mean() > 0.9
    assert np.abs(step.carried(frames[0]) - frames[1])[20:-20, 20:-20].mean() < 0.01
    assert motion(frames[4], frames[5]).cut
    # What comes in at the right was not there before.
    assert motion(frames[0], scene(12)).trust[:, -8:].max() < 0.2


def test_a_film_keeps_length_sound_and_steadiness(film, frames, tmp_path):
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


def test_a_folder_of_frames_gives_a_folder(frames, tmp_path):
    (tmp_path / "in").mkdir()
    for n, rgb in enumerate(frames[:3]):
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


def test_what_is_carried_from_frame_to_frame_neither_fades_nor_rings():
    """Half a pixel aside, a hundred times: broad strokes keep their strength and nothing grows, as it would by OpenCV's own
    interpolations."""
    flow = np.zeros((40, 256, 2), np.float32)
    flow[..., 0] = 0.5
    step = Motion(flow, np.ones((40, 256), np.float32), False)

    def left(wave_px, how=None):
        picture = np.tile(np.sin(2 * np.pi * np.arange(256) / wave_px), (40, 1)).astype(np.float32)
        for _ in range(100):
            picture = step.carried(picture, how)
        return float(picture[:, 64:128].std() * 2 ** 0.5)

    assert 0.9 < left(16) <= 1.01 and 0.3 < left(8) <= 1 and left(2.5) < 0.05
    assert left(16, cv2.INTER_LINEAR) < 0.2 and left(16, cv2.INTER_CUBIC) > 2
