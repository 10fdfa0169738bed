"""Commands that make a portrait, the whole way or a stage at a time, as they are called."""

from typing import Any

import click

from flows.cli.delayed import work
from flows.cli.options import FOLDER, cache_option, jobs_option, json_option, settings_options


@click.command()
@click.argument("corpus", type=FOLDER)
@settings_options
@json_option
def run(**given: Any) -> None:
    """The whole way from a folder of paintings to a printable portrait.

    Writes portrait.tif (16 bit) and .png, height.tif with height.json, relief.stl and .3mf, raking.png, sources.tif,
    slices/, critique.json, statistics.json, report.html and run.json. A run that was stopped goes on when the same
    command is given again.
    """
    work("run").run(**given)


@click.command()
@click.argument("corpus", type=FOLDER)
@settings_options
@json_option
@click.option("--fast", is_flag=True, help="Teach a small network the master's hand too, for `restyle`: DIR/fast.safetensors.")
def learn(**given: Any) -> None:
    """Measure a corpus and learn its models: statistics, bank of sitters with shape model, relief model."""
    work("run").learn(**given)


@click.command()
@click.argument("corpus", type=FOLDER)
@settings_options
@json_option
def compose(**given: Any) -> None:
    """Begin a commission: a sitter, a layout and a guide picture, chosen from candidates that are painted small.

    work/compose/candidates.png in DIR shows them all. Go on with `atelier paint DIR`; to have another of the
    candidates, compose again with --layout DIR/work/compose/candidate_2.json.
    """
    work("run").compose(**given)


@click.command()
@click.argument("corpus", type=FOLDER)
@click.option("--to-seed", type=int, required=True, metavar="N", help="The seed of the sitter to arrive at.")
@click.option("--steps", type=int, default=6, metavar="N", help="Sitters on the way, both ends included.")
@settings_options
def walk(**given: Any) -> None:
    """Walk from the sitter of one seed to the sitter of another, and show the steps.

    Writes a sheet and a layout for every step into DIR/walk; `atelier run CORPUS --layout DIR/walk/3.json` paints one.
    """
    work("run").walk(**given)


@click.command()
@click.argument("folder", type=FOLDER, metavar="DIR")
@cache_option
@jobs_option
@json_option
def paint(**given: Any) -> None:
    """Paint what `compose` began in DIR: colour and the source map."""
    work("run").stage("paint", **given)


@click.command()
@click.argument("folder", type=FOLDER, metavar="DIR")
@cache_option
@jobs_option
@json_option
def relief(**given: Any) -> None:
    """The height of the paint, in mm, for the painting in DIR."""
    work("run").stage("relief", **given)


@click.command()
@click.argument("folder", type=FOLDER, metavar="DIR")
@json_option
@cache_option
@jobs_option
def critique(**given: Any) -> None:
    """The measured quality of the painting in DIR: layout kept, likeness, shares, patch statistics, relief."""
    work("run").critique(**given)


COMMANDS = (run, learn, compose, walk, paint, relief, critique)
