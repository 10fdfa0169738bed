"""Random numbers that belong to places, and the smooth noises made of them.

Two kinds stand here side by side. *Hashes* turn a seed and integers (a place, a stroke, a purpose) into a random number
without any memory, so compiled code gives the same bytes in any order and on any number of threads. *Grid noises* draw a
grid of random numbers from a generator and read it between its nodes.

Every picture that Atelier ever made depends on the exact constants, so those that were chosen apart stay apart:

- `splitmix64` and `below`: 64 random bits, a whole number; for the patch search (`render.synthesis.patchmatch`).
- `stroke_hash`, `stroke_chance` and `bristle_noise`: [0, 1) for one purpose of a stroke, the furrows of its bristles; for
  the practice painter (`render.practice.brush`).
- `cell_value` and `cell_noise`: [-1, 1) for a cell of an endless grid, smooth noise on that grid; for the strokes and the
  canvas of an enlargement (`render.enlarge`, `render.imaging.weave`).
- `octave_noise`: [0, 1], several octaves over any coordinates; for what the practice painter paints (`render.practice`).
- `node_noise`: unit spread, one wavelength in mm; for the canvas and the cracks of a relief (`render.imaging.weave`,
  `render.relief`).
"""

import cv2
import numba
import numpy as np
from jaxtyping import Float32
from numpy.typing import ArrayLike

from render.imaging.scalars import Real, Whole

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)     # 2^64 over the golden ratio: steps of it visit all of 2^64 evenly
_FIRST = np.uint64(0xBF58476D1CE4E5B9)      # the two multipliers of SplitMix64
_SECOND = np.uint64(0x94D049BB133111EB)
_LAYER_STEP = np.uint64(0xD1B54A32D192ED03)  # odd numbers with no pattern in their bits, to keep several inputs apart
_PURPOSE_STEP = np.uint64(0x8CB92BA72F3D8DD7)
_FLOAT_STEPS = 16777216.0                    # 2^24: as many numbers as float32 tells apart in [0.5, 1) twice over
_BRISTLES = 1000                            # purposes from here on are the nodes of `bristle_noise`
_CELLS_BEFORE_0 = 1048576                   # 2^20: cells of an endless grid may have negative numbers as far as that
_NODES = 128                                # side of the wrapped grid of `octave_noise`
_SPREAD = 1.25                              # sums of octaves crowd around the middle by about this


@numba.njit(cache=True, inline="always")
def _finished(x):
    """The last three lines of SplitMix64: every bit of the result depends on every bit of `x` (uint64)."""
    x = (x ^ (x >> np.uint64(30))) * _FIRST
    x = (x ^ (x >> np.uint64(27))) * _SECOND
    return x ^ (x >> np.uint64(31))


@numba.njit(cache=True, inline="always")
def splitmix64(value: np.uint64) -> np.uint64:
    """The next 64 random bits after the uint64 `value` (SplitMix64, Steele et al. 2014, doi:10.1145/2714064.2660195)."""
    return _finished(value + _GOLDEN)


@numba.njit(cache=True, inline="always")
def below(value: np.uint64, count: Whole) -> Whole:
    """A whole number from 0 to `count` - 1 from the upper 32 bits of a hash."""
    return numba.int32(((value >> np.uint64(32)) * np.uint64(count)) >> np.uint64(32))


@numba.njit(cache=True)
def stroke_hash(seed: Whole, layer: Whole, index: Whole) -> np.uint64:
    """64 random bits for one stroke; `stroke_chance` and `bristle_noise` draw from them.

    Parameters
    ----------
    seed, layer, index : int, 0 or more
        Of the picture, of the layer of strokes in it, and of the stroke in the layer.
    """
    x = _finished(np.uint64(seed) + _GOLDEN * (np.uint64(layer) + np.uint64(1)))
    return _finished(x + _LAYER_STEP * (np.uint64(index) + np.uint64(1)))


@numba.njit(cache=True)
def stroke_chance(hashed: np.uint64, purpose: Whole) -> Real:
    """Uniform in [0, 1) for one purpose (a whole number, 0 or more) of the stroke with this hash."""
    x = _finished(hashed + _PURPOSE_STEP * (np.uint64(purpose) + np.uint64(1)))
    return np.float32((x >> np.uint64(40)) / _FLOAT_STEPS)


@numba.njit(cache=True)
def bristle_noise(hashed: np.uint64, across: Real, along: Real) -> Real:
    """Smooth noise for the bristles of a stroke; about uniform in [0, 1].

    Parameters
    ----------
    hashed : uint64
        From `stroke_hash`.
    across, along : float
        Place in the stroke, in cells of the noise; `across` from 0 to 64.
    """
    cell, row = int(np.floor(across)), int(np.floor(along))
    fx, fy = _cubic_step(np.float32(across - cell)), _cubic_step(np.float32(along - row))
    base = _BRISTLES + (cell + 64) * 64 + row
    top = stroke_chance(hashed, base) * (1 - fx) + stroke_chance(hashed, base + 64) * fx
    low = stroke_chance(hashed, base + 1) * (1 - fx) + stroke_chance(hashed, base + 65) * fx
    return top * (1 - fy) + low * fy


@numba.njit(cache=True, inline="always")
def cell_value(seed: np.uint64, channel: Whole, i: Whole, j: Whole) -> Real:
    """Uniform in [-1, 1) for a cell of an endless grid.

    Parameters
    ----------
    seed : uint64
    channel : int, 0 or more
        Every channel is a grid of its own.
    i, j : int
        Row and column of the cell, from -1048576 on.
    """
    x = seed * _GOLDEN + np.uint64(channel) * _LAYER_STEP
    x ^= np.uint64(i + _CELLS_BEFORE_0) * _FIRST
    x ^= np.uint64(j + _CELLS_BEFORE_0) * _SECOND
    x = (x ^ (x >> np.uint64(31))) * _FIRST
    x ^= x >> np.uint64(29)
    return np.float32(np.float32(x >> np.uint64(40)) * np.float32(2.0 ** -23) - np.float32(1))


@numba.njit(cache=True, inline="always")
def cell_noise(seed: np.uint64, channel: Whole, y: Real, x: Real) -> Real:
    """Smooth noise in [-1, 1].

    Parameters
    ----------
    seed, channel
        As in `cell_value`.
    y, x : float
        Place, in cells of the grid.
    """
    i, j = np.int64(np.floor(y)), np.int64(np.floor(x))
    v, u = _cubic_step(np.float32(y - i)), _cubic_step(np.float32(x - j))
    top = cell_value(seed, channel, i, j) * (1 - u) + cell_value(seed, channel, i, j + 1) * u
    low = cell_value(seed, channel, i + 1, j) * (1 - u) + cell_value(seed, channel, i + 1, j + 1) * u
    return top * (1 - v) + low * v


@numba.njit(cache=True, inline="always")
def _cubic_step(t):
    """From 0 at 0 to 1 at 1 with level ends."""
    return t * t * (3 - 2 * t)


@numba.njit(cache=True)
def _add_grid_noise(grid, across, along, shift, total, weight):
    """Add `weight` times the grid, wrapped and read between its nodes by quintic steps (Perlin 2002), to `total`.

    Not cv2.remap: that reads at 1/32 of a cell, and shading by slopes shows every step of it.
    """
    size = grid.shape[0]
    for k in range(total.size):
        u, v = across[k] + shift[0], along[k] + shift[1]
        column, row = np.floor(u), np.floor(v)
        fx, fy = u - column, v - row
        fx = fx * fx * fx * (fx * (fx * 6 - 15) + 10)
        fy = fy * fy * fy * (fy * (fy * 6 - 15) + 10)
        left, top = int(column) % size, int(row) % size
        right, low = (left + 1) % size, (top + 1) % size
        upper = grid[top, left] * (1 - fx) + grid[top, right] * fx
        lower = grid[low, left] * (1 - fx) + grid[low, right] * fx
        total[k] += weight * (upper * (1 - fy) + lower * fy)


def octave_noise(rng: np.random.Generator, across: ArrayLike, along: ArrayLike, *, octaves: int = 3,
                 gain: float = 0.55) -> Float32[np.ndarray, "..."]:
    """Smooth noise in [0, 1] on coordinates.

    Parameters
    ----------
    rng : numpy.random.Generator
    across, along : arrays of shapes that go together
        Coordinates in cells of the coarsest octave.
    octaves : int
        How many layers of noise are summed, each twice as fine as the last.
    gain : float
        Weight of an octave against the last.

    Returns
    -------
    float32 array of the coordinates' common shape
    """
    across, along = np.broadcast_arrays(np.asarray(across, np.float32), np.asarray(along, np.float32))
    total = np.zeros(across.size, np.float32)
    weights = gain ** np.arange(octaves)
    for octave, weight in enumerate(weights / weights.sum()):
        grid, shift = rng.random((_NODES, _NODES)).astype(np.float32), rng.uniform(0, _NODES, 2).astype(np.float32)
        scale = np.float32(2 ** octave)
        _add_grid_noise(grid, across.ravel() * scale, along.ravel() * scale, shift, total, np.float32(weight))
    # Spread as far as one octave reaches.
    return np.clip(0.5 + _SPREAD * (total.reshape(across.shape) - 0.5), 0, 1)


def node_noise(shape: tuple[int, int], pitch_mm: float, wavelength_mm: float,
               rng: np.random.Generator) -> Float32[np.ndarray, "H W"]:
    """Smooth noise of one wavelength: random nodes every half of it, interpolated.

    Parameters
    ----------
    shape : (H, W)
    pitch_mm, wavelength_mm : float
        Size of a texel and of a wave, in one unit.
    rng : numpy.random.Generator

    Returns
    -------
    (H, W) float32
        Mean 0; the nodes have standard deviation 1.
    """
    step = wavelength_mm / 2 / pitch_mm
    nodes = rng.standard_normal([int(np.ceil(count / step)) + 4 for count in shape]).astype(np.float32)
    ys, xs = (np.arange(count, dtype=np.float32) / np.float32(step) + 1 for count in shape)
    at_x, at_y = np.meshgrid(xs, ys)
    return cv2.remap(nodes, at_x, at_y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
