"""The engines that lay paint on a canvas, by name: one signature, that of `render.synthesis.patch.synthesise`.

An engine is imported when it is called for: the neural one brings torch along.
"""

from importlib import import_module

from data.errors import UsageError

PAINT_ENGINES = {"patch": ("render.synthesis.patch", "synthesise"), "quilting": ("render.synthesis.quilting", "quilt"),
           "neural": ("render.neural.engine", "synthesise_neural")}
FINISHES = ("neural",)
"""What may go over a painting that an engine laid."""


def engine_named(name, finish=None):
    """The function that paints, with its finish; UsageError if there is none of this name."""
    if name not in PAINT_ENGINES:
        raise UsageError(f"unknown engine {name!r}: expected one of {', '.join(PAINT_ENGINES)}")
    module, function = PAINT_ENGINES[name]
    lay = getattr(import_module(module), function)
    if finish is None:
        return lay
    if finish not in FINISHES:
        raise UsageError(f"unknown finish {finish!r}: expected one of {', '.join(FINISHES)}")
    from render.neural.engine import finished

    return finished(lay)
