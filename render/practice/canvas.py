"""The sheet on which an imaginary sitter is laid out before painting: colour, parts and how strokes should run.

Lengths are in eye units (the frame's outer eye distance), from the middle between the eyes, x to the viewer's right and
y down, so that one description of a collar serves every size of picture.
"""

import cv2
import numpy as np


class Canvas:
    """Layers laid one over another.

    `colour` (H, W, 3) float32 sRGB; `parts` (H, W) uint8; `direction` (radians) and `certainty` of strokes, `detail` and
    `loading` as `render.practice.strokes.paint_strokes` wants them. `light` is a unit vector towards the light (x, y, z).
    """

    def __init__(self, frame, light):
        width, height = frame.size_px
        self.unit = frame.eye_distance_px
        self.centre = np.array([frame.eye_centre[0] * width, frame.eye_centre[1] * height])
        self.light = np.asarray(light, np.float64) / np.linalg.norm(light)
        self.colour = np.zeros((height, width, 3), np.float32)
        self.parts = np.zeros((height, width), np.uint8)
        self.direction = np.zeros((height, width), np.float32)
        self.certainty = np.zeros((height, width), np.float32)
        self.detail = np.full((height, width), 0.25, np.float32)
        self.loading = np.ones((height, width), np.float32)
        y, x = np.mgrid[:height, :width].astype(np.float32)
        self.x, self.y = (x - self.centre[0]) / self.unit, (y - self.centre[1]) / self.unit

    @property
    def bottom(self):
        return float(self.y[-1, 0])

    @property
    def edges(self):
        return float(self.x[0, 0]), float(self.x[0, -1])

    def to_units(self, points_xy):
        return (np.asarray(points_xy, np.float64) - self.centre) / self.unit

    def mask(self, points, *, rounded=3, soft=0.012):
        """(H, W) float32 coverage of a closed outline in eye units, corners cut `rounded` times, edges `soft` units."""
        points = chaikin(points, rounded) * self.unit + self.centre
        mask = np.zeros(self.parts.shape, np.uint8)
        cv2.fillPoly(mask, [np.round(points * 16).astype(np.int32)], 255, cv2.LINE_AA, shift=4)
        return self.blur(mask.astype(np.float32) / 255, soft)

    def line(self, points, width, *, soft=0.008, taper=True, rounded=2):
        """(H, W) float32 coverage of an open stroke of a pencil, thin at both ends."""
        points = chaikin(points, rounded, closed=False)
        along = np.linspace(0, 1, len(points))
        wide = width * (0.35 + 0.65 * np.sin(np.pi * along) ** 0.7) if taper else np.full(len(points), width)
        normal = np.gradient(points, axis=0)[:, ::-1] * [-1, 1]
        normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-9
        offset = normal * wide[:, None] / 2
        return self.mask(np.vstack([points + offset, (points - offset)[::-1]]), rounded=0, soft=soft)

    def blur(self, picture, units):
        sigma = units * self.unit
        picture = np.float32(picture)
        if sigma < 0.2:
            return picture
        if sigma < 12:
            return cv2.GaussianBlur(picture, (0, 0), sigma)
        height, width = picture.shape[:2]  # wide blurs on a quarter of the texels
        small = cv2.resize(picture, (width // 4, height // 4), interpolation=cv2.INTER_AREA)
        small = cv2.GaussianBlur(small, (0, 0), sigma / 4).reshape(height // 4, width // 4, *picture.shape[2:])
        return cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)

    def lay(self, mask, colour, part=None, *, direction=None, certainty=0.0, detail=None, loading=None):
        """Put a layer over what is there; `part` is written where the mask covers at least half."""
        window = _window(mask)
        if window is None:
            return
        cover, solid = mask[window], mask[window] >= 0.5

        def here(values):
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

    def darken(self, mask, amount, tint=(0.75, 0.62, 0.55)):
        """Glaze a shadow: multiply towards a warm dark."""
        window = _window(mask)
        if window is not None:
            strength = (mask[window] * np.float32(amount))[..., None]
            self.colour[window] *= 1 - strength * (1 - np.asarray(tint, np.float32) * 0.35)

    def lit(self, height_units):
        """Shading in about [0, 1] of a surface z(x, y) in eye units under the light; 0.5 is a surface seen flat on."""
        dy, dx = np.gradient(height_units * self.unit)
        norm = np.sqrt(1 + dx * dx + dy * dy)
        x, y, z = self.light
        return np.clip(0.5 + 0.75 * ((-dx * x - dy * y + z) / norm - z), 0, 1.3).astype(np.float32)

    def inflated(self, mask, depth):
        """A pillow over a mask: z in eye units that rises as a quarter ellipse over `depth` units from the rim."""
        distance = cv2.distanceTransform((mask > 0.5).astype(np.uint8), cv2.DIST_L2, 5) / self.unit
        inner = np.clip(1 - distance / depth, 0, 1)
        return self.blur((np.sqrt(1 - inner ** 2 + 1e-6) * depth * 0.8).astype(np.float32), 0.05)


def _window(mask):
    """Rows and columns a mask touches, as two slices; None where it touches nothing."""
    rows, columns = np.flatnonzero(mask.max(1) > 1e-3), np.flatnonzero(mask.max(0) > 1e-3)
    return None if not len(rows) else (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))


def ramp(shade, base, *, dark=0.22, light=1.5, sheen=0.06, warmth=(0.05, 0.03, 0.015)):
    """Shade to colour as painters mix it: a warm dark, the body colour, a light with some white. (H, W, 3)."""
    base, shade = np.asarray(base, np.float32), np.asarray(shade, np.float32)
    low = base * dark + np.asarray(warmth, np.float32) * 0.6
    high = np.clip(base * light + sheen, 0, 1)
    s = np.clip(shade, 0, 1)[..., None]
    rise = np.clip(s / np.float32(0.55), 0, 1) ** np.float32(1.1)
    top = np.clip((s - np.float32(0.55)) / np.float32(0.45), 0, 1) ** np.float32(1.6)
    return low + (base - low) * rise + (high - base).astype(np.float32) * top


def chaikin(points, times, *, closed=True):
    """An outline with its corners cut (Chaikin 1974)."""
    points = np.asarray(points, np.float64)
    for _ in range(times):
        after = np.roll(points, -1, axis=0)
        cut = np.stack([0.75 * points + 0.25 * after, 0.25 * points + 0.75 * after], 1)
        if closed:
            points = cut.reshape(-1, 2)
        else:
            points = np.vstack([points[:1], cut[:-1].reshape(-1, 2), points[-1:]])
    return points
