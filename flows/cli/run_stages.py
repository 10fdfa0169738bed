"""Stages carried out by single commands, without Prefect, and what a command says of them."""

import json
from pathlib import Path
from typing import Any

import click

from flows.corpus.folder import check_corpus
from flows.corpus.store import default_cache
from flows.run.commission import Commission
from flows.run.progress import bar, say
from flows.run.run_folder import planned
from flows.run.stage_cache import Done
from flows.run.stages.order import ORDER


def until(last: str, commission: Commission) -> dict[str, Done[Any]]:
    """Carry out the stages up to `last`: {name: Done}. What is done already is not done again."""
    done: dict[str, Done[Any]] = {}
    for name, function, needs in ORDER:
        with bar(name) as progress:
            done[name] = function(commission, *(done[need] for need in needs), progress=progress)
        if name == last:
            return done
    return done


def carry_out_one(name: str, folder: Path, cache: Path | None, jobs: int | None) -> Done[Any]:
    """One stage, and what it still needs, of the commission whose work lies in a folder.

    Parameters
    ----------
    name : str
        Of the stage.
    folder : Path
        Of the run.
    cache : Path or None
        Where measurements are kept; None: where they usually are.
    jobs : int or None
        Processes that measure; None: as many as the machine holds.

    Returns
    -------
    Done
    """
    commission = planned(folder, cache=cache or default_cache(), jobs=jobs)
    check_corpus(commission.corpus)
    return until(name, commission)[name]


def tell(done: Done[Any], as_json: bool) -> None:
    """A stage's result on stdout as JSON, or in a line on stderr."""
    if as_json:
        said = {"stage": done.stage, "folder": str(done.folder), "files": done.files, "facts": done.kind.told(done.facts),
                "seconds": done.seconds, "reused": done.reused}
        click.echo(json.dumps(said, ensure_ascii=False))
    else:
        say(f"{done.stage} done{' before' if done.reused else ''}: {', '.join(done.files)} in {done.folder}")
