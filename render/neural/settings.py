"""All settings of the neural engine, and the sizes and steps that follow from them."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from data.errors import UsageError
from models.style import StyleTargets, Work
from render.neural.inputs import LEAST_PX
from render.neural.tiles import check_tile_px


class LevelPlan(NamedTuple):
    """One size of the canvas: (height, width), and how many steps are taken there."""

    size: tuple[int, int]
    steps: int

    @property
    def pixels(self) -> int:
        """Pixels of the canvas at this level."""
        return self.size[0] * self.size[1]


@dataclass(frozen=True)
class NeuralSettings:
    """Weights and length of the optimisation.

    Parameters
    ----------
    network : str
        The perceptual network whose features are matched (`models.perceptual`).
    style_layers : tuple of str
        Layers whose features are to be distributed as in the master's works.
    content_layer : str
        The layer whose features are to stay those of the picture.
    style_loss : str
        `wasserstein` or `gram`.
    optimiser : str
        `adam`, or `lbfgs` for levels of up to a megapixel.
    strength : float
        From 0 (the photograph's own distributions) to 1 (the master's).
    content_weight : float
        Weight of the picture's content, against 1 for style.
    tv_weight : float
        Price of squared steps between neighbours (total variation) in what is added to the picture, whose own edges stay
        sharp.
    steps : (int, int)
        At the coarsest level and at the finest; between them in proportion.
    rate : float
        Adam's step, in shares of the range of colour.
    keep_colours : bool
        Change light and shade only.
    tone_match : float
        How far parts are brought to the master's tones before work begins (`render.imaging.colour_transfer`), 0 to 1.
    coarsest_px : int
        Longest side of the coarsest level.
    levels : int or None
        Only so many of the finest levels, if given.
    tile_px : int
        Side of a tile without its margins, a multiple of 16.
    threads : int or None
        Workers, each on one thread; None for up to four. They change nothing but the time.
    device : str or None
        Torch's device; None for a GPU where there is one.
    seed : int
        Decides the directions of projection and where tiles lie.
    """

    network: str = "squeezenet"
    style_layers: tuple[str, ...] = ("conv1", "fire2", "fire3", "fire4", "fire5", "fire6")
    content_layer: str = "fire5"
    style_loss: str = "wasserstein"
    optimiser: str = "adam"
    strength: float = 1.0
    content_weight: float = 0.15
    tv_weight: float = 12.0
    steps: tuple[int, int] = (40, 30)
    rate: float = 0.02
    keep_colours: bool = False
    tone_match: float = 0.8
    coarsest_px: int = 320
    levels: int | None = None
    tile_px: int = 384
    threads: int | None = None
    device: str | None = None
    seed: int = 0

    def check(self) -> None:
        """UsageError where these settings cannot be meant."""
        for name, allowed in (("style_loss", ("wasserstein", "gram")), ("optimiser", ("adam", "lbfgs"))):
            if getattr(self, name) not in allowed:
                raise UsageError(f"{name} must be {' or '.join(allowed)}, got {getattr(self, name)!r}")
        if not 0 <= self.strength <= 1:
            raise UsageError(f"strength must lie between 0 and 1, got {self.strength}")
        if min(self.steps) < 1 or len(self.steps) != 2:
            raise UsageError(f"steps must be two counts of at least 1 (coarsest, finest), got {self.steps}")
        check_tile_px(self.tile_px)

    def level_count(self, height: int, width: int) -> int:
        """How many sizes, each half of the one before, a canvas is worked at."""
        count = max(1, math.ceil(math.log2(max(height, width) / self.coarsest_px)) + 1)
        count = min(count, max(1, int(math.log2(min(height, width) / LEAST_PX)) + 1))
        return count if self.levels is None else min(count, self.levels)

    def plan(self, height: int, width: int) -> list[LevelPlan]:
        """Every level of a canvas, the finest (0) first."""
        count = self.level_count(height, width)
        return [LevelPlan((max(LEAST_PX, round(height / 2 ** level)), max(LEAST_PX, round(width / 2 ** level))),
                          self._steps_at(level, count)) for level in range(count)]

    def _steps_at(self, level: int, count: int) -> int:
        coarse, fine = self.steps
        share = level / (count - 1) if count > 1 else 0.0
        return round(fine + (coarse - fine) * share)

    def learn(self, works: Iterable[Work], height: int, width: int, *, brush_scale: float = 1.0) -> StyleTargets:
        """Learn from works what a canvas of this size needs.

        Parameters
        ----------
        works : iterable of Work
            One is held at a time.
        height, width : int
            Of the canvas.
        brush_scale : float
            How much wider strokes are to be than the master's, 0.1 to 10.

        Returns
        -------
        StyleTargets
        """
        return StyleTargets.learn(works, levels=self.level_count(height, width), layers=self.style_layers,
                                  network=self.network, brush_scale=brush_scale, grey=self.keep_colours, seed=self.seed)


FINISH = NeuralSettings(steps=(16, 12), content_weight=3.0, tone_match=0.0, levels=2, rate=0.012,
                        style_layers=("conv1", "fire2", "fire3", "fire4"), content_layer="fire4")
"""For going over a finished painting: joins patches in the master's strokes without moving a form."""
