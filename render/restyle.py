"""Any photograph in a master's hand: with faces, whose landmarks guide it, or without; by either engine.

The neural engine changes the photograph until its features are distributed as in the works; the patch engine paints it
with passages of the works themselves, laid over it face to face.
"""

import logging
from dataclasses import dataclass, field
from types import SimpleNamespace

import cv2
import numpy as np

from data.errors import CorpusError, ShapeError, UsageError
from data.landmarks import outer_eye_distance
from data.parts import Part
from data.scan import read_scan, scan_info

_log = logging.getLogger(__name__)
ENGINES = ("neural", "patch")
LENDERS = 12
_SURE_FACE = 0.5
_GROUND_SHARE = 0.12  # unit of form in a picture without a face, as a share of its longer side


@dataclass(frozen=True, eq=False)
class Lender:
    """A painting that lends its hand.

    `landmarks_xy` (68, 2) in scan pixels, or None without a face; `parts` (h, w) uint8 over the whole scan at any
    resolution, or None; `content_box` (x, y, w, h): the painted surface, or None for all.
    """

    path: str
    name: str
    width_px: int
    height_px: int
    landmarks_xy: np.ndarray | None = None
    parts: np.ndarray | None = field(default=None, repr=False)
    content_box: tuple | None = None

    @classmethod
    def of_view(cls, view):
        """A sitter of the bank, as painted."""
        if view.mirrored:
            raise UsageError(f"{view.name} is seen in a mirror: give the bank's own views")
        return cls(view.path, view.name, view.width_px, view.height_px, view.landmarks_xy, view.parts, view.content_box)

    @classmethod
    def of_file(cls, path, name=None):
        """A single picture, measured here."""
        info = scan_info(path)
        rgb = read_scan(path, max_side_px=1200)
        faces = find_faces(rgb)
        if not faces:
            return cls(str(path), name or str(path), info.width_px, info.height_px)
        scale = info.width_px / rgb.shape[1]
        return cls(str(path), name or str(path), info.width_px, info.height_px, (faces[0] + 0.5) * scale - 0.5,
                   parts_of(rgb, faces))

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


def find_faces(rgb):
    """Sure faces of a picture, largest first: list of (68, 2) landmarks in its pixels; empty without any.

    `rgb` is (H, W, 3) float32 in [0, 1].
    """
    from features.faces import find_candidates
    from features.landmarks import find_landmarks
    from features.measure import face_confidence

    if min(rgb.shape[:2]) < 32:
        return []
    scale = min(1.0, 1200 / max(rgb.shape[:2]))
    small = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else rgb
    picture = np.ascontiguousarray(np.round(np.clip(small, 0, 1) * 255).astype(np.uint8))
    found = []
    for candidate in find_candidates(picture):
        geometry = find_landmarks(picture, candidate)
        if face_confidence(candidate, geometry) >= _SURE_FACE:
            found.append((np.asarray(geometry.landmarks_xy) + 0.5) / scale - 0.5)
    found.sort(key=outer_eye_distance, reverse=True)
    kept = []
    for points in found:
        if all(np.linalg.norm(points.mean(0) - other.mean(0)) > 0.6 * outer_eye_distance(other) for other in kept):
            kept.append(points)
    return kept


def parts_of(rgb, faces):
    """(H, W) uint8: the parts of everybody in the picture; all BACKGROUND without faces."""
    from features.parts import parts_map

    parts = np.zeros(rgb.shape[:2], np.uint8)
    for points in faces:
        own = parts_map(rgb, points)
        head = np.isin(own, (Part.FACE, Part.BROWS, Part.EYES, Part.NOSE, Part.LIPS))
        parts = np.where(head | (parts == Part.BACKGROUND), own, parts)
    return parts.astype(np.uint8)


def works_for(lenders, shape, unit_px=None, *, brush_scale=1.0, count=LENDERS):
    """[Work] to learn a style from for a canvas of `shape`, read no larger than is of use.

    `unit_px`: outer eye distance of the canvas' face; without one the lenders' whole pictures are brought to the
    canvas' size, and their parts are not told apart.
    """
    from models.style import Work

    if not lenders:
        raise CorpusError("a style needs at least one painting to learn from, got none")
    faced = [lender for lender in lenders if lender.landmarks_xy is not None]
    use_faces = unit_px is not None and bool(faced)
    works = []
    for lender in (faced if use_faces else list(lenders))[:count]:
        scale = (unit_px / outer_eye_distance(lender.landmarks_xy) if use_faces
                 else max(shape) / max(lender.width_px, lender.height_px))
        rgb, parts, valid, used = lender.read(scale * brush_scale)
        works.append(Work(rgb, parts if use_faces else np.zeros_like(parts), scale / used, valid, lender.name))
    return works


def restyle(rgb, lenders, *, engine="neural", faces=None, settings=None, brush_scale=1.5, count=LENDERS, seed=0,
            progress=None, checkpoint=None):
    """A photograph in the lenders' hand.

    Parameters
    ----------
    rgb : (H, W, 3) float32 in [0, 1]
    lenders : sequence of Lender
    engine : `neural` or `patch`
    faces : list of (68, 2), optional
        Landmarks in the photograph; looked for if not given. An empty list: paint it as a picture without faces.
    settings : NeuralSettings or SynthesisSettings, optional
    brush_scale : float
        1: strokes as wide against the face as the master's; 2: twice as wide.

    Returns
    -------
    (H, W, 3) float32 in [0, 1]
    """
    if engine not in ENGINES:
        raise UsageError(f"unknown engine {engine!r}: expected one of {', '.join(ENGINES)}")
    if rgb.ndim != 3 or rgb.shape[2] != 3 or min(rgb.shape[:2]) < 32:
        raise ShapeError(f"a photograph must be RGB and have at least 32 pixels a side, got {rgb.shape}")
    rgb = np.ascontiguousarray(rgb, np.float32)
    faces = find_faces(rgb) if faces is None else list(faces)
    unit = outer_eye_distance(faces[0]) if faces else None
    known = unit is not None and any(lender.landmarks_xy is not None for lender in lenders)
    parts = parts_of(rgb, faces) if known else np.zeros(rgb.shape[:2], np.uint8)
    _log.info("%d faces, %d works", len(faces), len(lenders))
    if engine == "patch":
        return _by_patches(rgb, parts, lenders[:count] if not known else lenders, faces[0] if known else None, settings,
                           count, seed, progress, checkpoint)
    from render.neural import NeuralSettings, likeness, neural_paint
    settings = settings or NeuralSettings(seed=seed)
    works = works_for(lenders, rgb.shape[:2], unit, brush_scale=brush_scale, count=count)
    targets = settings.learn(works, *rgb.shape[:2], brush_scale=brush_scale)
    fidelity = likeness(parts if known or not faces else parts_of(rgb, faces))
    return neural_paint(rgb, parts, targets, settings, fidelity=fidelity, progress=progress, checkpoint=checkpoint)


def _by_patches(rgb, parts, lenders, face, settings, count, seed, progress, checkpoint):
    """Paint with the works' own passages: each laid over the photograph and brought to its tones."""
    from models.style import StyleTargets, Work
    from render.neural import in_tones, likeness
    from render.painting import guide_channels
    from render.synthesis import Exemplar, SynthesisSettings, synthesise

    shape = parts.shape
    unit = outer_eye_distance(face) if face is not None else _GROUND_SHARE * max(shape)
    laid = []
    for lender in (each for each in lenders if face is None or each.landmarks_xy is not None):
        if len(laid) == count:
            break
        laid.append((lender.name, *_laid_over(lender, shape, face)))
    if not laid:
        raise CorpusError("the patch engine needs at least one painting with a face to paint a face: add one, or use "
                          "the neural engine")
    master = [((StyleTargets.of_tones([Work(colour, labels, 1.0, valid, name)
                                       for name, colour, labels, valid in laid]), 1.0),)]
    # Half way to the master's tones: what the photograph shows as light must still be found among the paint.
    guide = in_tones(rgb, parts, master, 0.7)
    own = [((StyleTargets.of_tones([Work(guide, parts)]), 1.0),)]
    frame = SimpleNamespace(eye_distance_px=unit)
    bank = []
    for name, colour, labels, valid in laid:
        toned = in_tones(colour, labels, own, 0.7)
        bank.append(Exemplar(np.round(toned * 65535).astype(np.uint16), guide_channels(toned, frame), labels, valid, name))
    settings = settings or SynthesisSettings(reach=0.35 if face is not None else 1.0, seed=seed, guide_weight=1.5)
    return np.clip(synthesise(guide_channels(guide, frame), parts, bank, settings,
                              guide_weight_map=np.minimum(likeness(parts), 4.0), start=guide, progress=progress,
                              checkpoint=checkpoint).colour, 0, 1)


def _laid_over(lender, shape, face):
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
