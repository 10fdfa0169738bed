"""The optimisers: how a canvas is changed, step by step, to lower the losses of style and content.

Adam (Kingma and Ba 2015, arXiv:1412.6980), with one step size for a whole neighbourhood and in little memory; or L-BFGS
with a line search (Nocedal 1980, doi:10.1090/S0025-5718-1980-0572855-7) for small canvases.
"""

import math
from collections.abc import Callable
from concurrent.futures import Executor
from functools import partial

import torch
from jaxtyping import BFloat16, Float32
from torch import Tensor

from render.imaging.row_bands import row_bands
from render.neural.level import Level

# Adam's memory of the gradient and of its square: what is kept of it at each step, and what the new one adds.
_MEAN_KEPT, _MEAN_ADDED = 0.9, 0.1
_SQUARE_KEPT, _SQUARE_ADDED = 0.98, 0.02
_LEAST_SIZE = 1e-8  # of a gradient that a step is measured by
_NEIGHBOURHOOD_PX = 4  # radius within which pixels share one step size
# The rate falls along half a wave of the cosine to this share of it, so that what is left of the noise of directions
# drawn at random settles.
_LAST_RATE, _FALLING_RATE = 0.15, 0.85
# In each step the chroma that was added to the content is moved by this share towards its mean within this radius, which is
# first weakened to the last share.
_CALM_SHARE, _CALM_RADIUS_PX, _CALM_KEPT = 0.6, 2, 0.6
_LBFGS_RUN = 10  # steps of L-BFGS with the same directions and tiles: a line search needs a fixed function
_LBFGS_HISTORY = 8  # gradients remembered

Count = Callable[[int], None]
"""Called with the number of steps done."""


def descend_adam(level: Level, pool: Executor, steps: int, rate: float, count: Count) -> None:
    """Move the canvas of a level by Adam, in place.

    A large canvas fills memory fast: beside it stand its gradient and the two moments, the first of them in few digits; all
    else is made by bands of rows.

    Parameters
    ----------
    level : Level
    pool : Executor
        Its workers take a tile or a band of rows each.
    steps : int
    rate : float
        Step of the beginning, in shares of the range of colour.
    count : callable
        Told after every step.
    """
    mean, square = torch.zeros_like(level.canvas, dtype=torch.bfloat16), torch.zeros_like(level.canvas[..., 0])
    spare, bands = torch.zeros_like(level.canvas), row_bands(len(mean))
    level.measure(pool, 0)
    for step in range(steps):
        gradient = level.pull(pool, step, spare)[0]
        now = rate * (_LAST_RATE + _FALLING_RATE * 0.5 * (1 + math.cos(math.pi * step / steps)))
        list(pool.map(partial(_step_down, level.canvas, gradient, mean, square, now, step), bands))
        list(pool.map(partial(_calm_colour, level.canvas, level.content, gradient), bands))
        level.canvas, spare = gradient, level.canvas
        spare.zero_()
        count(step + 1)


def _step_down(canvas: Float32[Tensor, "H W 3"], gradient: Float32[Tensor, "H W 3"], mean: BFloat16[Tensor, "H W 3"],
               square: Float32[Tensor, "H W"], rate: float, step: int, band: tuple[int, int]) -> None:
    """One step of Adam on a band of rows, in place."""
    torch.set_num_threads(1)
    low, high = band
    reach = _NEIGHBOURHOOD_PX
    near = gradient[max(0, low - reach):high + reach].square().mean(-1)
    near = _mean_around(near[None], reach)[0, min(reach, low):][:high - low]
    rows = slice(low, high)
    square[rows].mul_(_SQUARE_KEPT).add_(near, alpha=_SQUARE_ADDED)
    ahead = mean[rows].float().mul_(_MEAN_KEPT).add_(gradient[rows], alpha=_MEAN_ADDED)
    mean[rows] = ahead
    size = square[rows].div(1 - _SQUARE_KEPT ** (step + 1)).sqrt_().add_(_LEAST_SIZE)
    canvas[rows].addcdiv_(ahead, size[..., None], value=-rate / (1 - _MEAN_KEPT ** (step + 1))).clamp_(0, 1)


def _calm_colour(canvas: Float32[Tensor, "H W 3"], content: Float32[Tensor, "H W 3"], result: Float32[Tensor, "H W 3"],
                 band: tuple[int, int]) -> None:
    """Smooth and weaken the chroma that was added to the content, a little at each step; fills a band of `result`.

    The network hardly reacts to fine chroma, which would otherwise turn into rainbow noise.
    """
    torch.set_num_threads(1)
    low, high = band
    near = slice(max(0, low - _CALM_RADIUS_PX), high + _CALM_RADIUS_PX)
    added = (canvas[near] - content[near]).permute(2, 0, 1)
    added = added - added.mean(0, keepdim=True)
    calmer = _mean_around(added, _CALM_RADIUS_PX).mul_(_CALM_KEPT).sub_(added)[:, min(_CALM_RADIUS_PX, low):][:, :high - low]
    torch.add(canvas[low:high], calmer.permute(1, 2, 0), alpha=_CALM_SHARE, out=result[low:high])


def _mean_around(picture: Float32[Tensor, "C H W"], radius: int) -> Float32[Tensor, "C H W"]:
    """Mean over a square around every pixel; beyond the border nothing is counted."""
    size = 2 * radius + 1
    for kernel, padding in (((size, 1), (radius, 0)), ((1, size), (0, radius))):
        picture = torch.nn.functional.avg_pool2d(picture[None], kernel, 1, padding, count_include_pad=False)[0]
    return picture


def descend_lbfgs(level: Level, pool: Executor, steps: int, count: Count) -> None:
    """Move the canvas of a level by L-BFGS, in place.

    Parameters
    ----------
    level : Level
    pool : Executor
        Its workers take a tile each.
    steps : int
    count : callable
        Told after every ten steps.
    """
    canvas, done = level.canvas, 0
    while done < steps:
        run = min(_LBFGS_RUN, steps - done)
        optimiser = torch.optim.LBFGS([canvas], max_iter=run, max_eval=2 * run, history_size=_LBFGS_HISTORY,
                                      line_search_fn="strong_wolfe")

        def closure(number: int = done) -> Tensor:
            level.measure(pool, number)
            canvas.grad, energy = level.pull(pool, number)
            return torch.tensor(energy)

        optimiser.step(closure)
        canvas.clamp_(0, 1)
        done += run
        count(done)
