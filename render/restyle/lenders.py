"""Paintings that lend a master their hand for a picture at hand: who is asked, how large they are read, how they are laid."""

from dataclasses import dataclass, field

import cv2
import numpy as np

from data.colour import rgb_to_lab
from data.errors import CorpusError, UsageError
from data.landmarks import outer_eye_distance
from data.scan import read_scan, scan_info
from features.picture import attributes_of_faces, find_faces, parts_of_faces
from models.likeness import restyle_misfit

LENDERS = {"neural": 24, "patch": 12}  # works of one master that are looked at
_ENOUGH_SCENES = 6
_STROKES_SEEN_PX = 1400


@dataclass(frozen=True, eq=False)
class Lender:
    """A painting that lends its hand.

    `landmarks_xy` (68, 2) in scan pixels, or None without a face; `parts` (h, w) uint8 over the whole scan at any
    resolution, or None; `content_box` (x, y, w, h): the painted surface, or None for all; `attributes` of the sitter by
    name, as measured.
    """

    path: str
    name: str
    width_px: int
    height_px: int
    landmarks_xy: np.ndarray | None = None
    parts: np.ndarray | None = field(default=None, repr=False)
    content_box: tuple | None = None
    sha256: str = ""
    attributes: dict = field(default_factory=dict, repr=False)

    @classmethod
    def of_view(cls, view):
        """A sitter of the bank, as painted."""
        if view.mirrored:
            raise UsageError(f"{view.name} is seen in a mirror: give the bank's own views")
        return cls(view.path, view.name, view.width_px, view.height_px, view.landmarks_xy, view.parts, view.content_box,
                   view.sha256, view.attributes)

    @classmethod
    def of_file(cls, path, name=None):
        """A single picture, measured here."""
        info = scan_info(path)
        rgb = read_scan(path, max_side_px=1200)
        faces = find_faces(rgb)
        if not faces:
            return cls(str(path), name or str(path), info.width_px, info.height_px)
        scale, attributes = info.width_px / rgb.shape[1], attributes_of_faces(rgb, faces)
        return cls(str(path), name or str(path), info.width_px, info.height_px, (faces[0] + 0.5) * scale - 0.5,
                   parts_of_faces(rgb, faces, attributes), attributes=attributes[0])

    def read(self, factor):
        """(rgb float32, parts, valid bool, the factor really used) at a share of the scan's size, never enlarged."""
        longest = max(self.width_px, self.height_px)
        side = max(48, int(np.ceil(longest * min(1.0, factor))))
        rgb = read_scan(self.path, max_side_px=side if side < longest else None).astype(np.float32)
        height, width = rgb.shape[:2]
        used = width / self.width_px
        parts = np.zeros((height, width), np.uint8)
        if self.parts is not None:
            parts = cv2.resize(self.parts, (width, height), interpolation=cv2.INTER_NEAREST)
        valid = np.ones((height, width), bool)
        if self.content_box is not None:
            x, y, w, h = (int(round(v * used)) for v in self.content_box)
            valid[:] = False
            valid[y + 1:y + h - 1, x + 1:x + w - 1] = True
        return rgb, parts, valid, used


@dataclass(frozen=True, eq=False)
class Master:
    """One hand: the paintings that lend it, or a `network` that was taught it (`models.feedforward_style.FastStyle`); its
    `weight` in a mixture of several. `most_similar`: the lenders whose paint is laid over the picture at hand, where known."""

    lenders: tuple = ()
    weight: float = 1.0
    network: object = None
    most_similar: tuple = ()

    @property
    def key(self):
        """What tells one from another, JSON-able."""
        taught = None if self.network is None else self.network.record
        return [[(lender.name, lender.sha256) for lender in self.lenders], self.weight, taught]


def works_for(lenders, shape, unit_px=None, *, brush_scale=1.0, count=LENDERS["neural"]):
    """Works to learn a style from for a canvas of `shape`, one after the other, read no larger than is of use.

    `unit_px`: outer eye distance of the canvas' face; without one the lenders' whole pictures are brought to the
    canvas' size, and their parts are not told apart.
    """
    from models.style import Work

    if not lenders:
        raise CorpusError("a style needs at least one painting to learn from, got none")
    for lender, scale, use_faces in scaled(lenders, shape, unit_px, count):
        rgb, parts, valid, used = lender.read(scale * brush_scale)
        yield Work(rgb, parts if use_faces else np.zeros_like(parts), scale / used, valid, lender.name)


def stroke_width_px(lenders, shape, unit_px=None, *, count=6):
    """How wide the lenders' strokes are on a canvas of `shape`, in its pixels: the middle work's mean over its parts.

    They are measured where the scan shows them, and then brought to the canvas.
    """
    from features.paint.brushwork import measure_brushwork

    widths = []
    for lender, scale, _ in scaled(lenders, shape, unit_px, count):
        rgb, parts, _, used = lender.read(_STROKES_SEEN_PX / max(lender.width_px, lender.height_px))
        found = measure_brushwork(np.round(np.clip(rgb, 0, 1) * 255).astype(np.uint8), parts, unit_px=1.0)
        shown = [part for name, part in found.items() if name != "usable_px"]
        if shown:
            widths.append(scale / used * np.average([part["stroke_width_px"] for part in shown],
                                                    weights=[part["share"] for part in shown]))
    if not widths:
        raise CorpusError("the works are too small to measure the width of their strokes: leave the brush as it is")
    return float(np.median(widths))


def scaled(lenders, shape, unit_px, count):
    """(lender, canvas pixels per pixel of its scan, whether faces say so) for the first `count` that can be used."""
    faced = [lender for lender in lenders if lender.landmarks_xy is not None]
    use_faces = unit_px is not None and bool(faced)
    for lender in (faced if use_faces else list(lenders))[:count]:
        yield lender, (unit_px / outer_eye_distance(lender.landmarks_xy) if use_faces
                       else max(shape) / max(lender.width_px, lender.height_px)), use_faces


def most_similar(lenders, face, attributes):
    """Lenders whose paint may be laid over a face: those first who sit as the sitter does, are like them and were painted
    large enough. A cheek is not to be painted from a beard, nor from a cheek turned away."""
    def unlikeness(lender):
        return restyle_misfit(lender.landmarks_xy, lender.attributes, face, attributes)

    sitting = [lender for lender in lenders if lender.landmarks_xy is not None]
    return tuple(sorted(sitting, key=unlikeness)[:LENDERS["patch"]])


def nearest_in_tone(lenders, rgb):
    """As many lenders as are looked at, nearest first: by the distribution of their colours, one axis of Lab at a time.

    Without a face to go by, a sky must be painted from skies. Close portraits come last, unless there is nothing else.
    """
    def tones(pixels):
        lab = rgb_to_lab(pixels.reshape(-1, 1, 3))[:, 0]
        return np.quantile(lab, np.linspace(0.02, 0.98, 25), axis=0)

    most = max(LENDERS.values())
    scenes = [lender for lender in lenders if lender.landmarks_xy is None]
    usable = scenes if len(scenes) >= _ENOUGH_SCENES else list(lenders)
    if len(usable) > 1:
        scale = min(1.0, 160 / max(rgb.shape[:2]))
        wanted = tones(cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
        gaps = []
        for lender in usable:
            seen, _, valid, _ = lender.read(160 / max(lender.width_px, lender.height_px))
            gaps.append(float(np.abs(tones(seen[valid]) - wanted).mean()))
        usable = [usable[i] for i in np.argsort(gaps, kind="stable")]
    return tuple(usable[:most])


def laid_over(lender, shape, face):
    """(colour, labels, valid) of a work on the photograph's canvas: face to face, or filling it."""
    height, width = shape
    if face is not None:
        scale = outer_eye_distance(face) / outer_eye_distance(lender.landmarks_xy)
        shift = face.mean(0) - scale * lender.landmarks_xy.mean(0)
    else:
        _, _, w, h = lender.content_box or (0, 0, lender.width_px, lender.height_px)
        x, y = (lender.content_box or (0, 0))[:2]
        scale = max(width / w, height / h)
        shift = np.array([width / 2 - scale * (x + w / 2), height / 2 - scale * (y + h / 2)])
    rgb, parts, inside, used = lender.read(scale)
    matrix = np.float64([[scale / used, 0, shift[0]], [0, scale / used, shift[1]]])
    colour = cv2.warpAffine(rgb, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    labels = cv2.warpAffine(parts, matrix, (width, height), flags=cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)
    valid = cv2.warpAffine(inside.astype(np.uint8), matrix, (width, height), flags=cv2.INTER_NEAREST) > 0
    return np.clip(colour, 0, 1), labels if face is not None else np.zeros_like(labels), valid
