"""Commands that make a corpus or look into one, as they are called."""

from typing import Any

import click

from flows.cli.delayed import work
from flows.cli.options import FOLDER, cache_option, force_option, jobs_option, json_option


@click.command()
@click.argument("images", nargs=-1, required=True, type=FOLDER, metavar="IMAGE...")
@json_option
@cache_option
@jobs_option
def measure(**given: Any) -> int:
    """Faces, landmarks and attributes of single pictures: with --json one line for each."""
    return work("corpus").measure(**given)


@click.command()
@click.argument("corpus", type=FOLDER)
@json_option
@click.option("--html", type=FOLDER, default=None, metavar="FILE", help="Write one self-contained page to look at.")
@click.option("--csv", type=FOLDER, default=None, metavar="FILE", help="Write the table of sitters as CSV.")
@click.option("--parquet", type=FOLDER, default=None, metavar="FILE", help="Write the table of sitters as Parquet.")
@cache_option
@jobs_option
def stats(**given: Any) -> None:
    """What a corpus says: its typical sitter, attributes, proportions, brushwork, duplicates and rejects."""
    work("corpus").stats(**given)


@click.command()
@click.option("--out", type=FOLDER, required=True, metavar="DIR", help="Folder for the corpus.")
@click.option("--count", type=int, default=32, metavar="N", help="How many paintings.")
@click.option("--seed", type=int, default=1, help="The same seed gives the same corpus.")
@force_option
def practice(**given: Any) -> None:
    """Paint a corpus of an imaginary master, with the truth: landmarks, attributes, parts and height in mm."""
    work("corpus").practice(**given)


@click.command()
@click.argument("corpus", type=FOLDER)
@json_option
@cache_option
def ingest(**given: Any) -> None:
    """List a corpus: size, dpi, duplicates, and what was rejected, with the reason."""
    work("corpus").ingest(**given)


COMMANDS = (measure, stats, practice, ingest)
