"""Any photograph in a master's hand: with faces, whose landmarks guide it, or without; by any of three engines.

The neural engine changes the photograph until its features are distributed as in the works; the patch engine paints it
with passages of the works themselves, laid over it face to face; the fast engine is a network that was taught one hand.
"""

import logging
from dataclasses import dataclass, field, replace
from types import SimpleNamespace

import cv2
import numpy as np

from data.errors import CorpusError, NoFaceError, ShapeError, UsageError
from data.landmarks import outer_eye_distance
from data.parts import Part
from data.scan import read_scan, scan_info
from render.seam import along_edges, lab_of

_log = logging.getLogger(__name__)
ENGINES = ("neural", "patch", "fast")
LENDERS = {"neural": 24, "patch": 12}  # works of one master that are looked at
_SURE_FACE = 0.5
_ENOUGH_SCENES = 6
_STROKES_SEEN_PX = 1400
_UNDERPAINTING_PX = 800_000
_THROUGH = (0.15, 0.2, 0.45)  # of the picture's drawing over the underpainting: elsewhere, on skin, at a face's features
# How far what is drawn is brought to the master's tones in the end. In whites and golden lights of skin a hand shows most.
_IN_TONES = {Part.BACKGROUND: 0.6, Part.CLOTHING: 0.6, Part.HAIR: 0.6}
_UNKNOWN_THROUGH = (0.2, 0.2, 0.5)  # where parts are not told apart
_UNKNOWN_CONTENT = 2.5  # how much more the picture counts there: all of it is brought to one distribution
_GROUND_SHARE = 0.12  # unit of form in a picture without a face, as a share of its longer side
# The picture's drawing over patches: within this share of the unit, where it steps by more than so much L*, and how much of it.
_DRAWN, _EVEN, _DRAWN_SHARE = 0.08, 8.0, 0.9
_LIVELY = 100  # levels of the guide between the calmest places and the liveliest
_SHOWN = 1.3  # times by which works may be enlarged on the canvas: beyond, their paint shows nothing that could be taught
_LEAST_PX = 320  # longer side of the smallest canvas on which a larger picture is painted
_ENOUGH_PX = 110  # between the eyes of a lender: larger faces are no better for being larger
# What it costs a lender, beside how far its head is turned otherwise, not to be like the sitter. A beard's paint is no skin's.
_UNLIKE = {"facial_hair": 0.6, "sex": 0.3, "headwear": 0.2}


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
        scale, attributes = info.width_px / rgb.shape[1], sitters(rgb, faces)
        return cls(str(path), name or str(path), info.width_px, info.height_px, (faces[0] + 0.5) * scale - 0.5,
                   parts_of(rgb, faces, attributes), attributes=attributes[0])

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
    picture, scale = _measurable(rgb)
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


def sitters(rgb, faces):
    """Attributes by name of everybody with these landmarks in a picture, a dict each."""
    from features.attributes import estimate_attributes
    from features.landmarks import given_landmarks

    picture, scale = _measurable(rgb)
    return [estimate_attributes(picture, given_landmarks(picture, (points + 0.5) * scale - 0.5), thorough=number == 0)[0]
            for number, points in enumerate(faces)]


def _measurable(rgb):
    """(the picture as (h, w, 3) uint8 of at most some 1200 px a side, which share of its size that is)."""
    scale = min(1.0, 1200 / max(rgb.shape[:2]))
    small = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else rgb
    return np.ascontiguousarray(np.round(np.clip(small, 0, 1) * 255).astype(np.uint8)), scale


def parts_of(rgb, faces, attributes):
    """(H, W) uint8: the parts of everybody in the picture (`attributes` as from `sitters`); all BACKGROUND without faces."""
    from features.parts import parts_map

    parts = np.zeros(rgb.shape[:2], np.uint8)
    for points, known in zip(faces, attributes, strict=True):
        own = parts_map(rgb, points, attributes=known)
        head = np.isin(own, (Part.FACE, Part.BROWS, Part.EYES, Part.NOSE, Part.LIPS))
        parts = np.where(head | (parts == Part.BACKGROUND), own, parts)
    return parts.astype(np.uint8)


@dataclass(frozen=True, eq=False)
class Master:
    """One hand: the paintings that lend it, or a `network` that was taught it (`models.fast.FastStyle`); its `weight` in
    a mixture of several. `likest`: the lenders whose paint is laid over the picture at hand, where that is known."""

    lenders: tuple = ()
    weight: float = 1.0
    network: object = None
    likest: tuple = ()

    @property
    def key(self):
        """What tells one from another, JSON-able."""
        taught = None if self.network is None else self.network.record
        return [[(lender.name, lender.sha256) for lender in self.lenders], self.weight, taught]


@dataclass(frozen=True)
class RestyleSettings:
    """How a picture is to be painted.

    `strength`: 0 leaves it as it is, 1 takes the master's hand. `keep_colours`: light and shade only. `brush_scale` 1:
    strokes as wide against the face as the master's, 2: twice as wide; `brush_px`: strokes as wide as this on the canvas
    instead. `faces`: `auto`, `yes` (NoFaceError where there is none) or `no` (paint it as a picture without faces).
    `neural`, `patch`: the engines' own settings, if others than theirs are wished for.
    """

    engine: str = "neural"
    strength: float = 1.0
    keep_colours: bool = False
    brush_scale: float = 1.5
    brush_px: float | None = None
    faces: str = "auto"
    seed: int = 0
    neural: object = None
    patch: object = None

    def check(self):
        """UsageError where these settings cannot be meant."""
        if self.engine not in ENGINES:
            raise UsageError(f"unknown engine {self.engine!r}: expected one of {', '.join(ENGINES)}")
        if not 0 <= self.strength <= 1:
            raise UsageError(f"strength must lie between 0 and 1, got {self.strength:g}")
        if self.faces not in ("auto", "yes", "no"):
            raise UsageError(f"faces must be auto, yes or no, got {self.faces!r}")
        for name, value, most in (("brush scale", self.brush_scale, 10), ("width of the brush", self.brush_px, 1000)):
            if value is not None and not 0.1 <= value <= most:
                raise UsageError(f"the {name} must lie between 0.1 and {most}, got {value:g}")


def works_for(lenders, shape, unit_px=None, *, brush_scale=1.0, count=LENDERS["neural"]):
    """Works to learn a style from for a canvas of `shape`, one after the other, read no larger than is of use.

    `unit_px`: outer eye distance of the canvas' face; without one the lenders' whole pictures are brought to the
    canvas' size, and their parts are not told apart.
    """
    from models.style import Work

    if not lenders:
        raise CorpusError("a style needs at least one painting to learn from, got none")
    for lender, scale, use_faces in _scaled(lenders, shape, unit_px, count):
        rgb, parts, valid, used = lender.read(scale * brush_scale)
        yield Work(rgb, parts if use_faces else np.zeros_like(parts), scale / used, valid, lender.name)


def stroke_width_px(lenders, shape, unit_px=None, *, count=6):
    """How wide the lenders' strokes are on a canvas of `shape`, in its pixels: the middle work's mean over its parts.

    They are measured where the scan shows them, and then brought to the canvas.
    """
    from features.brushwork import measure_brushwork

    widths = []
    for lender, scale, _ in _scaled(lenders, shape, unit_px, count):
        rgb, parts, _, used = lender.read(_STROKES_SEEN_PX / max(lender.width_px, lender.height_px))
        found = measure_brushwork(np.round(np.clip(rgb, 0, 1) * 255).astype(np.uint8), parts, unit_px=1.0)
        shown = [part for name, part in found.items() if name != "usable_px"]
        if shown:
            widths.append(scale / used * np.average([part["stroke_width_px"] for part in shown],
                                                    weights=[part["share"] for part in shown]))
    if not widths:
        raise CorpusError("the works are too small to measure the width of their strokes: leave the brush as it is")
    return float(np.median(widths))


def _scaled(lenders, shape, unit_px, count):
    """(lender, canvas pixels per pixel of its scan, whether faces say so) for the first `count` that can be used."""
    faced = [lender for lender in lenders if lender.landmarks_xy is not None]
    use_faces = unit_px is not None and bool(faced)
    for lender in (faced if use_faces else list(lenders))[:count]:
        yield lender, (unit_px / outer_eye_distance(lender.landmarks_xy) if use_faces
                       else max(shape) / max(lender.width_px, lender.height_px)), use_faces


def restyle(rgb, masters, settings=None, *, faces=None, regions=None, progress=None, checkpoint=None):
    """A photograph in the masters' hand.

    Parameters
    ----------
    rgb : (H, W, 3) float32 in [0, 1]
    masters : sequence of Master
        Several meet by weight everywhere, or with `regions` each holds its own.
    settings : RestyleSettings, optional
    faces : list of (68, 2), optional
        Landmarks in the photograph; looked for if not given. An empty list: paint it as a picture without faces.
    regions : (H, W) uint8, optional
        Number of the master that holds at each place, from 0.

    Returns
    -------
    (H, W, 3) float32 in [0, 1]
    """
    settings = settings or RestyleSettings()
    scene = Scene.of(rgb, masters, settings, faces, regions)
    return scene.painted(progress=progress, checkpoint=checkpoint)


@dataclass(frozen=True, eq=False)
class Scene:
    """A picture ready to be painted: its faces (largest first) and parts, and what was learned of the masters for it.

    `known`: the masters know faces, so parts are told apart. `targets`: their styles, for the neural engine. `share`: of
    the picture's size at which it is painted, no larger than the works can show; what is finer is `enlarged`.
    """

    rgb: np.ndarray
    masters: tuple
    settings: RestyleSettings
    faces: list
    parts: np.ndarray
    known: bool
    regions: np.ndarray | None = None
    targets: tuple = ()
    share: float = 1.0

    @classmethod
    def of(cls, rgb, masters, settings, faces=None, regions=None, like=None):
        """Look for faces, tell the parts, choose lenders, learn what the engine needs; what was chosen and learned for a
        scene of the same shot (`like`) is taken over."""
        settings.check()
        masters = tuple(masters)
        _check(rgb, masters, settings, regions)
        rgb = np.ascontiguousarray(rgb, np.float32)
        if settings.engine == "fast":
            return cls(rgb, masters, settings, [], np.zeros(rgb.shape[:2], np.uint8), False, regions)
        if faces is None:
            faces = [] if settings.faces == "no" else find_faces(rgb)
        if settings.faces == "yes" and not faces:
            raise NoFaceError("no face was found in this picture, but one was asked for: give a picture with a larger or "
                              "clearer face, or leave it to Atelier (faces: auto)")
        known = bool(faces) and any(lender.landmarks_xy is not None for each in masters for lender in each.lenders)
        attributes = sitters(rgb, faces)
        parts = parts_of(rgb, faces, attributes)
        if like is not None and like.known == known:
            return replace(like, rgb=rgb, faces=list(faces), parts=parts, regions=regions)
        masters = tuple(replace(each, likest=_likest(each.lenders, faces[0], attributes[0])) if known else
                        replace(each, lenders=_nearest_in_tone(each.lenders, rgb)) for each in masters)
        scene = cls(rgb, masters, settings, list(faces), parts, known, regions)
        brushes = scene._brushes()
        scene = replace(scene, share=scene._shown_share(brushes))
        _log.info("%d faces, %d works, painted at %.2f of its size", len(faces), sum(len(each.lenders) for each in masters),
                  scene.share)
        return scene if settings.engine != "neural" else replace(scene, targets=scene.small._learned(brushes))

    @property
    def small(self):
        """The scene at the size at which it is painted."""
        return self._at(self.share)

    def _at(self, share):
        if share == 1:
            return self
        height, width = self.parts.shape
        size = (max(32, round(width * share)), max(32, round(height * share)))
        labels = [each if each is None else cv2.resize(each, size, interpolation=cv2.INTER_NEAREST)
                  for each in (self.parts, self.regions)]
        return replace(self, rgb=cv2.resize(self.rgb, size, interpolation=cv2.INTER_AREA), parts=labels[0],
                       regions=labels[1], faces=[(points + 0.5) * share - 0.5 for points in self.faces], share=1.0)

    def _shown_share(self, brushes):
        """How large the picture can be painted, as a share of its size, so that a third of the works show all their strokes.

        Where works are coarser than the canvas, what would be taught there is the noise of their scans."""
        needed = []
        for master, brush in zip(self.masters, brushes, strict=True):
            scales = [scale for _, scale, _ in _scaled(master.lenders, self.parts.shape, self.unit_px,
                                                       LENDERS[self.settings.engine])]
            needed.append(np.quantile(scales, 1 / 3) * brush)
        share = max(_SHOWN / max(needed), _LEAST_PX / max(self.parts.shape))
        return float(share) if share < 0.8 else 1.0

    def _brushes(self):
        """How much wider than the master's, against the figures, each master's strokes are to be."""
        if self.settings.engine != "neural":
            return [1.0] * len(self.masters)
        if self.settings.brush_px is None:
            return [self.settings.brush_scale] * len(self.masters)
        widths = [stroke_width_px(each.lenders, self.parts.shape, self.unit_px) for each in self.masters]
        return [float(np.clip(self.settings.brush_px / width, 0.1, 10)) for width in widths]

    @property
    def labels(self):
        """The parts as far as the masters know them."""
        return self.parts if self.known else np.zeros_like(self.parts)

    @property
    def unit_px(self):
        return outer_eye_distance(self.faces[0]) if self.known else None

    @property
    def neural(self):
        """The neural engine's settings with what was wished for."""
        from render.neural import NeuralSettings

        given = self.settings.neural or NeuralSettings(seed=self.settings.seed)
        return replace(given, strength=self.settings.strength, keep_colours=self.settings.keep_colours)

    def _learned(self, brushes):
        shape, found = self.parts.shape, []
        for master, scale in zip(self.masters, brushes, strict=True):
            works = works_for(master.lenders, shape, self.unit_px, brush_scale=scale)
            found.append(self.neural.learn(works, *shape, brush_scale=scale))
        return tuple(found)

    @property
    def styles(self):
        """The targets as `neural_paint` takes them."""
        if self.regions is not None:
            return self.targets
        return [(target, master.weight) for target, master in zip(self.targets, self.masters, strict=True)]

    @property
    def hands(self):
        """The targets as `in_tones` takes them, with weights that sum to 1."""
        if self.regions is not None:
            return [((target, 1.0),) for target in self.targets]
        total = sum(master.weight for master in self.masters)
        return [tuple((target, weight / total) for target, weight in self.styles)]

    @property
    def fidelity(self):
        """(H, W) float32: how much the picture counts against the style."""
        from render.neural import likeness

        return likeness(self.parts) * np.float32(1 if self.known else _UNKNOWN_CONTENT)

    @property
    def codes(self):
        """Parts as the masters know them, and whose they are."""
        return self.labels if self.regions is None else (self.labels + 16 * self.regions).astype(np.uint8)

    def painted(self, *, progress=None, checkpoint=None):
        """The picture in the masters' hand."""
        share = self.settings.strength
        if share == 0:
            return self.rgb
        if self.settings.engine == "fast":
            painted = self._by_networks(progress)
        elif self.settings.engine == "neural":
            painted, share = self.enlarged(self.small._by_features(progress, checkpoint)), 1.0
        else:
            painted = self.enlarged(self.small._by_patches(progress, checkpoint))
        if self.settings.keep_colours:
            from render.neural import with_colours_of

            painted = with_colours_of(painted, self.rgb)
        return painted if share == 1 else np.clip(self.rgb + share * (painted - self.rgb), 0, 1)

    def _by_features(self, progress, checkpoint):
        """The neural engine over an underpainting of patches: from these it has strokes, from the picture the drawing."""
        from render.neural import neural_paint
        from render.neural_engine import LaterHalf, earlier_half, half

        held = earlier_half(checkpoint)
        under = held["under"] if held else self._underpainting(half(progress, 0), checkpoint)
        content = self.drawn_into(under)
        return neural_paint(content, self.labels, self.styles, replace(self.neural, tones=0.0), fidelity=self.fidelity,
                            regions=self.regions, start=content, progress=half(progress, 1),
                            checkpoint=LaterHalf.over(checkpoint, {"under": under}))

    def _underpainting(self, progress, checkpoint):
        """The picture painted with patches, at no more than the size at which the works have detail to give."""
        share = min(1.0, (_UNDERPAINTING_PX / self.parts.size) ** 0.5)
        return replace(self, targets=())._at(share)._by_patches(progress, checkpoint)

    def enlarged(self, painted):
        """The small scene's painting at the picture's size: in finer and finer strokes, and with what the picture shows that
        is finer still, as light and shade, most at the features of a face."""
        from render.large import painted_over
        from render.neural import likeness

        if painted.shape == self.rgb.shape:
            return painted
        size, weights = self.parts.shape[::-1], np.float32([0.299, 0.587, 0.114])
        result = painted_over(painted, self.parts.shape, seed=self.settings.seed)
        through = likeness(self.parts, *(_THROUGH if self.known else _UNKNOWN_THROUGH))
        strength = self.settings.strength if self.settings.engine == "neural" else 1.0  # others are weakened in the end
        if strength < 1:
            result += (1 - strength) * (cv2.resize(painted, size, interpolation=cv2.INTER_CUBIC) - result)
            through = 1 - strength * (1 - through)
        light = self.rgb @ weights + np.float32(0.03)
        broad = cv2.resize(cv2.resize(light, painted.shape[1::-1], interpolation=cv2.INTER_AREA), size,
                           interpolation=cv2.INTER_CUBIC)
        result *= (np.clip(light / np.maximum(broad, 0.03), 0.5, 2) ** through)[..., None]
        return np.clip(result, 0, 1, out=result)

    def drawn_into(self, painted):
        """A painting (of any size) with the picture's own drawing let through, most in a face, all in the master's tones."""
        from render.neural import in_tones, likeness, toned_strips

        strength, shape = self.settings.strength, self.parts.shape
        through = likeness(self.parts, *(_THROUGH if self.known else _UNKNOWN_THROUGH))
        drawn = (painted.astype(np.float32) if painted.shape[:2] == shape else
                 cv2.resize(painted, shape[::-1], interpolation=cv2.INTER_CUBIC))
        for (low, high), toned in toned_strips(self.rgb, self.codes, self.hands, (0.9 if self.known else 0.5) * strength):
            rows = drawn[low:high]
            rows += (1 - strength * (1 - through[low:high, :, None])) * (toned - np.clip(rows, 0, 1, out=rows))
            np.clip(rows, 0, 1, out=rows)
        if not self.known:
            return drawn
        return in_tones(drawn, self.codes, self.hands, {part: strength * _IN_TONES.get(part, 1.0) for part in Part})

    def _by_networks(self, progress):
        painted = np.zeros_like(self.rgb)
        total = sum(master.weight for master in self.masters)
        for number, master in enumerate(self.masters):
            own = master.network.paint(self.rgb)
            if self.regions is not None:
                painted[self.regions == number] = own[self.regions == number]
            else:
                painted += own * np.float32(master.weight / total)
            if progress is not None:
                progress(number + 1, len(self.masters))
        return painted

    def _by_patches(self, progress, checkpoint):
        """Paint with the works' own passages: each laid over the picture and brought to its tones."""
        from models.style import StyleTargets, Work
        from render.neural import in_tones, likeness
        from render.painting import guide_channels
        from render.synthesis import Exemplar, SynthesisSettings, synthesise

        shape, face = self.parts.shape, self.faces[0] if self.known else None
        unit = self.unit_px or _GROUND_SHARE * max(shape)
        laid = self._lenders_laid(face)
        # By region, or once for all: what belongs together gives and takes its tones together.
        numbers = np.unique(self.regions).tolist() if self.regions is not None else (None,)
        works = {number: [Work(colour, labels, 1.0, valid, name) for whose, name, colour, labels, valid in laid
                          if number in (None, whose)] for number in numbers}
        # Half way to the master's tones: what the photograph shows as light must still be found among the paint.
        hands = {number or 0: ((StyleTargets.of_tones(works[number]), 1.0),) for number in numbers}
        guide = in_tones(self.rgb, self.codes, hands, 0.7 if self.known else 0.4)
        bank = []

        def channels(rgb):
            return np.dstack([guide_channels(rgb, SimpleNamespace(eye_distance_px=unit)), _liveliness(rgb, unit)])

        for number in numbers:
            mine = None if number is None else self.regions == number
            own = [((StyleTargets.of_tones([Work(guide, self.labels, 1.0, mine)]), 1.0),)]
            for work in works[number]:
                toned = in_tones(work.rgb, work.parts, own, 0.7)
                bank.append(Exemplar(np.round(toned * 65535).astype(np.uint16), channels(toned), work.parts, work.valid,
                                     work.name))
        # At the coarsest level every place is looked at: frames of films cannot wait for more than some 50 rows.
        levels = max(1, round(np.log2(min(shape) / 36)) + 1)
        settings = self.settings.patch or SynthesisSettings(reach=0.35 if face is not None else 1.0, levels=levels,
                                                            seed=self.settings.seed, guide_weight=1.5)
        painted = synthesise(channels(guide), self.labels, bank, settings,
                             guide_weight_map=likeness(self.labels, 1.0, 1.5, 3.0), start=guide, progress=progress,
                             checkpoint=checkpoint).colour
        painted = _without_flecks(painted, 0.5 * _DRAWN * unit)
        # Patches that fit on the whole still blur an eye or a window: what is more than a stroke is brought back.
        drawing = along_edges(guide - painted, lab_of(guide)[..., 0], _DRAWN * unit, _EVEN)
        return np.clip(painted + _DRAWN_SHARE * drawing, 0, 1)

    def _lenders_laid(self, face):
        """[(master's number, name, colour, labels, valid)]: works laid over the picture, as many of each master as its
        weight is worth."""
        total, laid = sum(master.weight for master in self.masters), []
        for number, master in enumerate(self.masters):
            share = 1.0 if self.regions is not None else master.weight / total
            usable = master.lenders if face is None else master.likest
            for lender in usable[:max(1, round(LENDERS["patch"] * share))]:
                colour, labels, valid = _laid_over(lender, self.parts.shape, face)
                if self.regions is not None:  # a painting is for its own region alone, and its tones those it shows there
                    valid = valid & (self.regions == number)
                laid.append((number, f"{number}: {lender.name}", colour, labels, valid))
        if not laid:
            raise CorpusError("the patch engine needs at least one painting with a face to paint a face: add one, or use "
                              "the neural engine")
        return laid


def _check(rgb, masters, settings, regions):
    if rgb.ndim != 3 or rgb.shape[2] != 3 or min(rgb.shape[:2]) < 32:
        raise ShapeError(f"a photograph must be RGB and have at least 32 pixels a side, got {rgb.shape[1]} x {rgb.shape[0]}")
    if not masters or any(each.network is None and not each.lenders for each in masters):
        raise CorpusError("a style needs at least one painting to learn from, got none")
    if not all(np.isfinite(each.weight) and each.weight > 0 for each in masters):
        raise UsageError(f"weights of masters must be above 0, got {', '.join(f'{each.weight:g}' for each in masters)}")
    if any((each.network is None) == (settings.engine == "fast") for each in masters):
        raise UsageError("the fast engine takes networks trained with `atelier learn --fast`, the others take paintings: "
                         f"the engine is {settings.engine}")
    if regions is not None and (regions.shape != rgb.shape[:2] or int(regions.max()) >= len(masters)):
        raise ShapeError(f"the mask must have the picture's size, {rgb.shape[1]} x {rgb.shape[0]}, and name no more than "
                         f"{len(masters)} masters, got {regions.shape[1]} x {regions.shape[0]} and {int(regions.max()) + 1}")


def _liveliness(rgb, unit):
    """(H, W) uint8, 0 to `_LIVELY`: how much goes on around each place for its picture, by rank. Skies are painted from calm
    passages, of whatever tone the lively ones may be."""
    light = lab_of(rgb)[..., 0]
    fine = light - cv2.GaussianBlur(light, (0, 0), 0.05 * unit)
    spread = cv2.GaussianBlur(fine * fine, (0, 0), 0.1 * unit)
    ranks = np.linspace(0, _LIVELY, 65)
    return np.round(np.interp(spread, np.quantile(spread, ranks / _LIVELY), ranks)).astype(np.uint8)


def _without_flecks(painted, sigma, most=2.0):
    """Fine detail held to `most` times its spread around: a crack or a spark that came along with a patch is no brushwork."""
    fine = painted - cv2.GaussianBlur(painted, (0, 0), sigma)
    limit = most * np.sqrt(cv2.GaussianBlur(fine * fine, (0, 0), 4 * sigma))
    return painted + np.clip(fine, -limit, limit) - fine


def _likest(lenders, face, attributes):
    """Lenders whose paint may be laid over a face: those first who sit as the sitter does, are like them and were painted
    large enough. A cheek is not to be painted from a beard, nor from a cheek turned away."""
    from models.shape import turn

    def unlikeness(lender):
        cost = abs(turn(lender.landmarks_xy) - turn(face))
        for name, price in _UNLIKE.items():
            values = [each[name].value if name in each else None for each in (attributes, lender.attributes)]
            cost += price * (None not in values and values[0] != values[1])
        return cost + max(0.0, np.log2(_ENOUGH_PX / outer_eye_distance(lender.landmarks_xy)))

    sitting = [lender for lender in lenders if lender.landmarks_xy is not None]
    return tuple(sorted(sitting, key=unlikeness)[:LENDERS["patch"]])


def _nearest_in_tone(lenders, rgb):
    """As many lenders as are looked at, nearest first: by the distribution of their colours, one axis of Lab at a time.

    Without a face to go by, a sky must be painted from skies. Close portraits come last, unless there is nothing else.
    """
    def tones(pixels):
        lab = lab_of(pixels.reshape(-1, 1, 3))[:, 0]
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
