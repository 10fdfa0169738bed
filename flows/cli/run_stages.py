"""Stages carried out by single commands, without Prefect, and what a command says of them."""

import json

import click

from flows.run.progress import bar, say


def until(last, commission):
    """Carry out the stages up to `last`: {name: Done}. What is done already is not done again."""
    from flows.run import stages

    done = {}
    for name, function, needs in stages.ORDER:
        with bar(name) as progress:
            done[name] = function(commission, *(done[need] for need in needs), progress=progress)
        if name == last:
            return done
    return done


def tell(done, as_json):
    """A stage's result on stdout as JSON, or in a line on stderr."""
    if as_json:
        click.echo(json.dumps({"stage": done.stage, "folder": str(done.folder), "files": done.files, "facts": done.facts,
                               "seconds": done.seconds, "reused": done.reused}, ensure_ascii=False))
    else:
        say(f"{done.stage} done{' before' if done.reused else ''}: {', '.join(done.files)} in {done.folder}")
