"""Moving pictures in a master's hand, steady from frame to frame, frame by frame in bounded memory.

Each frame begins from the painted frame before it, carried along by optical flow (DIS, Kroeger et al. 2016,
doi:10.1007/978-3-319-46493-0_29) wherever the flow can be trusted (both ways agree and the pictures match, after Ruder
et al. 2016, doi:10.1007/978-3-319-45886-1_3), and is drawn back to it afterwards. At a cut painting starts anew. Painted
frames are kept as files beside the result until it is whole, so a run that was stopped goes on where it was, to the
same bytes. Sound is copied as it is.
"""

import json
import logging
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from data.errors import ScanError, ShapeError, UsageError
from data.files import replacing, sha256_file

ALGORITHM_VERSION = "4"
_log = logging.getLogger(__name__)
PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff")
STEADY = 0.96  # share of the carried frame where the flow is trusted: what moves with the scene must not boil
_CUT = 0.11  # mean difference after flow, in shares of the range, above which two frames are two shots
_MATCH = 0.06  # difference up to which a carried pixel shows the same thing
_AGREE_PX = 1.0  # distance by which flow there and back may miss
_LOOK_AGAIN = 24  # frames after which faces are looked for anew
_QUALITY = "17"  # x264's constant rate factor: visually lossless for paint


@dataclass(frozen=True, eq=False)
class Motion:
    """How a frame follows from the one before: `flow` (H, W, 2) float32, where each pixel was; `trust` (H, W) float32
    in [0, 1]; `cut`: it does not."""

    flow: np.ndarray
    trust: np.ndarray
    cut: bool

    def carried(self, picture, how=None):
        """The frame before (H, W[, C]), moved to where its things are now; by Catmull and Rom's cubic, unless `how` names
        OpenCV's interpolation: of all cubics it alone neither blurs nor sharpens what is carried from frame to frame."""
        height, width = self.trust.shape
        x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
        x += self.flow[..., 0]
        y += self.flow[..., 1]
        if how is not None:
            return cv2.remap(picture, x, y, how, borderMode=cv2.BORDER_REPLICATE)
        sharp, plain = (cv2.remap(picture, x, y, each, borderMode=cv2.BORDER_REPLICATE)
                        for each in (cv2.INTER_CUBIC, cv2.INTER_LINEAR))
        return sharp + (plain - sharp) / 3  # OpenCV's cubic has -0.75 where theirs has -0.5

    def followed(self, points):
        """Points (n, 2) of the frame before, where they are now: all as far as the middle one of them."""
        height, width = self.trust.shape
        x, y = (np.clip(np.round(points[:, i]).astype(int), 0, n - 1) for i, n in ((0, width), (1, height)))
        return points - np.median(self.flow[y, x], axis=0)


def motion(before, now):
    """The Motion from one frame to the next; both (H, W, 3) float32 in [0, 1]."""
    old, new = (cv2.cvtColor(np.round(rgb * 255).astype(np.uint8), cv2.COLOR_RGB2GRAY) for rgb in (before, now))
    if min(old.shape) < 32:
        raise ShapeError(f"frames must have at least 32 pixels a side, got {old.shape[1]} x {old.shape[0]}")
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)  # the flow's stripes follow the number of threads
    try:
        search = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
        back = search.calc(new, old, None)
        forth = search.calc(old, new, None)
    finally:
        cv2.setNumThreads(threads)
    there = Motion(back, np.zeros(old.shape, np.float32), False)
    miss = np.linalg.norm(back + there.carried(forth, cv2.INTER_LINEAR), axis=-1)
    gap = np.abs(there.carried(before, cv2.INTER_LINEAR) - now).mean(-1)
    cut = float(gap.mean()) > _CUT
    sure = (miss < _AGREE_PX + 0.05 * np.linalg.norm(back, axis=-1)) & (gap < _MATCH)
    # What comes in from beyond the border was nowhere before, however like its border it may look.
    height, width = old.shape
    x, y = np.arange(width) + back[..., 0], np.arange(height)[:, None] + back[..., 1]
    sure &= (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
    sure = cv2.erode(sure.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(np.float32)
    trust = np.zeros_like(sure) if cut else cv2.GaussianBlur(sure, (0, 0), 1.5)
    return Motion(back, trust, cut)


def flicker(frames):
    """Mean difference between each frame and the one before carried onto it by the flow, where the flow of the first
    of the pairs (reference, shown) is trusted.

    `frames`: iterable of (reference, shown), both (H, W, 3); returns (of the references, of the shown).
    """
    totals, pairs, last = np.zeros(2), 0, None
    for reference, shown in frames:
        if last is not None:
            step = motion(last[0], reference)
            if not step.cut:
                weight = step.trust / max(float(step.trust.sum()), 1e-6)
                for i, (old, new) in enumerate(zip(last, (reference, shown), strict=True)):
                    totals[i] += float((np.abs(step.carried(old, cv2.INTER_LINEAR) - new).mean(-1) * weight).sum())
                pairs += 1
        last = reference, shown
    return tuple(totals / max(pairs, 1))


# --- painters: what a frame goes through ----------------------------------------------------------------------------

class FramePainter:
    """Frames in the masters' hand (`render.restyle.restyle`), each from what the frame before was known to show.

    The neural engine paints the first frame of a shot in full and the others a few steps from the frame before; the patch
    engine and the fast one paint every frame.
    """

    def __init__(self, masters, settings=None, *, steps=6):
        from render.restyle.restyle import RestyleSettings
        self.masters, self.settings, self.steps = tuple(masters), settings or RestyleSettings(), steps
        self.settings.check()
        self._scene = None
        self._age = 0

    @property
    def key(self):
        return [repr(self.settings), self.steps, [master.key for master in self.masters]]

    def __call__(self, rgb, before, step):
        scene = self._set_up(rgb, step)
        if before is None or self.settings.engine != "neural":
            return scene.painted()
        from render.neural.optimise import neural_paint
        small = scene.small
        size, wished = small.parts.shape[::-1], small.neural
        before, trust = (cv2.resize(each, size, interpolation=cv2.INTER_AREA) for each in (before, step.trust))
        trust = trust[..., None]
        content = small.drawn_into(np.clip(before * trust + small.rgb * (1 - trust), 0, 1))
        start = np.clip(before * trust + content * (1 - trust), 0, 1).astype(np.float32)
        quick = replace(wished, levels=1, steps=(self.steps, self.steps), tone_match=0.0, rate=0.5 * wished.rate)
        return scene.enlarged(neural_paint(content, small.labels, small.styles, quick, fidelity=small.fidelity, start=start))

    def _set_up(self, rgb, step):
        """The frame as a Scene: looked at anew at a cut and now and then, else as the flow carries the last one."""
        from render.restyle.restyle import Scene
        fresh = self._scene is None or step is None or step.cut
        self._age = 0 if fresh or self._age >= _LOOK_AGAIN else self._age + 1
        if self._age:
            carried = [step.followed(points) for points in self._scene.faces]
            self._scene = replace(self._scene, rgb=np.ascontiguousarray(rgb, np.float32), faces=carried,
                                  parts=step.carried(self._scene.parts, cv2.INTER_NEAREST))
        else:
            self._scene = Scene.of(rgb, self.masters, self.settings, like=None if fresh else self._scene)
        return self._scene


# --- the way of the frames ------------------------------------------------------------------------------------------

def restyle_video(source, out, painter, *, steady=STEADY, progress=None):
    """Paint every frame of a video file, or of a folder of frames.

    Parameters
    ----------
    source : path
        A video file, or a folder of pictures of one size, taken in the order of their names.
    out : path
        A video file (H.264), or for a folder of frames a folder.
    painter : callable(rgb, before, motion) -> rgb
        With `key`, JSON-able, that tells it from others. `before`: the painted frame before, carried, or None.
    steady : float
        Share of the carried frame in the result where the flow is trusted, 0 to 0.98.
    progress : callable(done, total), optional

    Returns
    -------
    dict
        frames, cuts, resumed (frames found painted), seconds are the caller's.
    """
    if not 0 <= steady <= 0.98:
        raise UsageError(f"steady must lie between 0 and 0.98, got {steady}")
    source, out = Path(source), Path(out)
    reader = open_frames(source)
    if out.resolve() == source.resolve():
        raise UsageError(f"{out} is the video itself: choose another name for the result")
    if reader.is_folder and out.suffix.lower() in (".mp4", ".mkv", ".mov", ".avi"):
        raise UsageError(f"a folder of frames gives a folder of frames: {out} looks like a video file")
    kept = out if reader.is_folder else out.with_name(out.name + ".frames")
    resumed = _prepare(kept, {"source": reader.key, "painter": painter.key, "steady": steady, "version": ALGORITHM_VERSION})
    last, painted, number, cuts = None, None, -1, []
    for number, rgb in enumerate(reader.frames()):
        path = kept / _name(number)
        step = motion(last, rgb) if last is not None else None
        if step is not None and step.cut:
            cuts.append(number)
        if number < resumed:
            painted = _read(path)
        else:
            carried = None if step is None or step.cut else np.clip(step.carried(painted), 0, 1)
            result = painter(rgb, carried, step)
            if carried is not None:
                share = steady * step.trust[..., None]
                result = carried * share + result * (1 - share)
            with replacing(path) as beside:
                cv2.imwrite(str(beside), cv2.cvtColor(_bytes(result), cv2.COLOR_RGB2BGR))
            painted = _bytes(result).astype(np.float32) / 255  # as a run that goes on will find it
        last = rgb
        if progress is not None:
            progress(number + 1, max(reader.count, number + 1))
    if number < 0:
        raise ScanError("not a single frame could be read", source)
    if not reader.is_folder:
        _assemble(reader, kept, out)
        for path in (*kept.glob("frame_*.png"), kept / "plan.json"):
            path.unlink(missing_ok=True)
        kept.rmdir()
    else:
        (kept / "plan.json").unlink(missing_ok=True)
    return {"frames": number + 1, "cuts": cuts, "resumed": resumed}


def open_frames(source):
    """A reader of a video file or a folder of frames; ScanError in one line if it is neither."""
    source = Path(source)
    if source.is_dir():
        return _Folder(source)
    if not source.is_file():
        raise ScanError("there is no such file or folder", source)
    return _Video(source)


class _Folder:
    is_folder = True

    def __init__(self, folder):
        self.paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in PICTURES)
        if not self.paths:
            raise ScanError(f"no frames in this folder: pictures ({', '.join(PICTURES)}) were expected", folder)
        self.count = len(self.paths)
        self.key = [[path.name, sha256_file(path)] for path in self.paths]

    def frames(self):
        from data.scan import read_scan
        size = None
        for path in self.paths:
            rgb = read_scan(path).astype(np.float32)
            if size is not None and rgb.shape != size:
                raise ScanError(f"{rgb.shape[1]} x {rgb.shape[0]} pixels, but the frames before have {size[1]} x "
                                f"{size[0]}: frames of one size are needed", path)
            size = rgb.shape
            yield rgb


class _Video:
    is_folder = False

    def __init__(self, path):
        self.path = path
        with self._opened() as container:
            if not container.streams.video:
                raise ScanError("this file holds no moving picture", path)
            stream = container.streams.video[0]
            self.rate = stream.average_rate or stream.guessed_rate or 25
            seconds = float(stream.duration * stream.time_base) if stream.duration else (container.duration or 0) / 1e6
            self.count = stream.frames or round(seconds * float(self.rate))
        self.key = sha256_file(path)

    @contextmanager
    def _opened(self):
        import av
        try:
            with av.open(str(self.path)) as container:
                yield container
        except av.FFmpegError as error:
            raise ScanError(f"this video is broken or of an unknown kind ({error.strerror}): what was painted so far is "
                            "kept", self.path) from error

    def decoded(self):
        with self._opened() as container:
            container.streams.video[0].thread_type = "AUTO"
            yield from container.decode(container.streams.video[0])

    def frames(self):
        for frame in self.decoded():
            yield frame.to_ndarray(format="rgb24").astype(np.float32) / 255


def _assemble(reader, kept, out):
    """One file of the painted frames at their times, and of the source's sound."""
    import av
    with replacing(out) as beside, reader._opened() as source:
        with av.open(str(beside), "w") as made:
            picture = source.streams.video[0]
            first = _read(kept / _name(0))
            height, width = first.shape[:2]
            painted = made.add_stream("libx264", rate=reader.rate, options={"crf": _QUALITY, "preset": "medium"})
            painted.width, painted.height = width, height
            # Colour at half size needs even sides.
            painted.pix_fmt = "yuv420p" if width % 2 == 0 and height % 2 == 0 else "yuv444p"
            painted.time_base = picture.time_base
            painted.codec_context.time_base = picture.time_base
            painted.codec_context.thread_count = 1
            sounds = {stream.index: made.add_stream_from_template(stream) for stream in source.streams.audio}
            number = 0
            for packet in source.demux([picture, *source.streams.audio]):
                if packet.stream.index in sounds:
                    if packet.dts is not None:
                        packet.stream = sounds[packet.stream.index]
                        made.mux(packet)
                    continue
                for frame in packet.decode():
                    shown = av.VideoFrame.from_ndarray(_bytes(_read(kept / _name(number))), format="rgb24")
                    shown.pts, shown.time_base = frame.pts, frame.time_base
                    made.mux(painted.encode(shown))
                    number += 1
            made.mux(painted.encode(None))


def _prepare(kept, plan):
    """The folder of painted frames; how many of them are already there from the same plan."""
    path = kept / "plan.json"
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
    while (kept / _name(done)).is_file():
        done += 1
    return done


def _name(number):
    return f"frame_{number:06d}.png"


def _bytes(rgb):
    return np.round(np.clip(rgb, 0, 1) * 255).astype(np.uint8)


def _read(path):
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise ScanError("a painted frame was expected here and cannot be read: remove it and run again", path)
    return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB).astype(np.float32) / 255
