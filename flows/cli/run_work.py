"""What the commands of `flows.cli.run_commands` do."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from data.errors import UsageError
from flows.cli.delayed import work
from flows.cli.run_stages import carry_out_one, tell, until
from flows.corpus.folder import check_corpus
from flows.corpus.store import Store, default_cache
from flows.run.commission import Commission
from flows.run.progress import bar, say
from flows.run.run_folder import claim
from flows.run.stages.composing import walk as walk_stage
from render.portrait.canvas import canvas_frame, canvas_in_words
from render.portrait.sitter import parse_wishes

_LEAST_STEPS, _MOST_STEPS = 2, 60


def _ordered(corpus: Path, sitter: Sequence[str], cache: Path | None, force: bool,
             **settings: Any) -> tuple[Commission, bool]:
    """A checked commission whose output folder is taken, and whether a run goes on there."""
    photographs = [Path(value) for value in sitter if "=" not in value and (Path(value).suffix or Path(value).exists())]
    if len(photographs) > 1:
        raise UsageError(f"--sitter: one photograph at the most, got {', '.join(map(str, photographs))}")
    wishes = parse_wishes([value for value in sitter if Path(value) not in photographs])
    commission = Commission(corpus=corpus, wishes=wishes, person=photographs[0] if photographs else None,
                            cache=cache or default_cache(), **settings)
    check_corpus(commission.corpus)
    Store(commission.cache)
    return commission, claim(commission, force=force)


def run(as_json: bool, **given: Any) -> None:
    """The whole way, by the Prefect flow; prints the record if it is wanted `as_json`."""
    commission, goes_on = _ordered(**given)
    canvas = canvas_in_words(canvas_frame(commission.megapixels), commission.width_mm)
    say(f"{'Going on with' if goes_on else 'Making'} a portrait of {canvas}, in {commission.out}")
    record = work("flow").run(commission)
    if as_json:
        click.echo(json.dumps(record, ensure_ascii=False))
    else:
        say(f"Done in {record['timings_s']['this_run']:.1f} s: {commission.out / 'report.html'}")


def learn(as_json: bool, fast: bool, **given: Any) -> None:
    """Learn a corpus' models; with `fast` a network for `restyle` too."""
    commission, _ = _ordered(**given)
    tell(until("learn", commission)["learn"], as_json)
    if fast:
        say(f"Wrote {work('fast').learn_fast(commission)}")


def compose(as_json: bool, **given: Any) -> None:
    """Begin a commission."""
    commission, _ = _ordered(**given)
    done = until("compose", commission)["compose"]
    if not as_json:
        say(f"The sitter: {done.result.sentence}")
        say(f"The candidates: {done.path('candidates.png')}")
    tell(done, as_json)


def walk(to_seed: int, steps: int, **given: Any) -> None:
    """Walk from one sitter to another.

    Parameters
    ----------
    to_seed : int
        The seed of the sitter to arrive at.
    steps : int
        Sitters on the way, both ends included.
    **given
        The options of a run.
    """
    if not _LEAST_STEPS <= steps <= _MOST_STEPS:
        raise UsageError(f"--steps {steps}: expected {_LEAST_STEPS} to {_MOST_STEPS}")
    if to_seed < 0:
        raise UsageError(f"--to-seed {to_seed}: expected a whole number of 0 or more")
    commission, _ = _ordered(**given)
    done = until("learn", commission)
    with bar("walk") as progress:
        tell(walk_stage(commission, done["learn"], to_seed, steps, progress), False)


def stage(name: str, folder: Path, cache: Path | None, jobs: int | None, as_json: bool) -> None:
    """Carry out one stage, and what it still needs, of a commission that `compose` began.

    Parameters
    ----------
    name, folder, cache, jobs
        As for `flows.cli.run_stages.carry_out_one`.
    as_json : bool
        Print the result as JSON.
    """
    tell(carry_out_one(name, folder, cache, jobs), as_json)


def critique(folder: Path, as_json: bool, cache: Path | None, jobs: int | None) -> None:
    """Criticise the painting in a run's folder, and print the figures.

    Parameters
    ----------
    folder, cache, jobs
        As for `flows.cli.run_stages.carry_out_one`.
    as_json : bool
        Print them as JSON.
    """
    figures: Mapping[str, Any] = carry_out_one("critique", folder, cache, jobs).result.figures
    if as_json:
        click.echo(json.dumps(figures, ensure_ascii=False))
        return
    for name, value in figures.items():
        click.echo(f"{name:<28} {value}")
