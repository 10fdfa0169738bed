"""The patch engine: a picture painted with patches of the works themselves, laid over it and brought to its tones."""

from collections.abc import Iterable, Sequence

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

from data.checkpoint import Checkpoint
from data.colour import rgb_to_lab, to_uint16
from data.progress import Progress
from models.style import StyleTargets, Work
from render.imaging.colour_transfer import Mixture, match_tones
from render.imaging.filters import guided_filter
from render.neural.fidelity import face_weights
from render.portrait.painting import guide_channels
from render.restyle.laid_works import MastersWork, lay_masters_works
from render.restyle.scene import Scene, SceneEngine
from render.synthesis.exemplar import Exemplar, SynthesisSettings
from render.synthesis.patch import synthesise

# How far the picture is brought to the works' tones, and each work to the picture's. Both move, so that for every tone of the
# photograph there is paint. Where parts are not told apart the picture moves less.
_PICTURE_TONES, _UNKNOWN_PICTURE_TONES, _WORK_TONES = 0.7, 0.4, 0.7
_UNIT_SHARE = 0.12  # unit of form (an outer eye distance) in a picture without a face, as a share of its longer side
_GUIDE_WEIGHT = 1.5  # of `SynthesisSettings`
_GUIDE_WEIGHTS = {"elsewhere": 1.0, "skin": 1.5, "features": 3.0}  # how closely the picture is followed
# How far a source may lie from its place, as a share of the width: faces lie upon each other, pictures without one do not.
_FACE_REACH, _REACH = 0.35, 1.0
# Rows of the coarsest level, at which every place is looked at: frames of films cannot wait for more.
_COARSEST_PX = 36
# The picture's drawing over patches, of all that is more than a stroke: forms wider than this share of the unit, where the
# picture steps by more than so much L*, and how much of it is brought back.
_DRAWN, _EVEN_LIGHTNESS, _DRAWN_SHARE = 0.08, 8.0, 0.9
# Detail finer than _FLECK times that width is limited to _MOST_SPREADS times its spread within surroundings _SURROUNDINGS
# times as wide.
_FLECK, _SURROUNDINGS, _MOST_SPREADS = 0.5, 4, 2.0
# Liveliness is a rank from 0 to the first number, of the strength of lightness finer than one share of the unit, averaged over
# another share; ranks are interpolated between this many quantiles.
_LIVELIEST = 100
_LIVELY_DETAIL, _LIVELY_AROUND, _LIVELY_STEPS = 0.05, 0.1, 65


def _paint(scene: Scene, progress: Progress | None = None,
           checkpoint: Checkpoint | None = None) -> Float32[np.ndarray, "H W 3"]:
    unit = scene.eye_distance_px or _UNIT_SHARE * max(scene.shape)
    guide, exemplars = _guide_and_exemplars(scene, unit)
    painted = synthesise(_channels(guide, unit), scene.labels, exemplars, _synthesis_settings(scene),
                         guide_weight_map=face_weights(scene.labels, **_GUIDE_WEIGHTS), start=guide, progress=progress,
                         checkpoint=checkpoint).colour
    painted = without_flecks(painted, _FLECK * _DRAWN * unit)
    # Patches that fit on the whole still blur an eye or a window.
    drawing = guided_filter(guide - painted, rgb_to_lab(guide)[..., 0], _DRAWN * unit, _EVEN_LIGHTNESS)
    return np.clip(painted + _DRAWN_SHARE * drawing, 0, 1)


def _guide_and_exemplars(scene: Scene, unit: float) -> tuple[Float32[np.ndarray, "H W 3"], list[Exemplar]]:
    """The picture in the works' tones, and the works in the picture's.

    Tones are matched region by region if there are regions, else once for the whole picture.
    """
    found = lay_masters_works(scene)
    numbers: Sequence[int | None] = (None,) if scene.regions is None else np.unique(scene.regions).tolist()
    here = {number: [each for each in found if number in (None, each.master)] for number in numbers}
    mixtures = {number or 0: _tones_of(each.work for each in here[number]) for number in numbers}
    guide = match_tones(scene.rgb, scene.codes, mixtures, _PICTURE_TONES if scene.parts_known else _UNKNOWN_PICTURE_TONES)
    exemplars = []
    for number in numbers:
        shown = None if scene.regions is None or number is None else np.equal(scene.regions, number)
        tones = _tones_of([Work(guide, scene.labels, 1.0, shown)])
        exemplars += [_exemplar(each, tones, unit) for each in here[number]]
    return guide, exemplars


def _tones_of(works: Iterable[Work]) -> Mixture:
    return ((StyleTargets.of_tones(works), 1.0),)


def _exemplar(each: MastersWork, tones: Mixture, unit: float) -> Exemplar:
    """A work in the tones wanted there, as the synthesis takes it."""
    toned = match_tones(each.colour, each.labels, [tones], _WORK_TONES)
    return Exemplar(to_uint16(toned), _channels(toned, unit), each.labels, each.valid, each.name)


def _channels(rgb: Float32[np.ndarray, "H W 3"], unit: float) -> UInt8[np.ndarray, "H W 5"]:
    """The channels by which places of the picture and of the works are compared."""
    return np.dstack([guide_channels(rgb, unit), liveliness(rgb, unit)])


def _synthesis_settings(scene: Scene) -> SynthesisSettings:
    if scene.settings.patch is not None:
        return scene.settings.patch
    levels = max(1, round(np.log2(min(scene.shape) / _COARSEST_PX)) + 1)
    return SynthesisSettings(reach=_FACE_REACH if scene.parts_known else _REACH, levels=levels, seed=scene.settings.seed,
                             guide_weight=_GUIDE_WEIGHT)


def liveliness(rgb: Float32[np.ndarray, "H W 3"], unit: float) -> UInt8[np.ndarray, "H W"]:
    """How much fine detail there is around each place of a picture, as a rank from 0 to 100; `unit`: an outer eye distance in
    pixels.

    With it among the channels that are compared, skies are painted from calm passages even if lively ones fit better in tone.
    """
    light = rgb_to_lab(rgb)[..., 0]
    fine = light - cv2.GaussianBlur(light, (0, 0), _LIVELY_DETAIL * unit)
    spread = cv2.GaussianBlur(fine * fine, (0, 0), _LIVELY_AROUND * unit)
    ranks = np.linspace(0, _LIVELIEST, _LIVELY_STEPS)
    steps = np.quantile(spread, ranks / _LIVELIEST) + 1e-8 * ranks  # strictly rising, so that places without detail get rank 0
    return np.round(np.interp(spread, steps, ranks)).astype(np.uint8)


def without_flecks(painted: Float32[np.ndarray, "H W 3"], sigma: float) -> Float32[np.ndarray, "H W 3"]:
    """A painting whose detail finer than `sigma` (pixels) is limited to a multiple of its spread around: this removes cracks
    and specks that were copied with a patch."""
    fine = painted - cv2.GaussianBlur(painted, (0, 0), sigma)
    limit = _MOST_SPREADS * np.sqrt(cv2.GaussianBlur(fine * fine, (0, 0), _SURROUNDINGS * sigma))
    return painted + np.clip(fine, -limit, limit) - fine


def _prepare(scene: Scene) -> Scene:
    return scene.sized_for([1.0] * len(scene.masters))


ENGINE = SceneEngine(_prepare, _paint)
