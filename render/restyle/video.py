"""Moving pictures in a master's hand, steady from frame to frame, frame by frame in bounded memory.

Each frame begins from the painted frame before it, carried along by optical flow wherever the flow can be trusted
(`render.restyle.motion`), and is drawn back to it afterwards. At a cut painting starts anew. Painted frames are kept as
files beside the result until it is whole, so a run that was stopped goes on where it was, to the same bytes.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
from jaxtyping import Float32

from data.errors import ScanError, UsageError
from data.files import replacing
from data.progress import Progress
from render.restyle.frames import (
    VIDEOS,
    FrameFolder,
    FrameReader,
    VideoFile,
    frame_name,
    open_frames,
    read_frame,
    write_frame,
    write_video,
)
from render.restyle.lenders import Master
from render.restyle.motion import Motion, motion_between
from render.restyle.preparing import prepare
from render.restyle.restyle import paint_next_frame, paint_scene
from render.restyle.scene import Scene
from render.restyle.settings import RestyleSettings

ALGORITHM_VERSION = "4"
STEADY = 0.96  # share of the carried frame where the flow is trusted, so that paint does not flicker
_MOST_STEADY = 0.98
_LOOK_AGAIN = 24  # frames after which faces are looked for anew
_PLAN = "plan.json"  # beside the painted frames: what they were painted from and how


class Painter(Protocol):
    """What paints frames; `key`, JSON-able, distinguishes it from other painters."""

    @property
    def key(self) -> Any:
        """What tells this painter from others."""

    def __call__(self, rgb: Float32[np.ndarray, "H W 3"], before: Float32[np.ndarray, "H W 3"] | None,
                 step: Motion | None) -> Float32[np.ndarray, "H W 3"]:
        """A frame, painted.

        Parameters
        ----------
        rgb : (H, W, 3) float32 in [0, 1]
            The frame.
        before : (H, W, 3) float32 in [0, 1] or None
            The frame before, painted and carried along; None at the beginning of a shot.
        step : Motion or None
            From the frame before; None for the first of all.
        """


class FramePainter:
    """Frames in the masters' hand (`render.restyle.restyle`), each from what the frame before was known to show.

    The neural engine paints the first frame of a shot in full and the others a few steps from the frame before; the patch
    engine and the fast one paint every frame.

    Parameters
    ----------
    masters : sequence of Master
    settings : RestyleSettings, optional
    steps : int
        Of the neural engine, for every frame but the first of a shot.
    """

    def __init__(self, masters: Sequence[Master], settings: RestyleSettings | None = None, *, steps: int = 6) -> None:
        self.masters, self.settings, self.steps = tuple(masters), settings or RestyleSettings(), steps
        self.settings.check()
        self._scene: Scene | None = None
        self._age = 0

    @property
    def key(self) -> list[Any]:
        """What tells this painter from others, JSON-able."""
        return [repr(self.settings), self.steps, [master.key for master in self.masters]]

    def __call__(self, rgb: Float32[np.ndarray, "H W 3"], before: Float32[np.ndarray, "H W 3"] | None,
                 step: Motion | None) -> Float32[np.ndarray, "H W 3"]:
        """A frame, painted; as `Painter`."""
        scene = self._set_up(rgb, step)
        if before is None or step is None:
            return paint_scene(scene)
        return paint_next_frame(scene, before, step.trust, self.steps)

    def _set_up(self, rgb: Float32[np.ndarray, "H W 3"], step: Motion | None) -> Scene:
        """The frame as a Scene: looked at anew at a cut and now and then, else as the flow carries the last one."""
        last = None if step is None or step.cut else self._scene
        if last is None or step is None or self._age >= _LOOK_AGAIN:
            scene, self._age = prepare(rgb, self.masters, self.settings, like=last), 0
        else:
            scene = replace(last, rgb=np.ascontiguousarray(rgb, np.float32),
                            faces=[step.followed(points) for points in last.faces],
                            parts=step.carried(last.parts, cv2.INTER_NEAREST))
            self._age += 1
        self._scene = scene
        return scene


def restyle_video(source: Path | str, out: Path | str, painter: Painter, *, steady: float = STEADY,
                  progress: Progress | None = None) -> dict[str, Any]:
    """Paint every frame of a video file, or of a folder of frames.

    Parameters
    ----------
    source : path
        A video file, or a folder of pictures of one size, taken in the order of their names.
    out : path
        A video file (H.264), or for a folder of frames a folder.
    painter : Painter
    steady : float
        Share of the carried frame in the result where the flow is trusted, 0 to 0.98.
    progress : callable(done, total), optional
        In frames.

    Returns
    -------
    dict
        "frames"; "cuts": numbers of the frames that begin a shot, but for the first; "resumed": frames found painted.

    Raises
    ------
    UsageError
        A wish that cannot be meant.
    ScanError
        A source that cannot be read.
    """
    source, out = Path(source), Path(out)
    reader = _open(source, out, steady)
    kept = out if isinstance(reader, FrameFolder) else out.with_name(out.name + ".frames")
    resumed = _resume(kept, {"source": reader.key, "painter": painter.key, "steady": steady, "version": ALGORITHM_VERSION})
    count, cuts = _paint_frames(reader, kept, resumed, painter, steady, progress)
    if count == 0:
        raise ScanError("not a single frame could be read", source)
    if isinstance(reader, VideoFile):
        write_video(reader, kept, out)
        for path in (*kept.glob("frame_*.png"), kept / _PLAN):
            path.unlink(missing_ok=True)
        kept.rmdir()
    else:
        (kept / _PLAN).unlink(missing_ok=True)
    return {"frames": count, "cuts": cuts, "resumed": resumed}


def _open(source: Path, out: Path, steady: float) -> FrameFolder | VideoFile:
    """A reader of the source; UsageError where this result cannot be meant."""
    if not 0 <= steady <= _MOST_STEADY:
        raise UsageError(f"steady must lie between 0 and {_MOST_STEADY}, got {steady}")
    reader = open_frames(source)
    if out.resolve() == source.resolve():
        raise UsageError(f"{out} is the video itself: choose another name for the result")
    if isinstance(reader, FrameFolder) and out.suffix.lower() in VIDEOS:
        raise UsageError(f"a folder of frames gives a folder of frames: {out} looks like a video file")
    return reader


def _resume(kept: Path, plan: Mapping[str, Any]) -> int:
    """How many frames lie painted in the folder from the same plan; those of another plan are removed."""
    path = kept / _PLAN
    text = json.dumps(plan, sort_keys=True)
    same = path.is_file() and path.read_text(encoding="utf-8") == text
    if kept.is_dir() and not same and any(kept.glob("frame_*.png")):
        if not path.is_file():
            raise UsageError(f"{kept} already holds painted frames of another run: choose another place or remove it")
        for old in kept.glob("frame_*.png"):
            old.unlink()
    with replacing(path) as beside:
        beside.write_text(text)
    done = 0
    while (kept / frame_name(done)).is_file():
        done += 1
    return done


@dataclass(frozen=True, eq=False)
class _Last:
    """The frame before: as the film shows it, and as it was painted."""

    rgb: Float32[np.ndarray, "H W 3"]
    painted: Float32[np.ndarray, "H W 3"]


def _paint_frames(reader: FrameReader, kept: Path, resumed: int, painter: Painter, steady: float,
                  progress: Progress | None) -> tuple[int, list[int]]:
    """Paint every frame into the folder, but for those that lie there; how many frames there are, and which are cuts."""
    last: _Last | None = None
    cuts: list[int] = []
    count = 0
    for number, rgb in enumerate(reader.frames()):
        step = None if last is None else motion_between(last.rgb, rgb)
        if step is not None and step.cut:
            cuts.append(number)
        path = kept / frame_name(number)
        if number < resumed:
            painted = read_frame(path)
        else:
            painted = write_frame(path, _paint_frame(rgb, last, step, painter, steady))
        last, count = _Last(rgb, painted), number + 1
        if progress is not None:
            progress(count, max(reader.count, count))
    return count, cuts


def _paint_frame(rgb: Float32[np.ndarray, "H W 3"], last: _Last | None, step: Motion | None, painter: Painter,
                 steady: float) -> Float32[np.ndarray, "H W 3"]:
    """A frame in the painter's hand, drawn back to the frame before where the flow is trusted."""
    if last is None or step is None or step.cut:
        return painter(rgb, None, step)
    carried = np.clip(step.carried(last.painted), 0, 1)
    result = painter(rgb, carried, step)
    share = steady * step.trust[..., None]
    return carried * share + result * (1 - share)
