"""Frames of films: read one after the other from a video or a folder, and put together to a film again.

Sound is copied as it is; painted frames keep the times of those they were painted from.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

from data.colour import from_uint8, to_uint8
from data.errors import ScanError
from data.files import replacing, sha256_file
from data.scan import read_scan

if TYPE_CHECKING:
    from av.container import InputContainer, OutputContainer
    from av.video.stream import VideoStream

PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff")
"""Endings of names of single pictures: frames of a folder, or an input that is no film."""
VIDEOS = (".mp4", ".mkv", ".mov", ".avi")
"""Endings of names of videos."""
_QUALITY = "17"  # x264's constant rate factor: visually lossless for paint
_FFMPEG_TICKS = 1e6  # a second, in the units of a file's duration
_UNKNOWN_RATE = 25  # frames per second of a video that does not say


class FrameReader(Protocol):
    """A film that is read from its beginning, any number of times.

    `count`: frames, as far as the file says. `key`: what tells this film from others, JSON-able.
    """

    count: int
    key: Any

    def frames(self) -> Iterator[Float32[np.ndarray, "H W 3"]]:
        """Every frame in [0, 1]."""


def open_frames(source: Path | str) -> FrameFolder | VideoFile:
    """A reader of a video file or a folder of frames; ScanError in one line if it is neither."""
    source = Path(source)
    if source.is_dir():
        return FrameFolder(source)
    if not source.is_file():
        raise ScanError("there is no such file or folder", source)
    return VideoFile(source)


class FrameFolder:
    """Pictures of one size, taken in the order of their names."""

    def __init__(self, folder: Path) -> None:
        self._paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in PICTURES)
        if not self._paths:
            raise ScanError(f"no frames in this folder: pictures ({', '.join(PICTURES)}) were expected", folder)
        self.count = len(self._paths)
        self.key = [[path.name, sha256_file(path)] for path in self._paths]

    def frames(self) -> Iterator[Float32[np.ndarray, "H W 3"]]:
        """Every frame in [0, 1]; ScanError at the first of another size."""
        size = None
        for path in self._paths:
            rgb = read_scan(path).astype(np.float32)
            if size is not None and rgb.shape != size:
                raise ScanError(f"{rgb.shape[1]} x {rgb.shape[0]} pixels, but the frames before have {size[1]} x "
                                f"{size[0]}: frames of one size are needed", path)
            size = rgb.shape
            yield rgb


class VideoFile:
    """A video, of any kind that FFmpeg reads. `rate`: frames per second."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self.opened() as container:
            if not container.streams.video:
                raise ScanError("this file holds no moving picture", path)
            stream = container.streams.video[0]
            self.rate = stream.average_rate or stream.guessed_rate or _UNKNOWN_RATE
            if stream.duration and stream.time_base:
                seconds = float(stream.duration * stream.time_base)
            else:
                seconds = (container.duration or 0) / _FFMPEG_TICKS
            self.count = stream.frames or round(seconds * float(self.rate))
        self.key = sha256_file(path)

    @contextmanager
    def opened(self) -> Iterator[InputContainer]:
        """The file's streams; ScanError where FFmpeg cannot read on."""
        import av  # its FFmpeg libraries take a tenth of a second to load
        try:
            with av.open(str(self._path)) as container:
                yield container
        except av.FFmpegError as error:
            raise ScanError(f"this video is broken or of an unknown kind ({error.strerror}): what was painted so far is "
                            "kept", self._path) from error

    def frames(self) -> Iterator[Float32[np.ndarray, "H W 3"]]:
        """Every frame in [0, 1]."""
        with self.opened() as container:
            container.streams.video[0].thread_type = "AUTO"
            for frame in container.decode(container.streams.video[0]):
                yield from_uint8(frame.to_ndarray(format="rgb24"))


# --- painted frames, kept as files ------------------------------------------------------------------------------------

def frame_name(number: int) -> str:
    """The file that a painted frame is kept in."""
    return f"frame_{number:06d}.png"


def write_frame(path: Path, rgb: Float32[np.ndarray, "H W 3"]) -> Float32[np.ndarray, "H W 3"]:
    """Keep a painted frame; gives it as `read_frame` will find it."""
    shown = to_uint8(rgb)
    with replacing(path) as beside:
        cv2.imwrite(str(beside), cv2.cvtColor(shown, cv2.COLOR_RGB2BGR))
    return from_uint8(shown)


def read_frame(path: Path) -> Float32[np.ndarray, "H W 3"]:
    """A painted frame that was kept; ScanError if it cannot be read."""
    return from_uint8(_read_bytes(path))


def _read_bytes(path: Path) -> UInt8[np.ndarray, "H W 3"]:
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise ScanError("a painted frame was expected here and cannot be read: remove it and run again", path)
    return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)


# --- a film of painted frames -----------------------------------------------------------------------------------------

def write_video(source: VideoFile, folder: Path, out: Path) -> None:
    """Put painted frames together to one file.

    Parameters
    ----------
    source : VideoFile
        The film they were painted from: it gives their times, and its sound.
    folder : Path
        Holds every frame as `write_frame` kept it, under its `frame_name`.
    out : Path
        H.264 in the container that its name asks for.
    """
    import av  # as above
    with replacing(out) as beside, source.opened() as film, av.open(str(beside), "w") as made:
        picture = film.streams.video[0]
        painted = _picture_stream(made, source, picture, read_frame(folder / frame_name(0)).shape[:2])
        sounds = {stream.index: made.add_stream_from_template(stream) for stream in film.streams.audio}
        number = 0
        for packet in film.demux([picture, *film.streams.audio]):
            if packet.stream.index in sounds:
                if packet.dts is not None:
                    packet.stream = sounds[packet.stream.index]
                    made.mux(packet)
                continue
            pictures: list[Any] = packet.decode()
            for frame in pictures:
                shown = av.VideoFrame.from_ndarray(_read_bytes(folder / frame_name(number)), format="rgb24")
                shown.pts, shown.time_base = frame.pts, frame.time_base
                made.mux(painted.encode(shown))
                number += 1
        made.mux(painted.encode(None))


def _picture_stream(made: OutputContainer, source: VideoFile, picture: VideoStream, size: tuple[int, int]) -> Any:
    """The stream that painted frames of this (height, width) are written to."""
    height, width = size
    painted: Any = made.add_stream("libx264", rate=source.rate, options={"crf": _QUALITY, "preset": "medium"})
    painted.width, painted.height = width, height
    # Colour at half size needs even sides.
    painted.pix_fmt = "yuv420p" if width % 2 == 0 and height % 2 == 0 else "yuv444p"
    painted.time_base = picture.time_base
    painted.codec_context.time_base = picture.time_base
    painted.codec_context.thread_count = 1
    return painted
