"""Canvas: plain weaves, each thread over and under its neighbours.

Three weaves stand here side by side, because the pictures made with each must stay what they are: `painters_weave` is
what the practice master paints on, `canvas_weave` the height laid below a relief, `weave_at` the same cloth computed
texel by texel for prints of any size, where no whole picture fits in memory.
"""

import cv2
import numba
import numpy as np
from jaxtyping import Float32

from render.imaging.noise import cell_noise, cell_value, node_noise
from render.imaging.pitch import check_pitch
from render.imaging.scalars import Real, Whole

# Median of the thread spacing in eight measured samples of painted canvas, 0.57 to 0.65 mm (`models.topography`).
WEAVE_PERIOD_MM = 0.61
WEAVE_DEPTH_MM = 0.035
# Texels a thread: with fewer than the first a weave is stripes, from the second on it is shown in full.
_STRIPES_BELOW, _SHOWN_FROM = 3.5, 6.0
_SWELL_MM, _WANDER_MM = 30.0, 6.0       # wavelengths in which a canvas is not flat, and its threads not straight
_WANDER = 0.18                          # how far they wander, in periods, standard deviation
_PAINTERS_WANDER = 0.5                     # the same of the practice master's canvas
_SLUBS = (0.75, 1.25)                   # thickness of threads


def painters_weave(height_px: int, width_px: int, thread_px: float, seed: int) -> Float32[np.ndarray, "H W"]:
    """A plain weave with uneven threads.

    Parameters
    ----------
    height_px, width_px : int
    thread_px : float
        From thread to thread.
    seed : int, 0 or more

    Returns
    -------
    (H, W) float32
        From 0 to 1, on top of the thickest threads.
    """
    rng = np.random.default_rng([seed, 77])
    y, x = np.mgrid[:height_px, :width_px].astype(np.float32)
    drift = [cv2.resize(rng.standard_normal((7, 6)).astype(np.float32), (width_px, height_px),
                        interpolation=cv2.INTER_CUBIC) for _ in range(2)]
    u = (x + drift[0] * _PAINTERS_WANDER * thread_px) / thread_px * np.pi
    v = (y + drift[1] * _PAINTERS_WANDER * thread_px) / thread_px * np.pi
    warp, weft = np.abs(np.sin(u)), np.abs(np.sin(v))
    over = (np.floor(u / np.pi) + np.floor(v / np.pi)) % 2
    threads = rng.uniform(0.75, 1.0, (2, 4096)).astype(np.float32)
    warp = warp * threads[0][np.floor(u / np.pi).astype(int) % 4096]
    weft = weft * threads[1][np.floor(v / np.pi).astype(int) % 4096]
    relief = np.where(over > 0, warp * (0.55 + 0.45 * weft), weft * (0.55 + 0.45 * warp))
    return cv2.GaussianBlur(relief.astype(np.float32), (0, 0), 0.5)


def canvas_weave(shape: tuple[int, int], pitch_mm: float, *, period_mm: float = WEAVE_PERIOD_MM,
                 depth_mm: float = WEAVE_DEPTH_MM, undulation_mm: float = 0.006,
                 seed: int = 0) -> Float32[np.ndarray, "H W"]:
    """Height of a plain weave: threads over and under, no two of one thickness, the cloth not flat.

    Parameters
    ----------
    shape : (H, W)
    pitch_mm : float
        Size of a texel. The finer it is, the more of the threads is shown (`shown_weave`); where it is too coarse, only
        the undulation is left.
    period_mm, depth_mm : float
        From thread to thread, and from the top of a thread to the bottom.
    undulation_mm : float
        How far the cloth is from flat, standard deviation.
    seed : int, 0 or more

    Returns
    -------
    (H, W) float32, mm, the lowest place 0

    Raises
    ------
    UsageError
        If the pitch is not a positive length.
    """
    check_pitch(pitch_mm)
    height, width = shape
    rng = np.random.default_rng([seed, 7001])
    y, x = (np.arange(count, dtype=np.float32) * np.float32(pitch_mm) for count in shape)
    swell = node_noise(shape, pitch_mm, _SWELL_MM, rng) * np.float32(undulation_mm)
    depth_mm = depth_mm * shown_weave(pitch_mm, period_mm)
    if depth_mm == 0:
        return np.ascontiguousarray(swell - swell.min(), np.float32)
    wander_x, wander_y = (node_noise(shape, pitch_mm, _WANDER_MM, rng) * np.float32(_WANDER * period_mm) for _ in range(2))
    u = (x[None] + wander_x) * np.float32(np.pi / period_mm)
    v = (y[:, None] + wander_y) * np.float32(np.pi / period_mm)
    # Warp passes over weft where sin u and sin v agree in sign; each thread is round.
    crossing = np.sin(u) * np.sin(v)
    warp, weft = np.abs(np.sin(u)) * (1 + crossing), np.abs(np.sin(v)) * (1 - crossing)
    # Slubs: threads differ in thickness and keep it along their length.
    threads = [np.arange(0, count + period_mm / pitch_mm, period_mm / pitch_mm) for count in (width, height)]
    thick_x, thick_y = (np.interp(np.arange(count), at, rng.uniform(*_SLUBS, len(at)))
                        for count, at in zip((width, height), threads))
    cloth = np.maximum(warp * thick_x[None], weft * thick_y[:, None]).astype(np.float32) * np.float32(0.5)
    cloth = cloth * np.float32(depth_mm) + swell
    return np.ascontiguousarray(cloth - cloth.min(), np.float32)


def shown_weave(pitch_mm: float, period_mm: float = WEAVE_PERIOD_MM) -> float:
    """Share of a weave's depth to show at a pitch: none at 3.5 texels a thread, where it would be stripes, all at 6."""
    return float(np.clip((period_mm / pitch_mm - _STRIPES_BELOW) / (_SHOWN_FROM - _STRIPES_BELOW), 0, 1))


@numba.njit(cache=True, inline="always")
def weave_at(row: Whole, column: Whole, thread_px: Real, seed: np.uint64) -> Real:
    """Height in [0, 1] of one texel of a plain weave whose threads wander and differ in thickness.

    Parameters
    ----------
    row, column : int
        Of the texel.
    thread_px : float32
        From thread to thread.
    seed : uint64
    """
    wander_y = 1.3 * cell_noise(seed, 900, row / (14 * thread_px), column / (40 * thread_px))
    wander_x = 1.3 * cell_noise(seed, 901, row / (40 * thread_px), column / (14 * thread_px))
    u, v = column / thread_px + wander_x, row / thread_px + wander_y
    thick_u = 0.8 + 0.2 * cell_value(seed, 902, np.int64(np.floor(u)), 0)
    thick_v = 0.8 + 0.2 * cell_value(seed, 903, 0, np.int64(np.floor(v)))
    su, sv = np.sin(u * np.pi), np.sin(v * np.pi)
    return np.float32(max(abs(su) * (1 + su * sv) * thick_u, abs(sv) * (1 - su * sv) * thick_v) * 0.5)
