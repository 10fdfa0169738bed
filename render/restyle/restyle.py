"""Any photograph in a master's hand: with faces, whose landmarks guide it, or without; by any of three engines.

The neural engine changes the photograph until its features are distributed as in the works; the patch engine paints it
with passages of the works themselves, laid over it face to face; the fast engine is a network that was taught one hand.
"""

import logging
from dataclasses import dataclass, replace
from types import SimpleNamespace

import cv2
import numpy as np

from data.colour import rgb_to_lab
from data.errors import CorpusError, NoFaceError, ShapeError, UsageError
from data.landmarks import outer_eye_distance
from data.parts import FACE_PARTS, Part
from render.imaging.colour_transfer import match_tones, toned_strips, with_colours_of
from render.imaging.filters import guided_filter
from render.restyle.lenders import (
    LENDERS,
    find_faces,
    laid_over,
    most_similar,
    nearest_in_tone,
    parts_of,
    scaled,
    sitters,
    stroke_width_px,
    works_for,
)

_log = logging.getLogger(__name__)
RESTYLE_ENGINES = ("neural", "patch", "fast")
_UNDERPAINTING_PX = 800_000
_THROUGH = (0.15, 0.2, 0.45)  # of the picture's drawing over the underpainting: elsewhere, on skin, at a face's features
# How far what is drawn is brought to the master's tones in the end: skin, where a hand shows most, and all else.
_IN_TONES, _UNKNOWN_IN_TONES = (1.0, 0.35), (0.5, 0.5)
_UNKNOWN_THROUGH = (0.2, 0.2, 0.5)  # where parts are not told apart
_UNKNOWN_CONTENT = 2.5  # how much more the picture counts there: all of it is brought to one distribution
_UNKNOWN_STRENGTH = 0.6  # of the neural engine there: works show little sky, and would make it as lively as they are
_GROUND_SHARE = 0.12  # unit of form in a picture without a face, as a share of its longer side
# The picture's drawing over patches: within this share of the unit, where it steps by more than so much L*, and how much of it.
_DRAWN, _EVEN, _DRAWN_SHARE = 0.08, 8.0, 0.9
_LIVELY = 100  # levels of the guide between the calmest places and the liveliest
_SHOWN = 1.3  # times by which works may be enlarged on the canvas: beyond, their paint shows nothing that could be taught
_LEAST_PX = 320  # longer side of the smallest canvas on which a larger picture is painted


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
        if self.engine not in RESTYLE_ENGINES:
            raise UsageError(f"unknown engine {self.engine!r}: expected one of {', '.join(RESTYLE_ENGINES)}")
        if not 0 <= self.strength <= 1:
            raise UsageError(f"strength must lie between 0 and 1, got {self.strength:g}")
        if self.faces not in ("auto", "yes", "no"):
            raise UsageError(f"faces must be auto, yes or no, got {self.faces!r}")
        for name, value, most in (("brush scale", self.brush_scale, 10), ("width of the brush", self.brush_px, 1000)):
            if value is not None and not 0.1 <= value <= most:
                raise UsageError(f"the {name} must lie between 0.1 and {most}, got {value:g}")


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
        masters = tuple(replace(each, most_similar=most_similar(each.lenders, faces[0], attributes[0])) if known else
                        replace(each, lenders=nearest_in_tone(each.lenders, rgb)) for each in masters)
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
            scales = [scale for _, scale, _ in scaled(master.lenders, self.parts.shape, self.unit_px,
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
        from render.neural.optimise import NeuralSettings

        given = self.settings.neural or NeuralSettings(seed=self.settings.seed)
        strength = self.settings.strength * (1 if self.known else _UNKNOWN_STRENGTH)
        return replace(given, strength=strength, keep_colours=self.settings.keep_colours)

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
        from render.neural.optimise import likeness

        return likeness(self.parts) * np.float32(1 if self.known else _UNKNOWN_CONTENT)

    @property
    def through(self):
        """(H, W) float32: how much of the picture's drawing comes through what was painted."""
        from render.neural.optimise import likeness

        return likeness(self.parts, *(_THROUGH if self.known else _UNKNOWN_THROUGH))

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
            painted = with_colours_of(painted, self.rgb)
        return painted if share == 1 else np.clip(self.rgb + share * (painted - self.rgb), 0, 1)

    def _by_features(self, progress, checkpoint):
        """The neural engine over an underpainting of patches: from these it has strokes, from the picture the drawing."""
        from render.neural.engine import LaterHalf, earlier_half, half
        from render.neural.optimise import neural_paint

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
        from render.enlarge.overpaint import overpaint

        if painted.shape == self.rgb.shape:
            return painted
        size, weights = self.parts.shape[::-1], np.float32([0.299, 0.587, 0.114])
        result = overpaint(painted, self.parts.shape, seed=self.settings.seed)
        through = self.through
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
        strength, shape, through = self.settings.strength, self.parts.shape, self.through
        drawn = (painted.astype(np.float32) if painted.shape[:2] == shape else
                 cv2.resize(painted, shape[::-1], interpolation=cv2.INTER_CUBIC))
        for (low, high), toned in toned_strips(self.rgb, self.codes, self.hands, (0.9 if self.known else 0.5) * strength):
            rows = drawn[low:high]
            rows += (1 - strength * (1 - through[low:high, :, None])) * (toned - np.clip(rows, 0, 1, out=rows))
            np.clip(rows, 0, 1, out=rows)
        skin, amounts = (Part.FACE, Part.NECK), _IN_TONES if self.known else _UNKNOWN_IN_TONES
        # A face as a whole: lips and nose each in a tone of their own would be stains on it.
        codes = np.where(np.isin(self.labels, FACE_PARTS), self.codes - self.labels + Part.FACE, self.codes).astype(np.uint8)
        return match_tones(drawn, codes, self.hands, {part: strength * amounts[part not in skin] for part in Part})

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
        from render.neural.optimise import likeness
        from render.portrait.painting import guide_channels
        from render.synthesis.patch import Exemplar, SynthesisSettings, synthesise

        shape, face = self.parts.shape, self.faces[0] if self.known else None
        unit = self.unit_px or _GROUND_SHARE * max(shape)
        laid = self._lenders_laid(face)
        # By region, or once for all: what belongs together gives and takes its tones together.
        numbers = np.unique(self.regions).tolist() if self.regions is not None else (None,)
        works = {number: [Work(colour, labels, 1.0, valid, name) for whose, name, colour, labels, valid in laid
                          if number in (None, whose)] for number in numbers}
        # Half way to the master's tones: what the photograph shows as light must still be found among the paint.
        hands = {number or 0: ((StyleTargets.of_tones(works[number]), 1.0),) for number in numbers}
        guide = match_tones(self.rgb, self.codes, hands, 0.7 if self.known else 0.4)
        bank = []

        def channels(rgb):
            return np.dstack([guide_channels(rgb, SimpleNamespace(eye_distance_px=unit)), _liveliness(rgb, unit)])

        for number in numbers:
            mine = None if number is None else self.regions == number
            own = [((StyleTargets.of_tones([Work(guide, self.labels, 1.0, mine)]), 1.0),)]
            for work in works[number]:
                toned = match_tones(work.rgb, work.parts, own, 0.7)
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
        drawing = guided_filter(guide - painted, rgb_to_lab(guide)[..., 0], _DRAWN * unit, _EVEN)
        return np.clip(painted + _DRAWN_SHARE * drawing, 0, 1)

    def _lenders_laid(self, face):
        """[(master's number, name, colour, labels, valid)]: works laid over the picture, as many of each master as its
        weight is worth."""
        total, laid = sum(master.weight for master in self.masters), []
        for number, master in enumerate(self.masters):
            share = 1.0 if self.regions is not None else master.weight / total
            usable = master.lenders if face is None else master.most_similar
            for lender in usable[:max(1, round(LENDERS["patch"] * share))]:
                colour, labels, valid = laid_over(lender, self.parts.shape, face)
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
    light = rgb_to_lab(rgb)[..., 0]
    fine = light - cv2.GaussianBlur(light, (0, 0), 0.05 * unit)
    spread = cv2.GaussianBlur(fine * fine, (0, 0), 0.1 * unit)
    ranks = np.linspace(0, _LIVELY, 65)
    steps = np.quantile(spread, ranks / _LIVELY) + 1e-8 * ranks  # they rise: where nothing goes on it is calm
    return np.round(np.interp(spread, steps, ranks)).astype(np.uint8)


def _without_flecks(painted, sigma, most=2.0):
    """Fine detail held to `most` times its spread around: a crack or a spark that came along with a patch is no brushwork."""
    fine = painted - cv2.GaussianBlur(painted, (0, 0), sigma)
    limit = most * np.sqrt(cv2.GaussianBlur(fine * fine, (0, 0), 4 * sigma))
    return painted + np.clip(fine, -limit, limit) - fine

