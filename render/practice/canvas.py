"""The canvas on which an imaginary sitter is laid out before it is painted: colour, parts and how strokes should run.

Lengths are in eye units (the frame's outer eye distance), from the middle between the eyes, x to the viewer's right and
y down, so that one description of a collar serves every size of picture.
"""

import cv2
import numpy as np
from jaxtyping import Bool, Float, Float32
from numpy.typing import ArrayLike

from data.parts import Part
from models.alignment import Frame

_FIRST_DETAIL = 0.25        # share of the finest brush that an empty canvas asks for
_EDGE = 0.5                 # a layer owns a texel that it covers at least so far
_SEEN = 1e-3                # cover below this is nothing
_SUBTEXELS = 4              # bits of a texel to which outlines are drawn
_NO_BLUR_PX = 0.2           # sigma below which a blur is left out
_WIDE_BLUR_PX = 12          # from this sigma on, blurs are made on a quarter of the rows and columns
_POINT = (0.35, 0.7)        # of a tapered line: width of its ends as a share, and how fast it grows (a power)
_FLAT_SHADE = 0.5           # shade of a surface seen flat on
_CONTRAST = 0.75            # shade for one unit of the cosine between the surface and the light
_BRIGHTEST = 1.3            # highest shade
_PILLOW_SHARE = 0.8         # height of a pillow as a share of its depth
_PILLOW_SOFT = 0.05         # blur of a pillow, eye units
_SHADOW_DEPTH = 0.35        # in full shadow a colour is multiplied by this share of the tint
_SHADOW_TINT = (0.75, 0.62, 0.55)
_SPOT_REACH = 3.3            # radii at which a spot has faded to nothing
_SATURATED = 30             # beyond this many widths a soft step is 0 or 1 anyway; keeps exp() finite


class Canvas:
    """Layers laid one over another.

    `colour` (H, W, 3) float32 sRGB; `parts` (H, W) uint8; `direction` (radians) and `certainty` of strokes, `detail`,
    `loading` and `finest` as `render.practice.strokes.paint_strokes` wants them. `light` is a unit vector towards the light
    (x, y, z), `x` and `y` (H, W) float32 are where every texel lies in eye units, `unit` is one of them in texels.
    """

    def __init__(self, frame: Frame, light: ArrayLike) -> None:
        width, height = frame.size_px
        self.unit = frame.eye_distance_px
        self.centre = np.array([frame.eye_centre[0] * width, frame.eye_centre[1] * height])
        self.light = np.asarray(light, np.float64) / np.linalg.norm(light)
        self.colour = np.zeros((height, width, 3), np.float32)
        self.parts = np.zeros((height, width), np.uint8)
        self.direction = np.zeros((height, width), np.float32)
        self.certainty = np.zeros((height, width), np.float32)
        self.detail = np.full((height, width), _FIRST_DETAIL, np.float32)
        self.loading = np.ones((height, width), np.float32)
        self.finest = np.zeros((height, width), bool)
        y, x = np.mgrid[:height, :width].astype(np.float32)
        self.x, self.y = (x - self.centre[0]) / self.unit, (y - self.centre[1]) / self.unit

    @property
    def bottom(self) -> float:
        """y of the lowest row in eye units."""
        return float(self.y[-1, 0])

    @property
    def edges(self) -> tuple[float, float]:
        """x of the first and the last column in eye units."""
        return float(self.x[0, 0]), float(self.x[0, -1])

    def shows(self, *parts: Part) -> Bool[np.ndarray, "H W"]:
        """Where the canvas shows one of these parts so far."""
        return np.isin(self.parts, parts)

    def to_units(self, points_xy: ArrayLike) -> Float[np.ndarray, "N 2"]:
        """(N, 2) points in texels, in eye units."""
        return (np.asarray(points_xy, np.float64) - self.centre) / self.unit

    def mask(self, points: ArrayLike, *, rounded: int = 3, soft: float = 0.012) -> Float32[np.ndarray, "H W"]:
        """Coverage in [0, 1] of a closed outline.

        Parameters
        ----------
        points : (N, 2) float
            The outline in eye units.
        rounded : int
            How often its corners are cut.
        soft : float
            Sigma of its edge in eye units.
        """
        points = chaikin(points, rounded) * self.unit + self.centre
        mask = np.zeros(self.parts.shape, np.uint8)
        cv2.fillPoly(mask, [np.round(points * 2 ** _SUBTEXELS).astype(np.int32)], 255, cv2.LINE_AA, shift=_SUBTEXELS)
        return self.blur(mask.astype(np.float32) / 255, soft)

    def line(self, points: ArrayLike, width: float, *, soft: float = 0.008, taper: bool = True,
             rounded: int = 2) -> Float32[np.ndarray, "H W"]:
        """Coverage in [0, 1] of an open line.

        Parameters
        ----------
        points : (N, 2) float
            The line in eye units.
        width, soft : float
            Its width and the sigma of its edge, eye units.
        taper : bool
            Thin at both ends, as a pencil draws; else of one width.
        rounded : int
            How often its corners are cut.
        """
        points = chaikin(points, rounded, closed=False)
        along = np.linspace(0, 1, len(points))
        ends, power = _POINT
        wide = width * (ends + (1 - ends) * np.sin(np.pi * along) ** power) if taper else np.full(len(points), width)
        normal = np.gradient(points, axis=0)[:, ::-1] * [-1, 1]
        normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-9
        offset = normal * wide[:, None] / 2
        return self.mask(np.vstack([points + offset, (points - offset)[::-1]]), rounded=0, soft=soft)

    def glint(self, at: ArrayLike, radius: float, offset: float = 0.0) -> Float32[np.ndarray, "H W"]:
        """A round spot that fades out, 1 in its middle.

        Parameters
        ----------
        at : (2,) float
            Where, in eye units.
        radius : float
            Where it has fallen to 1/e, eye units.
        offset : float
            Moves it up and to the left by so many eye units, to the side of the painter's usual light.
        """
        return self._spot(at, radius, offset, power=1)

    def bead(self, at: ArrayLike, radius: float) -> Float32[np.ndarray, "H W"]:
        """A round spot with a flat top and a soft rim: 1 in its middle, 1/e at `radius` eye units from `at` (x, y)."""
        return self._spot(at, radius, 0.0, power=2)

    def _spot(self, at, radius, offset, power):
        """exp(-(distance / radius) ** (2 power)) around a place, and nothing where that is nothing to speak of."""
        x, y = np.asarray(at, np.float64) - offset
        reach, spot = _SPOT_REACH * radius, np.zeros(self.parts.shape, np.float32)
        rows = slice(*np.searchsorted(self.y[:, 0], (y - reach, y + reach)))
        columns = slice(*np.searchsorted(self.x[0], (x - reach, x + reach)))
        square = (self.x[rows, columns] - x) ** 2 + (self.y[rows, columns] - y) ** 2
        spot[rows, columns] = np.exp(-(square / radius ** 2) ** power)
        return spot

    def blur(self, picture: Float[np.ndarray, "H W *C"], units: float) -> Float32[np.ndarray, "H W *C"]:
        """A picture of the canvas' size blurred by a Gaussian whose sigma is `units` eye units."""
        sigma = units * self.unit
        picture = picture.astype(np.float32)
        if sigma < _NO_BLUR_PX:
            return picture
        if sigma < _WIDE_BLUR_PX:
            return cv2.GaussianBlur(picture, (0, 0), sigma)
        height, width = picture.shape[:2]
        small = cv2.resize(picture, (width // 4, height // 4), interpolation=cv2.INTER_AREA)
        small = cv2.GaussianBlur(small, (0, 0), sigma / 4).reshape(height // 4, width // 4, *picture.shape[2:])
        return cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)

    def lay(self, mask: Float[np.ndarray, "H W"], colour: ArrayLike, part: Part | None = None, *,
            direction: Float[np.ndarray, "H W"] | None = None, certainty: float = 0.0, detail: float | None = None,
            loading: ArrayLike | None = None) -> None:
        """Put a layer over what is there.

        Parameters
        ----------
        mask : (H, W) float
            Cover in [0, 1].
        colour : (3,) or (H, W, 3) float
            sRGB.
        part : Part, optional
            Written where the mask covers at least half; None leaves the parts, and how strokes run, as they are.
        direction : (H, W) float, optional
            How strokes run there, radians; None leaves what was there.
        certainty : float
            How closely strokes follow `direction`, in [0, 1].
        detail : float, optional
            How fine a brush paints it, in [0, 1]; None leaves what was there.
        loading : float or (H, W) float, optional
            How much paint the brush carries, 1 the usual; None leaves what was there.
        """
        window = _window(mask)
        if window is None:
            return
        cover, solid = mask[window], mask[window] >= _EDGE

        def here(values: ArrayLike) -> Float32[np.ndarray, "..."]:
            values = np.asarray(values, np.float32)
            return values[window] if values.shape[:2] == mask.shape else values

        self.colour[window] += cover[..., None] * (here(colour) - self.colour[window])
        if part is not None:
            self.parts[window][solid] = part
            self.certainty[window][solid] = 0
        if direction is not None:
            self.direction[window][solid] = here(direction)[solid]
            self.certainty[window][solid] = certainty
        if detail is not None:
            self.detail[window] += cover * (detail - self.detail[window])
        if loading is not None:
            self.loading[window] += cover * (here(loading) - self.loading[window])

    def darken(self, mask: Float[np.ndarray, "H W"], amount: float, tint: ArrayLike = _SHADOW_TINT) -> None:
        """Glaze a shadow: multiply towards a warm dark.

        Parameters
        ----------
        mask : (H, W) float
            Where, in [0, 1].
        amount : float
            Strength in [0, 1].
        tint : (3,) float
            Colour of the glaze: in full shadow 0.35 of it is what red, green and blue are multiplied by.
        """
        window = _window(mask)
        if window is not None:
            strength = (mask[window] * np.float32(amount))[..., None]
            self.colour[window] *= 1 - strength * (1 - np.asarray(tint, np.float32) * _SHADOW_DEPTH)

    def lit(self, height_units: Float[np.ndarray, "H W"]) -> Float32[np.ndarray, "H W"]:
        """Shading in about [0, 1] of a surface z(x, y) in eye units under the light; 0.5 is a surface seen flat on."""
        dy, dx = np.gradient(height_units * self.unit)
        norm = np.sqrt(1 + dx * dx + dy * dy)
        x, y, z = self.light
        return np.clip(_FLAT_SHADE + _CONTRAST * ((-dx * x - dy * y + z) / norm - z), 0, _BRIGHTEST).astype(np.float32)

    def inflated(self, mask: Float[np.ndarray, "H W"], depth: float) -> Float32[np.ndarray, "H W"]:
        """A pillow over a mask: z in eye units that rises as a quarter ellipse over `depth` units from the rim."""
        distance = cv2.distanceTransform((mask > _EDGE).astype(np.uint8), cv2.DIST_L2, 5) / self.unit
        inner = np.clip(1 - distance / depth, 0, 1)
        return self.blur((np.sqrt(1 - inner ** 2 + 1e-6) * depth * _PILLOW_SHARE).astype(np.float32), _PILLOW_SOFT)

    def along_contours(self, values: Float[np.ndarray, "H W"], soft: float) -> Float32[np.ndarray, "H W"]:
        """Direction (radians) of the lines along which `values`, blurred by `soft` eye units, stay the same."""
        dy, dx = np.gradient(self.blur(values, soft))
        return np.arctan2(dx, -dy)


def _window(mask):
    """Rows and columns a mask touches, as two slices; None where it touches nothing."""
    rows, columns = np.flatnonzero(mask.max(1) > _SEEN), np.flatnonzero(mask.max(0) > _SEEN)
    return None if not len(rows) else (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))


def chaikin(points: ArrayLike, times: int, *, closed: bool = True) -> Float[np.ndarray, "N 2"]:
    """An outline with its corners cut (Chaikin 1974, doi:10.1016/0146-664X(74)90028-8).

    Parameters
    ----------
    points : (N, 2) float
    times : int
        Every time, all corners are cut and the number of points doubles.
    closed : bool
        Whether the last point is joined to the first; an open line keeps its ends.
    """
    points = np.asarray(points, np.float64)
    for _ in range(times):
        after = np.roll(points, -1, axis=0)
        cut = np.stack([0.75 * points + 0.25 * after, 0.25 * points + 0.75 * after], 1)
        if closed:
            points = cut.reshape(-1, points.shape[1])
        else:
            points = np.vstack([points[:1], cut[:-1].reshape(-1, points.shape[1]), points[-1:]])
    return points


def soft_step(values: Float[np.ndarray, "H W"], width: float) -> Float[np.ndarray, "H W"]:
    """From 0 where `values` are far below 0 to 1 where they are far above it, in the dtype of `values`."""
    return 1 / (1 + np.exp(-np.clip(values / width, -_SATURATED, _SATURATED)))
