"""How a relief looks before it is printed: raking light with cast shadows, and a depth-shaded view."""

import cv2
import numpy as np

from data.errors import UsageError
from render.export.mesh import mesh_height
from render.relief.relief import check_height, check_pitch

# Where the light stands, as seen by who looks at the picture; clock angles in degrees, 0 is the right, 90 the top.
SIDES = {"left": 180.0, "top": 90.0, "right": 0.0, "bottom": 270.0, "top-left": 135.0, "top-right": 45.0}
_RAYS_AT_ONCE = 500_000
_SHADOW_TEXELS = 1_500_000
_SHADOW_TRIANGLES = 1_500_000


def raking_light(z_mm, pitch_mm, rgb=None, *, azimuth_deg=135.0, elevation_deg=10.0, exaggeration=1.0, ambient=0.22,
                 gloss=0.06, shadows=None):
    """The relief under a lamp that stands low beside it.

    Parameters
    ----------
    z_mm : (H, W) float32
    pitch_mm : float
    rgb : (H, W, 3) float32 in [0, 1], optional
        sRGB of the paint; a pale plaster cast without it.
    azimuth_deg, elevation_deg : float
        Where the lamp stands: 0 is right, 90 above the picture; degrees above the picture's plane (1 to 89).
    exaggeration : float
        Heights are multiplied by this for the view.
    shadows : Shadows, optional
        Of this very relief (and exaggeration), where several lamps share them.

    Returns
    -------
    (H, W, 3) float32 sRGB in [0, 1].
    """
    z = check_height(z_mm) * np.float32(exaggeration)
    check_pitch(pitch_mm)
    if not 1 <= elevation_deg <= 89:
        raise UsageError(f"the lamp's elevation must lie between 1 and 89 degrees, got {elevation_deg}")
    towards = _direction(azimuth_deg, elevation_deg)
    gy, gx = np.gradient(z, np.float32(pitch_mm))
    length = np.sqrt(gx * gx + gy * gy + 1)
    facing = (-gx * towards[0] + gy * towards[1] + towards[2]) / length
    # Half-way between lamp and viewer, for the glint of varnish.
    half = (towards + [0, 0, 1]) / np.linalg.norm(towards + [0, 0, 1])
    glint = np.clip((-gx * half[0] + gy * half[1] + half[2]) / length, 0, 1) ** 40
    lit = (shadows or Shadows(z, pitch_mm)).lit_share(azimuth_deg, elevation_deg)
    # A flat place is as bright as the paint itself: the lamp's strength makes up for its low stand.
    light = ambient + (1 - ambient) * np.clip(facing, 0, None) / towards[2] * lit
    light = light / (1 + np.clip(light - 1, 0, None) * 0.45)
    paint = np.full((*z.shape, 3), 0.55, np.float32) if rgb is None else to_linear(np.asarray(rgb, np.float32))
    shown = paint * light[..., None] + (gloss * glint * lit)[..., None]
    return to_srgb(shown).astype(np.float32)


def visible_exaggeration(z_mm, pitch_mm, *, slope=0.14):
    """The whole number by which heights must be multiplied for the steepest twentieth of slopes to reach `slope` (8
    degrees), 1 to 20: thin paint seen from across a room tells a viewer nothing."""
    check_pitch(pitch_mm)
    gy, gx = np.gradient(check_height(z_mm), np.float32(pitch_mm))
    steep = float(np.percentile(np.hypot(gx, gy), 95))
    return float(np.clip(round(slope / max(steep, 1e-9)), 1, 20))


def raking_views(z_mm, pitch_mm, rgb=None, *, sides=("left", "top", "right", "bottom"), **settings):
    """{side: picture} of `raking_light` from several sides."""
    unknown = [side for side in sides if side not in SIDES]
    if unknown:
        raise UsageError(f"unknown side {unknown[0]!r} for the lamp: choose from {', '.join(SIDES)}")
    shadows = Shadows(check_height(z_mm) * np.float32(settings.get("exaggeration", 1.0)), pitch_mm)
    return {side: raking_light(z_mm, pitch_mm, rgb, azimuth_deg=SIDES[side], shadows=shadows, **settings)
            for side in sides}


class Shadows:
    """Shadow rays against a mesh of the relief, by open3d's RaycastingScene (Embree).

    The mesh is simplified to a fraction of the relief's roughness, and rays start on at most 1.5 million places, so memory
    stays within about 1 GB; lamp, mesh and rays are fixed, so the same relief gives the same shadows.
    """

    def __init__(self, z_mm, pitch_mm):
        import open3d as o3d
        z = check_height(z_mm)
        self.shape, self.scene = z.shape, None
        tolerance = 0.01 * float(z.std())
        if tolerance == 0:
            return
        surface = mesh_height(z, pitch_mm, max_error_mm=tolerance)
        if len(surface.triangles) > _SHADOW_TRIANGLES:
            step = np.sqrt(len(surface.triangles) / _SHADOW_TRIANGLES)
            z = cv2.resize(z, None, fx=1 / step, fy=1 / step, interpolation=cv2.INTER_AREA)
            surface = mesh_height(z, pitch_mm * self.shape[1] / z.shape[1], max_error_mm=tolerance)
        self.scene = o3d.t.geometry.RaycastingScene(nthreads=1)
        self.scene.add_triangles(o3d.core.Tensor(surface.vertices), o3d.core.Tensor(surface.triangles.astype(np.uint32)))
        step = int(np.ceil(np.sqrt(z.size / _SHADOW_TEXELS)))
        rows, columns = np.arange(step // 2, z.shape[0], step), np.arange(step // 2, z.shape[1], step)
        extent = [count * pitch_mm for count in self.shape]
        x, y = np.meshgrid(columns * (extent[1] / (z.shape[1] - 1)),
                           (z.shape[0] - 1 - rows) * (extent[0] / (z.shape[0] - 1)))
        # Embree reckons in single precision: nearer to the surface than this, it would find the surface in its own shadow.
        lift = np.float32(2 * tolerance + 0.03 * pitch_mm + 1e-5 * max(extent))
        self.places = x.shape
        self.starts = np.stack([x, y, z[np.ix_(rows, columns)] + lift], -1).reshape(-1, 3).astype(np.float32)

    def lit_share(self, azimuth_deg, elevation_deg, *, softness_deg=2.5):
        """Share of a small lamp that each texel sees, (H, W) float32: 1 lit, 0 in cast shadow."""
        import open3d as o3d
        if self.scene is None:
            return np.ones(self.shape, np.float32)
        lower = -min(softness_deg, elevation_deg / 2)
        lamps = [_direction(azimuth_deg + turn, elevation_deg + rise) for turn, rise in
                 ((0, 0), (softness_deg, 0), (-softness_deg, 0), (0, softness_deg), (0, lower))]
        share = np.zeros(len(self.starts), np.float32)
        for lamp in lamps:
            for start in range(0, len(self.starts), _RAYS_AT_ONCE):
                piece = self.starts[start:start + _RAYS_AT_ONCE]
                rays = np.hstack([piece, np.broadcast_to(lamp.astype(np.float32), piece.shape)])
                hidden = self.scene.test_occlusions(o3d.core.Tensor(rays), nthreads=1).numpy()
                share[start:start + len(piece)] += ~hidden
        share = (share / len(lamps)).reshape(self.places)
        return share if share.shape == self.shape else cv2.resize(share, self.shape[::-1], interpolation=cv2.INTER_LINEAR)


def depth_shaded(z_mm, pitch_mm):
    """Height as colour from deep blue to pale yellow, shaded from the top left so that form reads; sRGB float32."""
    z = check_height(z_mm)
    low, high = np.percentile(z, [0.5, 99.5])
    share = np.clip((z - low) / max(high - low, 1e-9), 0, 1).astype(np.float32)
    stops = np.array([[0.10, 0.13, 0.32], [0.16, 0.38, 0.50], [0.45, 0.62, 0.48], [0.86, 0.76, 0.48],
                      [0.99, 0.96, 0.86]], np.float32)
    at = np.linspace(0, 1, len(stops))
    colour = np.stack([np.interp(share, at, stops[:, i]) for i in range(3)], -1)
    gy, gx = np.gradient(z, np.float32(pitch_mm))
    steep = max(float(np.percentile(np.hypot(gx, gy), 90)), 1e-6)
    shade = np.clip(1 + 0.45 * (gx + gy) / (1.4 * steep), 0.45, 1.4)
    return np.clip(colour * shade[..., None], 0, 1).astype(np.float32)


def _direction(azimuth_deg, elevation_deg):
    """Unit vector towards the lamp (x right, y up, z to the viewer)."""
    turn, rise = np.radians([azimuth_deg, elevation_deg])
    return np.array([np.cos(turn) * np.cos(rise), np.sin(turn) * np.cos(rise), np.sin(rise)])


def to_linear(encoded):
    """sRGB values in [0, 1] to linear light (IEC 61966-2-1)."""
    return np.where(encoded <= 0.04045, encoded / 12.92, ((np.maximum(encoded, 0) + 0.055) / 1.055) ** 2.4)


def to_srgb(linear):
    """Linear light in [0, 1] to sRGB values."""
    linear = np.clip(linear, 0, 1)
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
