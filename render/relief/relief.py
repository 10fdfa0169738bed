"""Relief: height that travels with the paint, canvas below it, varnish and form above it.

The source map says which painting and which place every texel of the new picture was copied from; the height of those
very strokes comes along. Where two copied pieces meet, heights are not cross-faded, which would cut strokes short, but
reconciled in the gradient domain: each side keeps its slopes and a screened Poisson equation finds the surface that has
them (Perez et al. 2003, doi:10.1145/882262.882269; screened: Bhat et al. 2008, doi:10.1007/978-3-540-88688-4_9).
"""

from dataclasses import dataclass, field
from enum import IntEnum

import cv2
import numpy as np

from data.errors import ShapeError, UsageError
from data.parts import Part

# Median of the thread spacing in eight measured samples of painted canvas, 0.57 to 0.65 mm (`models.topography`).
WEAVE_PERIOD_MM = 0.61
WEAVE_DEPTH_MM = 0.035
SEAM_REACH_TEXELS = 24.0


class Origin(IntEnum):
    """Where a texel's height comes from."""

    MEASURED = 1    # a registered height scan, copied together with its neighbours: slopes as measured
    CARRIED = 2     # a registered height scan, but on a seam between copies, where slopes were reconciled
    INFERRED = 3    # the relief model's reading of the colour


@dataclass(frozen=True, eq=False)
class Relief:
    """Height above the base of the print.

    `z_mm` is (H, W) float32, at least 0, row 0 at the top edge; `pitch_mm` the size of a texel, a cell, so that the
    print is exactly W x pitch_mm wide; `origin` (H, W) uint8 of `Origin`; `provenance` says how it was made.
    """

    z_mm: np.ndarray
    pitch_mm: float
    origin: np.ndarray
    provenance: dict = field(default_factory=dict)

    def __post_init__(self):
        z = check_height(self.z_mm)
        check_pitch(self.pitch_mm)
        if z.min() < 0:
            raise ShapeError(f"height must not lie below the base (0 mm), the lowest is {z.min():.4f} mm: subtract it")
        if np.shape(self.origin) != z.shape:
            raise ShapeError(f"the origin map must be {z.shape} like the height, got {np.shape(self.origin)}")
        z = z.copy()
        z.setflags(write=False)
        object.__setattr__(self, "z_mm", z)
        object.__setattr__(self, "pitch_mm", float(self.pitch_mm))

    @property
    def relief_mm(self):
        return float(self.z_mm.max() - self.z_mm.min())

    @property
    def size_mm(self):
        """(width, height) of the print."""
        return self.z_mm.shape[1] * self.pitch_mm, self.z_mm.shape[0] * self.pitch_mm

    def shares(self):
        """Share of the texels by origin, by name in lower case."""
        return {origin.name.lower(): float((self.origin == origin).mean()) for origin in Origin}

    def scaled_to(self, relief_mm):
        """The same relief, stretched in height so that highest minus lowest is `relief_mm`."""
        if not (np.isfinite(relief_mm) and relief_mm > 0):
            raise UsageError(f"a relief must be higher than 0 mm, got {relief_mm} mm: ask for 0.5 mm, for example")
        low, span = self.z_mm.min(), self.relief_mm
        if span == 0:
            raise UsageError("the height map is flat: there is nothing to stretch")
        return Relief((self.z_mm - low) * np.float32(relief_mm / span), self.pitch_mm, self.origin,
                      {**self.provenance, "stretched_to_mm": float(relief_mm)})


def check_height(z_mm):
    """The heights as (H, W) float32; ShapeError where they are not finite or too small to print."""
    z = np.asarray(z_mm, np.float32)
    if z.ndim != 2:
        raise ShapeError(f"a height map must be two-dimensional (H, W), got {z.shape}")
    if min(z.shape) < 2:
        raise ShapeError(f"a height map must be at least 2 x 2 texels, got {z.shape[1]} x {z.shape[0]}: "
                         "a strip one texel wide has no surface")
    bad = int((~np.isfinite(z)).sum())
    if bad:
        raise ShapeError(f"{bad} of {z.size} heights are not finite (NaN or infinity): fill holes of the scan first")
    return z


def check_pitch(pitch_mm):
    if not (np.isfinite(pitch_mm) and pitch_mm > 0):
        raise UsageError(f"the texel pitch must be a positive length, got {pitch_mm} mm: give --width-mm larger than 0")
    return float(pitch_mm)


def carry_height(source, exemplar_heights, *, pitch_mm, measured=None, reach_texels=SEAM_REACH_TEXELS):
    """Bring each stroke's own height along.

    Parameters
    ----------
    source : (H, W, 3) int32
        Exemplar, row and column that each texel was copied from.
    exemplar_heights : sequence of (H_k, W_k) float32
        Height of every exemplar in mm, at the resolution the source map speaks of.
    pitch_mm : float
    measured : sequence of bool, optional
        Which exemplars' heights are registered scans; the others were inferred from colour.
    reach_texels : float
        Steps of level between copies are ironed out over about this distance; finer relief is kept as it came.

    Returns
    -------
    Relief
    """
    source = np.asarray(source)
    heights = [check_height(height) for height in exemplar_heights]
    if source.ndim != 3 or source.shape[2] != 3:
        raise ShapeError(f"a source map must be (H, W, 3): exemplar, row, column; got {source.shape}")
    if source[..., 0].min() < 0 or source[..., 0].max() >= len(heights):
        raise ShapeError(f"the source map names exemplars {source[..., 0].min()} to {source[..., 0].max()}, "
                         f"but {len(heights)} height maps were given")
    look = _Lookup(heights)
    k, row, column = (source[..., i].astype(np.int64) for i in range(3))
    z = look(k, row, column)
    gx, seam_x = _slopes(look, k, row, column, 0, 1)
    gy, seam_y = _slopes(look, k, row, column, 1, 0)
    solved = screened_poisson(z, gx, gy, reach_texels=reach_texels)
    seam = np.zeros(z.shape, bool)
    seam[:, 1:] |= seam_x
    seam[:, :-1] |= seam_x
    seam[1:] |= seam_y
    seam[:-1] |= seam_y
    is_measured = np.asarray(measured if measured is not None else [False] * len(heights), bool)[k]
    origin = np.where(is_measured, np.where(seam, Origin.CARRIED, Origin.MEASURED), Origin.INFERRED).astype(np.uint8)
    solved -= min(0.0, float(solved.min()))
    return Relief(solved, pitch_mm, origin, {"reach_texels": float(reach_texels), "exemplars": len(heights)})


class _Lookup:
    """Heights of all exemplars as one flat array, read by exemplar, row and column (clipped to the exemplar)."""

    def __init__(self, heights):
        self.shapes = np.array([height.shape for height in heights], np.int64)
        self.starts = np.concatenate([[0], np.cumsum(self.shapes.prod(1))[:-1]])
        self.flat = np.concatenate([height.ravel() for height in heights])

    def __call__(self, k, row, column):
        rows, columns = self.shapes[k, 0], self.shapes[k, 1]
        return self.flat[self.starts[k] + np.clip(row, 0, rows - 1) * columns + np.clip(column, 0, columns - 1)]


def _slopes(look, k, row, column, down, right):
    """Slope from each texel to its neighbour, as the mean of what the two copies say, and where they are two copies."""
    here = (slice(None, -1 if down else None), slice(None, -1 if right else None))
    there = (slice(down, None), slice(right, None))
    ka, ra, ca, kb, rb, cb = k[here], row[here], column[here], k[there], row[there], column[there]
    forward = look(ka, ra + down, ca + right) - look(ka, ra, ca)
    backward = look(kb, rb, cb) - look(kb, rb - down, cb - right)
    seam = (ka != kb) | (ra + down != rb) | (ca + right != cb)
    return (forward + backward) * np.float32(0.5), seam


def screened_poisson(z, gx, gy, *, reach_texels):
    """The surface with slopes (gx, gy) that stays near `z` at scales larger than `reach_texels`.

    Solves (screen - laplace) f = screen z - div g with mirrored borders by a cosine transform; one thread and double
    precision, so the bytes do not depend on the machine's cores. `gx` is (H, W-1), `gy` (H-1, W).
    """
    from scipy.fft import dctn, idctn
    height, width = z.shape
    screen = (2 * np.pi / reach_texels) ** 2
    right = screen * z.astype(np.float64)
    right[:, :-1] -= gx
    right[:, 1:] += gx
    right[:-1] -= gy
    right[1:] += gy
    spectrum = dctn(right, type=2, norm="ortho", overwrite_x=True, workers=1)
    down, along = (2 - 2 * np.cos(np.pi * np.arange(count) / count) for count in (height, width))
    spectrum /= down[:, None] + along[None] + screen
    return idctn(spectrum, type=2, norm="ortho", overwrite_x=True, workers=1).astype(np.float32)


def matched(relief, topography):
    """The relief with the spectrum and distribution of measured paint in its brush band, where height was inferred.

    `topography` is a `models.topography.Topography`; measured and carried heights stay as they are.
    """
    from models.relief_bands import brush_band
    inferred = (relief.origin == Origin.INFERRED).astype(np.float32)
    if min(inferred.shape) < 24 or not inferred.any():
        return relief
    brush = brush_band(relief.z_mm)
    share = cv2.GaussianBlur(inferred, (0, 0), 3.0, borderType=cv2.BORDER_REFLECT) * inferred
    return _raised(relief, relief.z_mm + (topography.match(brush, relief.pitch_mm) - brush) * share, matched=True)


def canvas_weave(shape, pitch_mm, *, period_mm=WEAVE_PERIOD_MM, depth_mm=WEAVE_DEPTH_MM, undulation_mm=0.006, seed=0):
    """A plain weave, (H, W) float32 mm, from 0: threads over and under, no two of one thickness, the cloth not flat.

    The finer the pitch, the more of the threads is shown (`shown_weave`); below, only the undulation is left.
    """
    check_pitch(pitch_mm)
    height, width = shape
    rng = np.random.default_rng([seed, 7001])
    y, x = (np.arange(count, dtype=np.float32) * np.float32(pitch_mm) for count in shape)
    swell = _cloth_noise(shape, pitch_mm, 30.0, rng) * np.float32(undulation_mm)
    depth_mm = depth_mm * shown_weave(pitch_mm, period_mm)
    if depth_mm == 0:
        return np.ascontiguousarray(swell - swell.min(), np.float32)
    wander_x, wander_y = (_cloth_noise(shape, pitch_mm, 6.0, rng) * np.float32(0.18 * period_mm) for _ in range(2))
    u = (x[None] + wander_x) * np.float32(np.pi / period_mm)
    v = (y[:, None] + wander_y) * np.float32(np.pi / period_mm)
    # Warp passes over weft where sin u and sin v agree in sign; each thread is round.
    crossing = np.sin(u) * np.sin(v)
    warp, weft = np.abs(np.sin(u)) * (1 + crossing), np.abs(np.sin(v)) * (1 - crossing)
    # Slubs: threads differ in thickness and keep it along their length.
    threads = [np.arange(0, count + period_mm / pitch_mm, period_mm / pitch_mm) for count in (width, height)]
    thick_x, thick_y = (np.interp(np.arange(count), at, rng.uniform(0.75, 1.25, len(at)))
                        for count, at in zip((width, height), threads))
    cloth = np.maximum(warp * thick_x[None], weft * thick_y[:, None]).astype(np.float32) * np.float32(0.5)
    cloth = cloth * np.float32(depth_mm) + swell
    return np.ascontiguousarray(cloth - cloth.min(), np.float32)


def shown_weave(pitch_mm, period_mm=WEAVE_PERIOD_MM):
    """Share of a weave's depth to show at a pitch: none at 3.5 texels a thread, where it would be stripes, all at 6."""
    return float(np.clip((period_mm / pitch_mm - 3.5) / 2.5, 0, 1))


def _cloth_noise(shape, pitch_mm, wavelength_mm, rng):
    """Smooth noise of unit spread: random nodes every half wavelength, interpolated."""
    step = wavelength_mm / 2 / pitch_mm
    nodes = rng.standard_normal([int(np.ceil(count / step)) + 4 for count in shape]).astype(np.float32)
    ys, xs = (np.arange(count, dtype=np.float32) / np.float32(step) + 1 for count in shape)
    return cv2.remap(nodes, *np.meshgrid(xs, ys), cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)


def on_canvas(relief, weave_mm, *, filling_mm=0.12):
    """The relief with a canvas below: the weave shows where paint is thin and is filled where it is thick."""
    paint = relief.z_mm
    body = cv2.GaussianBlur(paint, (0, 0), 3.0, borderType=cv2.BORDER_REFLECT)
    shown = np.exp(-np.maximum(body - body.min(), 0) / np.float32(filling_mm))
    return _raised(relief, paint + np.asarray(weave_mm, np.float32) * shown, canvas=True)


def varnished(relief, *, thickness_mm=0.03, levelling_mm=0.4):
    """The relief under varnish: it pools in hollows, so that the finest relief is softened and edges are not."""
    paint = relief.z_mm
    sigma = max(0.5, levelling_mm / relief.pitch_mm)
    level = cv2.GaussianBlur(paint, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)
    film = np.clip(level - paint + thickness_mm / 2, 0, thickness_mm)
    return _raised(relief, paint + film, varnish_mm=float(thickness_mm))


def crackled(relief, *, cell_mm=4.0, width_mm=0.12, depth_mm=0.05, seed=0):
    """Age cracks: borders of the cells of jittered points, wandering, deeper where paint is thick.

    Cells: Worley 1996, doi:10.1145/237170.237267. A crack is never narrower than one texel.
    """
    height, width = relief.z_mm.shape
    rng = np.random.default_rng([seed, 7002])
    cell = max(6.0, cell_mm / relief.pitch_mm)
    rows, columns = np.arange(-cell, height + cell, cell), np.arange(-cell, width + cell, cell)
    centres = np.stack(np.meshgrid(columns, rows), -1).reshape(-1, 2)
    centres += rng.uniform(0, cell, centres.shape)
    from scipy.spatial import cKDTree
    wander = [_cloth_noise((height, width), 1.0, cell, rng) * np.float32(cell * 0.12) for _ in range(2)]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    distance, _ = cKDTree(centres).query(np.stack([x + wander[0], y + wander[1]], -1).reshape(-1, 2), k=2, workers=1)
    gap = ((distance[:, 1] - distance[:, 0]) / 2).reshape(height, width).astype(np.float32)
    half = max(0.5, width_mm / relief.pitch_mm / 2)
    groove = np.clip(1 - gap / np.float32(half * 1.5), 0, 1) * np.float32(depth_mm)
    z = relief.z_mm - np.minimum(groove, relief.z_mm)
    return _raised(relief, z, craquelure_mm=float(depth_mm))


# How far each part stands out of the picture, as a share of the sculptural height; the face has landmarks beside.
_PROUD = {Part.BACKGROUND: 0.0, Part.CLOTHING: 0.42, Part.HAIR: 0.5, Part.NECK: 0.4}
_FACE_PROUD = 0.45
# How far landmarks lie before (+) or behind the plane of the face, in outer eye distances, on a face of usual build: jaw
# from ear to chin, brow, bridge and wings of the nose, eye (outer corner, upper lid, inner corner, lower lid), lips.
_JAW, _BROW = (-0.95, -0.93, -0.9, -0.85, -0.7, -0.46, -0.2, 0.0, 0.06), (-0.3, -0.12, 0.0, 0.06, 0.08)
_DEPTHS = np.array([*_JAW, *_JAW[-2::-1], *_BROW, *_BROW[::-1], 0.06, 0.2, 0.36, 0.52, 0.18, 0.27, 0.33, 0.27, 0.18,
                    -0.26, -0.12, -0.1, -0.12, -0.14, -0.17, -0.12, -0.1, -0.12, -0.26, -0.17, -0.14,
                    0.0, 0.1, 0.19, 0.2, 0.19, 0.1, 0.0, 0.08, 0.14, 0.16, 0.14, 0.08,
                    0.0, 0.1, 0.14, 0.1, 0.0, 0.1, 0.12, 0.1])
_FORM_SIDE = 320


def sculpted(relief, parts, landmarks_xy, *, height_mm=1.5, compression=0.35):
    """A low relief of the sitter below the paint, for those who want form and not only strokes.

    Parts swell to rounded bodies; over the face a smooth surface goes through the usual depth of the landmarks; steep
    slopes, as at the outline against the background, are compressed as in a coin (Weyrich et al. 2007,
    doi:10.1145/1276377.1276417). Form is broad, so it is made on a small picture.

    Parameters
    ----------
    parts : (H, W) uint8 of `Part`
        Of any size: it is laid over the relief.
    landmarks_xy : (68, 2)
        In pixels of `parts`.
    height_mm : float
        Highest minus lowest place of the form.
    """
    from scipy.interpolate import RBFInterpolator
    parts, landmarks = np.asarray(parts), np.asarray(landmarks_xy, np.float64)
    if parts.ndim != 2 or landmarks.shape != (68, 2) or not np.isfinite(landmarks).all():
        raise ShapeError(f"a sculptural relief needs a parts map (H, W) and (68, 2) landmarks, got {parts.shape} and "
                         f"{landmarks.shape}")
    share = min(1.0, _FORM_SIDE / max(parts.shape))
    size = [max(2, round(side * share)) for side in parts.shape[::-1]]
    points = (landmarks + 0.5) * [size[0] / parts.shape[1], size[1] / parts.shape[0]] - 0.5
    small = cv2.resize(parts.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    eye = float(np.linalg.norm(points[45] - points[36]))
    inward = cv2.distanceTransform((small != Part.BACKGROUND).astype(np.uint8), cv2.DIST_L2, 5)
    bulge = np.sqrt(np.clip(inward / np.float32(1.3 * eye), 0, 1))
    form = np.select([small == part for part in _PROUD], list(_PROUD.values()), _FACE_PROUD).astype(np.float32)
    form = cv2.GaussianBlur(form * (0.35 + 0.65 * bulge), (0, 0), 0.16 * eye, borderType=cv2.BORDER_REPLICATE)
    # The forehead has no landmarks: five places above the brows stand for it.
    up = points[[19, 24]].mean(0) - points[[50, 52]].mean(0)
    up *= eye / np.linalg.norm(up)
    forehead = points[[17, 19, 27, 24, 26]] + up * 0.75
    at, depth = np.concatenate([points, forehead]), np.concatenate([_DEPTHS, [-0.62, -0.16, -0.06, -0.16, -0.62]])
    y, x = np.mgrid[:size[1], :size[0]]
    near = np.hypot(x - points[27, 0], y - points[27, 1]) < 3 * eye
    face = np.full(small.shape, -1.0)
    face[near] = RBFInterpolator(at / eye, depth, smoothing=1e-3)(np.stack([x[near], y[near]], 1) / eye)
    # The features stand out of the head; towards the ears the face goes over into it, softly and without a groove.
    inside = cv2.GaussianBlur(((small >= Part.FACE) & (small <= Part.LIPS)).astype(np.float32), (0, 0), 0.1 * eye)
    lifted = (_FACE_PROUD + 0.1 + 0.45 * np.maximum(face, -1)) * inside
    form = np.logaddexp(20 * form, 20 * lifted).astype(np.float32) / 20
    limit = np.float32(compression / eye)
    gx, gy = (np.sign(slope) * np.log1p(np.abs(slope) / limit) * limit
              for slope in (np.diff(form, axis=1), np.diff(form, axis=0)))
    form = screened_poisson(form, gx, gy, reach_texels=max(size) * 2.0)
    form = cv2.resize(form, relief.z_mm.shape[::-1], interpolation=cv2.INTER_CUBIC)
    form = (form - form.min()) / max(float(np.ptp(form)), 1e-6)
    return _raised(relief, relief.z_mm + form * np.float32(height_mm), sculpted_mm=float(height_mm))


def _raised(relief, z, **how):
    z = np.asarray(z, np.float32)
    return Relief(z - min(0.0, float(z.min())), relief.pitch_mm, relief.origin, {**relief.provenance, **how})
