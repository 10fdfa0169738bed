"""Painting by strokes: from a reference picture to colour and the thickness of the paint.

Layers of curved strokes, broad ones first, then finer ones where the picture still differs from the reference, as in
Hertzmann 1998 (doi:10.1145/280814.280951). We depart from it in what a stroke is: it follows the structure tensor of
the reference (or a direction given), carries bristles that leave streaks and furrows, runs dry towards its end, picks
up wet paint below, pushes paint up at its rims and piles it up where the brush is lifted; so every stroke has a
thickness in mm beside its colour. Thickness follows how loaded the brush was, not how light the colour is: on measured
paintings lightness and height hardly correlate. Below lies a woven canvas that shows where paint is thin.

The strokes of one layer are laid in `render.practice.brush`. Random numbers are hashes of (seed, layer, stroke), so the
same seed gives the same bytes.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Bool, Float, Float32

from data.errors import ShapeError
from data.progress import Progress
from render.imaging.weave import painters_weave
from render.practice.brush import paint_layer
from render.practice.stroke_path import KEEP_OUT, Brush, Grid, Guide, Surface

_NARROWEST_PX = 2.0             # of a brush: below, strokes would be dots
_SPACING = (1.5, 0.52)          # between strokes of a layer: at least so many px, and so many widths of the brush
_BLUR = (0.22, 0.3)             # of the reference before a layer: sigma in widths of the brush, and at least in px
_LONGEST = (9.0, 9.0, 7.0)      # length of the longest strokes in widths, of the first layers; the last goes for all further
_CARELESS = 1.5                 # how much more difference is left to stand where `detail` is 0, as a share
_FINEST_TOLERANCE, _FINEST_FOLLOW = 0.0, 0.9     # of the brush for eyes
_DETAIL_MARGIN = 0.55           # a brush keeps out where `detail` lies so far below its fineness (0 first, 1 last brush)

# The field of strokes.
_FIELD_BLUR = 0.8               # of the structure tensor, in widths of the brush
_WIDE_BLUR_PX = 8               # wider blurs are made on a quarter of the rows and columns
_HAND_RAD = 2.1                 # where there are no edges, strokes lean the way a right hand paints
_HAND_WEIGHT = 2e-5             # of that lean against the gradients' squares
_EDGE_FLOOR = 4e-5              # squares of gradients that do not count as an edge
_LEAST_SURE = 0.15              # a brush always follows the field a little

# Light of the studio.
_THIN_MM = 0.08                 # thickness of paint that hides most of the weave
_WEAVE_LEFT = 0.10              # share of the weave that shows through any paint
_FURROW_PX = 2.5                # what lies below its surroundings over this distance is a furrow
_FURROW_MM = (-0.06, 0.04)      # deeper furrows are no darker, higher ridges no lighter
_LIGHT = (0.7, 1.35)            # darkest and lightest that slopes make the paint, as a factor
_GLOSS_SLOPE = 0.3              # slope from which varnish reflects no more


@dataclass(frozen=True)
class StrokeSettings:
    """How the painter works; lengths in mm on the canvas, `pitch_mm` is the size of a texel.

    `widths_mm` of the brushes, broad to fine; `tolerances`, the colour difference (root of summed squares, sRGB in
    [0, 1]) that each brush leaves to stand; `thickness_mm` of a full stroke of each brush; `follow`, how much a stroke
    changes colour along the reference; `impasto_mm`, the thickness of the most loaded stroke, `highest_mm`, of all paint.
    `weave_mm` is the canvas' own relief, `thread_mm` the spacing of its threads. `streaks`: how much a bristle's trace
    differs in colour; `sheen`: how much slopes catch the light, `gloss`: the same of varnish over darks; `grime`: how
    much darker, per mm, furrows are where varnish gathered.
    """

    pitch_mm: float = 0.254
    widths_mm: tuple[float, ...] = (9.0, 4.6, 2.4, 1.3, 0.8)
    tolerances: tuple[float, ...] = (0.0, 0.045, 0.04, 0.035, 0.035)
    thickness_mm: tuple[float, ...] = (0.034, 0.036, 0.032, 0.023, 0.017)
    follow: tuple[float, ...] = (0.15, 0.2, 0.3, 0.45, 0.6)
    impasto_mm: float = 0.25
    highest_mm: float = 0.45
    weave_mm: float = 0.07
    thread_mm: float = 0.85
    streaks: float = 0.11
    sheen: float = 0.7
    gloss: float = 0.10
    grime: float = 2.5

    def brushes(self) -> Iterator[tuple[Brush, float]]:
        """The brush of each layer and the colour difference it leaves to stand."""
        for layer, (width_mm, tolerance, thick, follow) in enumerate(
                zip(self.widths_mm, self.tolerances, self.thickness_mm, self.follow, strict=True)):
            width = max(width_mm / self.pitch_mm, _NARROWEST_PX)
            yield Brush(float(width), float(thick), float(follow), float(self.streaks), float(self.impasto_mm),
                        _LONGEST[min(layer, len(_LONGEST) - 1)]), tolerance

    def finest_brush(self) -> Brush:
        """The brush for eyes: as narrow as strokes can be, thin paint, true to the colours below."""
        return Brush(_NARROWEST_PX, float(self.thickness_mm[-1]) * 0.6, _FINEST_FOLLOW, 0.0,
                     float(self.impasto_mm), _LONGEST[-1])


def paint_strokes(reference: Float[np.ndarray, "H W 3"], *, seed: int, settings: StrokeSettings | None = None,
                  direction: Float[np.ndarray, "H W"] | None = None, certainty: Float[np.ndarray, "H W"] | None = None,
                  detail: Float[np.ndarray, "H W"] | None = None, loading: Float[np.ndarray, "H W"] | None = None,
                  finest: Bool[np.ndarray, "H W"] | None = None,
                  ground: tuple[float, float, float] = (0.36, 0.27, 0.18), progress: Progress | None = None,
                  ) -> tuple[Float32[np.ndarray, "H W 3"], Float32[np.ndarray, "H W"]]:
    """Paint a reference picture in oil.

    Parameters
    ----------
    reference : (H, W, 3) float32
        sRGB in [0, 1].
    seed : int
        Another seed gives other strokes.
    settings : StrokeSettings, optional
        Brushes and canvas; the practice painter's own if left out.
    direction, certainty : (H, W) float, optional
        Where strokes should run (radians) and how much that counts against the reference's own edges.
    detail : (H, W) float in [0, 1], optional
        How finely to work: the fine brushes keep out of places near 0. All 1 if left out.
    loading : (H, W) float, optional
        How loaded the brush is, 1 as usual, from about 1.5 impasto.
    finest : (H, W) bool, optional
        Where the painter comes back at last with the finest brush of all, as for eyes.
    ground : (3,)
        Colour of the primed canvas.
    progress : callable(done, total), optional
        Called after each layer.

    Returns
    -------
    colour : (H, W, 3) float32, sRGB in [0, 1]
    height_mm : (H, W) float32, above the valleys of the bare canvas.

    Raises
    ------
    ShapeError
        If the reference is no finite colour picture.
    """
    settings = settings or StrokeSettings()
    reference = np.ascontiguousarray(reference, np.float32)
    if reference.ndim != 3 or reference.shape[2] != 3 or not np.isfinite(reference).all():
        raise ShapeError(f"reference must be finite (H, W, 3) colour, got {reference.shape}")
    shape = reference.shape[:2]
    seed = int(seed) & 0x7FFFFFFFFFFFFFFF
    detail = np.ones(shape, np.float32) if detail is None else np.asarray(detail, np.float32)
    loading = np.ones(shape, np.float32) if loading is None else np.ascontiguousarray(loading, np.float32)
    surface = _primed(shape, settings, ground, seed)
    brushes = list(settings.brushes())
    layers = [(brush, _tolerance(tolerance, detail, layer, len(brushes))) for layer, (brush, tolerance) in enumerate(brushes)]
    if finest is not None and finest.any():
        layers.append((settings.finest_brush(), np.where(finest, np.float32(_FINEST_TOLERANCE), KEEP_OUT)))
    for layer, (brush, allowed) in enumerate(layers):
        blurred = cv2.GaussianBlur(reference, (0, 0), max(_BLUR[0] * brush.width_px, _BLUR[1]))
        turn_x, turn_y = stroke_field(blurred, brush.width_px, direction, certainty)
        spacing = max(_SPACING[0], _SPACING[1] * brush.width_px)
        down, across = (int(np.ceil(count / spacing)) for count in shape)
        order = np.random.default_rng([seed, layer]).permutation(across * down)
        paint_layer(surface, Guide(blurred, turn_x, turn_y, allowed, loading), brush, Grid(across, float(spacing)), order,
                    seed, layer)
        if progress:
            progress(layer + 1, len(layers))
    return _lit(surface, settings)


def _primed(shape, settings, ground, seed):
    """The bare canvas (a `Surface`): primed in one colour, a little darker between the threads."""
    weave = painters_weave(*shape, settings.thread_mm / settings.pitch_mm, seed)
    colour = np.empty((*shape, 3), np.float32)
    colour[:] = ground
    colour *= (0.94 + 0.08 * weave)[..., None]
    return Surface(colour, np.zeros(shape, np.float32), weave)


def _tolerance(tolerance, detail, layer, layers):
    """(H, W) float32: the colour difference a layer leaves to stand; KEEP_OUT where it is too fine for the place."""
    allowed = np.full(detail.shape, tolerance, np.float32)
    if layer:
        fineness = layer / max(layers - 1, 1)
        allowed *= 1 + _CARELESS * (1 - detail)
        allowed[detail < fineness - _DETAIL_MARGIN] = KEEP_OUT
    return allowed


def stroke_field(reference: Float[np.ndarray, "H W 3"], width_px: float, direction: Float[np.ndarray, "H W"] | None = None,
                 certainty: Float[np.ndarray, "H W"] | None = None,
                 ) -> tuple[Float32[np.ndarray, "H W"], Float32[np.ndarray, "H W"]]:
    """Where strokes of a width run: unit vectors times how sure, as two (H, W) float32 arrays (x, y).

    Along the edges of the reference (the lesser eigenvector of its structure tensor), unless `direction` says otherwise.

    Parameters
    ----------
    reference : (H, W, 3) float, sRGB
    width_px : float
        Of the brush; the field is as smooth as that.
    direction : (H, W) float, optional
        Where strokes should run, radians, 0 along x.
    certainty : (H, W) float in [0, 1], optional
        How much `direction` counts; 1 if left out.

    Returns
    -------
    turn_x, turn_y : (H, W) float32
    """
    cos2, sin2, sure = _edge_field(reference, width_px)
    angle = 0.5 * np.arctan2(sin2, cos2)
    if direction is not None:
        direction = np.asarray(direction, np.float32)
        given = np.float32(1.0) if certainty is None else np.asarray(certainty, np.float32)
        weight = given / (given + (1 - given) * sure + 1e-6)
        cos2 = weight * np.cos(2 * direction) + (1 - weight) * np.cos(2 * angle)
        sin2 = weight * np.sin(2 * direction) + (1 - weight) * np.sin(2 * angle)
        angle = 0.5 * np.arctan2(sin2, cos2)
        sure = np.maximum(sure, given)
    sure = np.clip(sure, _LEAST_SURE, 1.0)
    return (np.cos(angle) * sure).astype(np.float32), (np.sin(angle) * sure).astype(np.float32)


def _edge_field(reference, width_px):
    """Cosine and sine (with one length) of twice the direction along edges, and how sure it is, from 0 to 1."""
    grey = cv2.cvtColor(np.ascontiguousarray(reference, np.float32), cv2.COLOR_RGB2GRAY)
    gx, gy = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    xx, xy, yy = (_wide_blur(a, max(1.0, _FIELD_BLUR * width_px)) for a in (gx * gx, gx * gy, gy * gy))
    # Doubled angles: directions may be averaged there.
    cos2, sin2 = yy - xx, -2 * xy
    cos2 = cos2 + np.float32(_HAND_WEIGHT * np.cos(2 * _HAND_RAD))
    sin2 = sin2 + np.float32(_HAND_WEIGHT * np.sin(2 * _HAND_RAD))
    return cos2, sin2, np.hypot(cos2, sin2) / (xx + yy + _EDGE_FLOOR)


def _wide_blur(picture, sigma_px):
    """Gaussian blur; a wide one on a quarter of the rows and columns, which nobody can tell."""
    if sigma_px < _WIDE_BLUR_PX:
        return cv2.GaussianBlur(picture, (0, 0), sigma_px)
    rows, columns = picture.shape
    small = cv2.resize(picture, (max(columns // 4, 1), max(rows // 4, 1)), interpolation=cv2.INTER_AREA)
    return cv2.resize(cv2.GaussianBlur(small, (0, 0), sigma_px / 4), (columns, rows), interpolation=cv2.INTER_LINEAR)


def _lit(surface, settings):
    """Colour and height in mm of the finished picture: canvas below the paint, and the light of the studio on it, a little
    from the upper left, as in a photograph.

    Paint sags: however often the brush comes back, it piles up to `highest_mm` and no more.
    """
    paint = settings.highest_mm * np.tanh(surface.paint_mm / settings.highest_mm)
    height = paint + settings.weave_mm * surface.weave * (_WEAVE_LEFT + (1 - _WEAVE_LEFT) * np.exp(-paint / _THIN_MM))
    slope_y, slope_x = np.gradient(height / settings.pitch_mm)
    towards = 0.6 * slope_x + 0.8 * slope_y  # slopes that rise to the lower right face the upper left
    furrow = height - cv2.GaussianBlur(height, (0, 0), _FURROW_PX)
    light = 1 + settings.sheen * towards + settings.grime * np.clip(furrow, *_FURROW_MM)
    gloss = settings.gloss * np.clip(towards, -_GLOSS_SLOPE, _GLOSS_SLOPE)
    colour = surface.colour * np.clip(light, *_LIGHT)[..., None] + gloss[..., None]
    return np.clip(colour, 0, 1).astype(np.float32), height.astype(np.float32)
