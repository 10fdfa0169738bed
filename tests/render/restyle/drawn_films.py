"""Drawn moving pictures with known motion, and a video file of them."""

import cv2
import numpy as np


def draw_frame(shift, seed=0, size=(96, 128)):
    """A smooth random texture moved to the left by `shift` pixels."""
    wide = cv2.GaussianBlur(np.random.default_rng(seed).random((size[0], size[1] + 60, 3)).astype(np.float32), (0, 0), 3)
    wide = (wide - wide.min()) / np.ptp(wide)
    return np.ascontiguousarray(wide[:, shift:shift + size[1]])


def draw_film():
    """Nine frames that move by 2 pixels each, with a cut before the sixth."""
    return [draw_frame(2 * n) for n in range(5)] + [draw_frame(2 * n, seed=4) for n in range(4)]


def write_film(path, frames, sound=True):
    """A video of frames at 12 per second, with or without a tone."""
    import av
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
