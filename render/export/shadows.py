"""Cast shadows on a relief, by open3d's RaycastingScene (Embree)."""

from typing import Any

import cv2
import numpy as np
from jaxtyping import Float, Float32, Float64

from render.export.mesh import mesh_height
from render.relief.relief import check_height

_TOLERANCE = 0.01           # of the relief's spread: how far the mesh that casts shadows may be off
_MOST_TRIANGLES = 1_500_000  # of that mesh; 1 GB of memory together with the rays
_MOST_PLACES = 1_500_000     # from which rays start
_RAYS_AT_ONCE = 500_000
# Embree reckons in single precision: nearer to the surface than this, it would find the surface in its own shadow.
_LIFT_PITCHES, _LIFT_EXTENTS = 0.03, 1e-5


class Shadows:
    """Shadow rays against a mesh of the relief.

    The mesh is simplified to a fraction of the relief's roughness, and rays start on at most 1.5 million places, so memory
    stays within about 1 GB; lamp, mesh and rays are fixed, so the same relief gives the same shadows.
    """

    def __init__(self, z_mm: Float[np.ndarray, "H W"], pitch_mm: float) -> None:
        z = check_height(z_mm)
        self.shape = z.shape
        self.scene: Any = None    # stays None where the relief is flat: nothing casts a shadow
        tolerance = _TOLERANCE * float(z.std())
        if tolerance == 0:
            return
        surface = mesh_height(z, pitch_mm, max_error_mm=tolerance)
        if len(surface.triangles) > _MOST_TRIANGLES:
            step = np.sqrt(len(surface.triangles) / _MOST_TRIANGLES)
            z = cv2.resize(z, None, fx=1 / step, fy=1 / step, interpolation=cv2.INTER_AREA)
            surface = mesh_height(z, pitch_mm * self.shape[1] / z.shape[1], max_error_mm=tolerance)
        import open3d as o3d  # takes seconds to load
        self.scene = o3d.t.geometry.RaycastingScene(nthreads=1)
        self.scene.add_triangles(o3d.core.Tensor(surface.vertices), o3d.core.Tensor(surface.triangles.astype(np.uint32)))
        self._place_rays(z, pitch_mm, tolerance)

    def _place_rays(self, z: Float32[np.ndarray, "h w"], pitch_mm: float, tolerance: float) -> None:
        """Where rays start: just above the surface, on a grid."""
        step = int(np.ceil(np.sqrt(z.size / _MOST_PLACES)))
        rows, columns = np.arange(step // 2, z.shape[0], step), np.arange(step // 2, z.shape[1], step)
        height_mm, width_mm = (count * pitch_mm for count in self.shape)
        x, y = np.meshgrid(columns * (width_mm / (z.shape[1] - 1)), (z.shape[0] - 1 - rows) * (height_mm / (z.shape[0] - 1)))
        lift = np.float32(2 * tolerance + _LIFT_PITCHES * pitch_mm + _LIFT_EXTENTS * max(height_mm, width_mm))
        self.grid = x.shape
        self.starts = np.stack([x, y, z[np.ix_(rows, columns)] + lift], -1).reshape(-1, 3).astype(np.float32)

    def lit_share(self, azimuth_deg: float, elevation_deg: float, *,
                  softness_deg: float = 2.5) -> Float32[np.ndarray, "H W"]:
        """Share of a small lamp that each texel sees: 1 lit, 0 in cast shadow.

        Parameters
        ----------
        azimuth_deg, elevation_deg : float
            Where the lamp stands: 0 is right, 90 above the picture; degrees above the picture's plane.
        softness_deg : float
            Radius of the lamp: it is seen at its middle and at four places on its edge.
        """
        if self.scene is None:
            return np.ones(self.shape, np.float32)
        lower = -min(softness_deg, elevation_deg / 2)
        lamps = [direction(azimuth_deg + turn, elevation_deg + rise) for turn, rise in
                 ((0, 0), (softness_deg, 0), (-softness_deg, 0), (0, softness_deg), (0, lower))]
        share = np.zeros(len(self.starts), np.float32)
        for lamp in lamps:
            for start in range(0, len(self.starts), _RAYS_AT_ONCE):
                share[start:start + _RAYS_AT_ONCE] += ~self._hidden(self.starts[start:start + _RAYS_AT_ONCE], lamp)
        share = (share / len(lamps)).reshape(self.grid)
        return share if share.shape == self.shape else cv2.resize(share, self.shape[::-1], interpolation=cv2.INTER_LINEAR)

    def _hidden(self, starts: Float32[np.ndarray, "N 3"], towards: Float64[np.ndarray, "3"]) -> np.ndarray:
        """(N,) bool: whether something stands between each place and the lamp."""
        import open3d as o3d  # takes seconds to load
        rays = np.hstack([starts, np.broadcast_to(towards.astype(np.float32), starts.shape)])
        return self.scene.test_occlusions(o3d.core.Tensor(rays), nthreads=1).numpy()


def direction(azimuth_deg: float, elevation_deg: float) -> Float64[np.ndarray, "3"]:
    """Unit vector towards the lamp (x right, y up, z to the viewer)."""
    turn, rise = np.radians([azimuth_deg, elevation_deg])
    return np.array([np.cos(turn) * np.cos(rise), np.sin(turn) * np.cos(rise), np.sin(rise)])
