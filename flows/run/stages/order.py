"""The order of the stages: which earlier stages' results each of them takes."""

from collections.abc import Callable
from typing import Any, NamedTuple

from flows.run.stage_cache import Done
from flows.run.stages.composing import compose
from flows.run.stages.learning import ingest, learn, measure
from flows.run.stages.painting import paint, relief
from flows.run.stages.showing import critique, export, report


class Step(NamedTuple):
    """A stage: `function(commission, *results of the stages it needs, progress=)` gives what it leaves."""

    name: str
    function: Callable[..., Done[Any]]
    needs: tuple[str, ...]


ORDER = (
    Step("ingest", ingest, ()),
    Step("measure", measure, ("ingest",)),
    Step("learn", learn, ("ingest", "measure")),
    Step("compose", compose, ("learn",)),
    Step("paint", paint, ("learn", "compose")),
    Step("relief", relief, ("ingest", "learn", "compose", "paint")),
    Step("export", export, ("paint", "relief")),
    Step("critique", critique, ("learn", "compose", "paint", "relief")),
    Step("report", report, ("ingest", "measure", "learn", "compose", "paint", "relief", "export", "critique")),
)
"""Every stage, in the order in which they are carried out."""
