"""How a picture is to be painted in a master's hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from data.errors import UsageError

if TYPE_CHECKING:  # delays torch and numba
    from render.neural.settings import NeuralSettings
    from render.synthesis.exemplar import SynthesisSettings

RESTYLE_ENGINES = ("neural", "patch", "fast")
"""Names of the engines (`render.restyle.engines`)."""
FACE_WISHES = ("auto", "yes", "no")
_LEAST_BRUSH, _MOST_BRUSH_SCALE, _MOST_BRUSH_PX = 0.1, 10, 1000


@dataclass(frozen=True)
class RestyleSettings:
    """How a picture is to be painted.

    Parameters
    ----------
    engine : str
        One of `RESTYLE_ENGINES`.
    strength : float
        From 0 (leave the picture as it is) to 1 (take the master's hand).
    keep_colours : bool
        Take the master's light, shade and strokes only.
    brush_scale : float
        Width of strokes against the face: 1 as wide as the master's, 2 twice as wide.
    brush_px : float or None
        Width of strokes on the canvas in pixels, in place of `brush_scale`.
    faces : str
        `auto`, `yes` (NoFaceError where there is none) or `no` (paint it as a picture without faces).
    seed : int
        The same seed gives the same picture.
    neural, patch
        The engines' own settings, if others than theirs are wished for.
    """

    engine: str = "neural"
    strength: float = 1.0
    keep_colours: bool = False
    brush_scale: float = 1.5
    brush_px: float | None = None
    faces: str = "auto"
    seed: int = 0
    neural: NeuralSettings | None = None
    patch: SynthesisSettings | None = None

    def check(self) -> None:
        """UsageError where these settings cannot be meant."""
        if self.engine not in RESTYLE_ENGINES:
            raise UsageError(f"unknown engine {self.engine!r}: expected one of {', '.join(RESTYLE_ENGINES)}")
        if not 0 <= self.strength <= 1:
            raise UsageError(f"strength must lie between 0 and 1, got {self.strength:g}")
        if self.faces not in FACE_WISHES:
            raise UsageError(f"faces must be auto, yes or no, got {self.faces!r}")
        for name, value, most in (("brush scale", self.brush_scale, _MOST_BRUSH_SCALE),
                                  ("width of the brush", self.brush_px, _MOST_BRUSH_PX)):
            if value is not None and not _LEAST_BRUSH <= value <= most:
                raise UsageError(f"the {name} must lie between {_LEAST_BRUSH} and {most}, got {value:g}")
