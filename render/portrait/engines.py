"""The engines that lay paint on a canvas, by name: one signature, that of `render.synthesis.patch.synthesise`.

An engine is imported only when it is used: the neural one loads torch.
"""

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, TypeAlias

from data.errors import UsageError

if TYPE_CHECKING:  # for annotations alone: the command line reads the names of the engines without loading one
    from render.synthesis.exemplar import Synthesis

PaintEngine: TypeAlias = Callable[..., "Synthesis"]
"""Called as `lay(guide, labels, exemplars, settings, guide_weight_map=, start=, progress=, checkpoint=)`."""

PAINT_ENGINES = {
    "patch": ("render.synthesis.patch", "synthesise"),
    "quilting": ("render.synthesis.quilting", "quilt"),
    "neural": ("render.neural.engine", "synthesise_neural"),
}
"""{name: (module, function)}."""
FINISHES = ("neural",)
"""What may go over a painting that an engine laid."""


def engine_named(name: str, finish: str | None = None) -> PaintEngine:
    """The function that paints, with its finish; UsageError if there is none of this name."""
    if name not in PAINT_ENGINES:
        raise UsageError(f"unknown engine {name!r}: expected one of {', '.join(PAINT_ENGINES)}")
    module, function = PAINT_ENGINES[name]
    lay = getattr(import_module(module), function)
    if finish is None:
        return lay
    if finish not in FINISHES:
        raise UsageError(f"unknown finish {finish!r}: expected one of {', '.join(FINISHES)}")
    from render.neural.engine import finished  # delays torch

    return finished(lay)
