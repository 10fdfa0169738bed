"""The layout of a figure: everything that is drawn of a body and its ground, without a texel of paint, so that it can be kept
as JSON, changed, walked and built at any size."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Float, Float32, Float64

from features.figure.figure import ANGLES_DEG
from models.alignment import Frame
from render.portrait.figure.outline import Outline, polar

REASONS = ("side", "slant", "below", "middle")
"""Why a second lender takes over: one side of the body, the slant of a mantle, the lower part, a bodice."""
# How a body is carried, drawn evenly within these. Measured on portraits by Titian: with less, a figure is found again in the
# painting that lent it (keypoints that agree on one shift, scale and turn); with more, cloth looks stretched.
_SIZE = 0.06                # larger or smaller
_BROADER = (0.07, 0.14)     # broader and shorter, or the other way
_SHEAR = 0.13
_BEND, _BEND_OVER = 0.16, 3.0   # eye distances of shift at so many eye distances from the pit of the neck
_DRAPE_WAVES = 5
_DRAPE_LENGTHS = (3.0, 5.0)     # eye distances: from an arm's width to half a body's
_DRAPE = 0.15               # root mean square of the shift by all waves, eye distances
_HARD_DRAPE = 0.35          # share of it for what does not drape: armour


def _numbers(held: Any, shape: tuple[int | None, ...]) -> Float64[np.ndarray, "..."]:
    """Finite numbers of a shape (None: any length), or ValueError."""
    numbers = np.array(held, np.float64)
    if numbers.ndim != len(shape) or any(want not in (None, have) for want, have in zip(shape, numbers.shape, strict=True)):
        raise ValueError(f"expected numbers of shape {shape} in a figure's layout, got {numbers.shape}")
    if not np.isfinite(numbers).all():
        raise ValueError("expected numbers in a figure's layout, got null")
    return numbers


@dataclass(frozen=True, eq=False)
class Way:
    """How a body is carried: stretched and bent about the pit of the neck, and draped by waves.

    Attributes
    ----------
    stretch : (2, 2) float64
        Places in the lender per place in the portrait, about the pit of the neck, less one: broader or narrower, and sheared.
    bend : (3, 2) float64
        What x^2, x y and y^2 (eye distances) add across and down.
    waves : (W, 5) float64
        Wave numbers across and down (per eye distance), phase, and the shifts across and down that it makes.
    """

    stretch: Float64[np.ndarray, "2 2"]
    bend: Float64[np.ndarray, "3 2"]
    waves: Float64[np.ndarray, "W 5"]

    @classmethod
    def draw(cls, rng: np.random.Generator) -> "Way":
        """A way at random."""
        size, broader = rng.uniform(-_SIZE, _SIZE), rng.choice([-1.0, 1.0]) * rng.uniform(*_BROADER)
        stretch = np.array([[size + broader, rng.uniform(-_SHEAR, _SHEAR)],
                            [rng.uniform(-_SHEAR, _SHEAR) / 2, size - broader]])
        turn, phase, towards = rng.uniform(0, 2 * np.pi, (3, _DRAPE_WAVES))
        number = 2 * np.pi / rng.uniform(*_DRAPE_LENGTHS, _DRAPE_WAVES)
        shift = _DRAPE * np.sqrt(2 / _DRAPE_WAVES)
        waves = np.stack([number * np.cos(turn), number * np.sin(turn), phase, shift * np.cos(towards),
                          shift * np.sin(towards)], 1)
        return cls(stretch, rng.uniform(-_BEND, _BEND, (3, 2)) / _BEND_OVER, waves)

    def to_json(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return {name: getattr(self, name).tolist() for name in ("stretch", "bend", "waves")}

    @classmethod
    def of_json(cls, held: Mapping[str, Any]) -> "Way":
        """From what `to_json` gave; ValueError if these are no such numbers."""
        shapes = {"stretch": (2, 2), "bend": (3, 2), "waves": (None, 5)}
        return cls(*(_numbers(held[name], shape) for name, shape in shapes.items()))

    def for_hard(self) -> "Way":
        """The same for what does not drape."""
        return replace(self, waves=self.waves * [1, 1, 1, _HARD_DRAPE, _HARD_DRAPE])

    def moved(self, x: Float64[np.ndarray, "H W"], y: Float64[np.ndarray, "H W"]) -> Float64[np.ndarray, "H W 2"]:
        """How far stretching and bending shift places at x, y from the pit of the neck, eye distances."""
        (a, b), (c, d) = self.stretch
        square = [x * x, x * y, y * y]
        across = a * x + b * y + sum(self.bend[term, 0] * square[term] for term in range(3))
        down = c * x + d * y + sum(self.bend[term, 1] * square[term] for term in range(3))
        return np.stack([across, down], -1)

    def draped(self, x: Float64[np.ndarray, "H W"], y: Float64[np.ndarray, "H W"]) -> Float64[np.ndarray, "H W 2"]:
        """How far the waves shift places at x, y (eye units), eye distances."""
        shift = np.zeros((*x.shape, 2))
        for across, down, phase, to_right, to_below in self.waves:
            wave = np.sin(across * x + down * y + phase)
            shift[..., 0] += to_right * wave
            shift[..., 1] += to_below * wave
        return shift


@dataclass(frozen=True)
class Reason:
    """Where the second lender takes over.

    Attributes
    ----------
    kind : str
        One of `REASONS`.
    side : float
        -1 for the viewer's left, 1 for the right.
    tilt_deg, offset : float
        Of the line, and how far it lies from the pit of the neck, eye distances.
    """

    kind: str
    side: float
    tilt_deg: float
    offset: float

    @classmethod
    def draw(cls, kind: str, rng: np.random.Generator) -> "Reason":
        """One of a kind at random."""
        tilt, offset = {"side": ((-18, 18), (-0.3, 0.3)), "slant": ((30, 55), (0.9, 1.6)), "below": ((-6, 6), (1.6, 2.4)),
                        "middle": ((0, 0), (0.6, 0.95))}[kind]
        return cls(kind, float(rng.choice([-1.0, 1.0])), float(rng.uniform(*tilt)), float(rng.uniform(*offset)))

    def lean(self, frame: Frame, pit: Float[np.ndarray, " 2"]) -> Float32[np.ndarray, "H W"]:
        """Signed distance (eye distances) of every texel from where the cut is wanted, positive for the second lender."""
        angle, distance = polar(frame, pit)
        x, y = self.side * distance * np.cos(angle), distance * np.sin(angle)
        tilt = np.radians(self.tilt_deg)
        signed = {"side": lambda: x * np.cos(tilt) + (y - 1.5) * np.sin(tilt) - self.offset,
                  "slant": lambda: x * np.cos(tilt) + y * np.sin(tilt) - self.offset,
                  "below": lambda: y + x * np.sin(tilt) - self.offset + 0.08 * x ** 2,
                  "middle": lambda: self.offset + 0.25 * y - np.abs(x)}[self.kind]()
        return signed.astype(np.float32)


@dataclass(frozen=True, eq=False)
class FigureLayout:
    """A figure without paint.

    Attributes
    ----------
    outline : Outline
    ways : (Way, Way)
        How the two bodies are carried onto it.
    hair : Way
        How hair and hat are carried about the brow.
    reason : Reason
        Why and where the second takes over.
    closer : float
        How many times closer than the canvas' own frame the figure is seen.
    aside : float
        How far the eyes lie from the middle, share of the width.
    dye : (3,) float or None
        CIE Lab that the garment is brought to.
    ground : Way or None
        How a ground with something in it is carried; None for a plain one.
    ground_flipped : bool
        A plain ground is lighter at the other side than where its painter had it.
    ground_lift : float
        L* by which a plain ground is lighter.
    grain : int
        Seed of the grain of a plain ground.
    """

    outline: Outline
    ways: tuple[Way, Way]
    hair: Way
    reason: Reason
    closer: float = 1.0
    aside: float = 0.0
    dye: tuple[float, float, float] | None = None
    ground: Way | None = None
    ground_flipped: bool = False
    ground_lift: float = 0.0
    grain: int = 0

    def to_json(self) -> dict[str, Any]:
        """Everything, as JSON can hold it."""
        return {"outline": np.round(self.outline.log_reach, 4).tolist(), "usual": np.round(self.outline.usual, 4).tolist(),
                "pit": np.round(self.outline.pit, 4).tolist(),
                "ways": [way.to_json() for way in self.ways], "hair": self.hair.to_json(),
                "reason": vars(self.reason), "closer": self.closer, "aside": self.aside,
                "dye": None if self.dye is None else list(self.dye),
                "ground": None if self.ground is None else self.ground.to_json(), "ground_flipped": self.ground_flipped,
                "ground_lift": self.ground_lift, "grain": self.grain}

    @classmethod
    def of_json(cls, held: Mapping[str, Any]) -> "FigureLayout":
        """From what `to_json` gave; KeyError, TypeError or ValueError if it is something else."""
        first, second, hair = (Way.of_json(way) for way in (*held["ways"], held["hair"]))
        rays = (len(ANGLES_DEG),)
        outline = Outline(*(_numbers(held[name], shape) for name, shape in (("outline", rays), ("usual", rays), ("pit", (2,)))))
        dye = held.get("dye")
        return cls(outline, (first, second), hair, Reason(**held["reason"]), float(held["closer"]), float(held["aside"]),
                   None if dye is None else (float(dye[0]), float(dye[1]), float(dye[2])),
                   None if held["ground"] is None else Way.of_json(held["ground"]), bool(held["ground_flipped"]),
                   float(held["ground_lift"]), int(held["grain"]))

    def framed(self, canvas: Frame) -> Frame:
        """The canvas' frame, as close to the figure and as much to a side as the layout wants it."""
        return self.framing(canvas, self.closer, self.aside)

    def between(self, first: "FigureLayout", second: "FigureLayout", share: float) -> "FigureLayout":
        """This layout with its outline and frame on the way from one to another.

        Parameters
        ----------
        first, second : FigureLayout
        share : float
            How far along the way: 0 is the first, 1 the second.
        """
        names = ("log_reach", "usual", "pit")
        outline = Outline(*((1 - share) * getattr(first.outline, name) + share * getattr(second.outline, name)
                            for name in names))
        return replace(self, outline=outline, closer=(1 - share) * first.closer + share * second.closer,
                       aside=(1 - share) * first.aside + share * second.aside)

    @staticmethod
    def framing(canvas: Frame, closer: float, aside: float) -> Frame:
        """A canvas' frame seen closer and with the eyes aside.

        Parameters
        ----------
        canvas : Frame
        closer : float
            How many times.
        aside : float
            Share of the width.
        """
        x, y = canvas.eye_centre
        return Frame(canvas.width_px, canvas.height_px, canvas.eye_share * closer,
                     (x + aside, y + _LOWER_EYES * (closer - 1)))


_LOWER_EYES = 0.2           # how much lower the eyes lie in a frame twice as close: there must be room above the head
