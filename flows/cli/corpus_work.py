"""What the commands of `flows.cli.corpus_commands` do."""

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import click

from data.errors import UsageError
from data.files import sha256_file
from data.progress import Progress
from flows.corpus import corpus_view
from flows.corpus.folder import check_corpus
from flows.corpus.measuring import Measurer, MeasuringRequest, Outcome, measure_many
from flows.corpus.paintings import ingest_corpus
from flows.corpus.store import Store, default_cache
from flows.run.progress import bar, say
from render.practice.practice import paint_practice

_MOST_PAINTINGS = 10_000


def measure(images: Sequence[Path], as_json: bool, cache: Path | None, jobs: int | None) -> int:
    """Measure single pictures and print what was found.

    Parameters
    ----------
    images : sequence of Path
    as_json : bool
        A line of JSON for each, instead of words.
    cache, jobs
        As for `stats`.

    Returns
    -------
    int
        Exit status: 1 if a picture could not be measured.
    """
    requests, outcomes = [], {}
    for path in images:
        try:
            requests.append(MeasuringRequest(str(path), path.absolute(), sha256_file(path)))
        except OSError as error:
            outcomes[str(path)] = Outcome[dict[str, Any]](str(path), reason=f"cannot be read: {error.strerror}")
    with Measurer(Store(cache or default_cache()), jobs) as measurer, bar("measure", quiet=len(requests) < 2) as progress:
        outcomes |= {found.file: found for found in measure_many(requests, measurer, progress)}
    for file in dict.fromkeys(map(str, images)):
        _tell_measured(outcomes[file], as_json)
    return 1 if any(found.reason is not None for found in outcomes.values()) else 0


def _tell_measured(found: Outcome[dict[str, Any]], as_json: bool) -> None:
    if found.value is None:
        say(f"{found.file}: {found.reason}")
        if as_json:
            click.echo(json.dumps({"file": found.file, "width_px": None, "height_px": None, "faces": [],
                                   "reason": found.reason}, ensure_ascii=False))
    elif as_json:
        click.echo(json.dumps(found.value, ensure_ascii=False))
    else:
        click.echo(_in_words(found.value))


def _in_words(measurement: Mapping[str, Any]) -> str:
    """One picture's measurement as lines to read."""
    head = f"{measurement['file']}  {measurement['width_px']} x {measurement['height_px']}"
    if not measurement["faces"]:
        return f"{head}  no face: {measurement['reason']}"
    lines = [head]
    for face in measurement["faces"]:
        said = ", ".join(f"{name} {round(value, 1) if isinstance(value, float) else value}" for name, value in
                         ((name, estimate["value"]) for name, estimate in face["attributes"].items()) if value is not None)
        x, y, width, height = (round(value) for value in face["box"])
        lines.append(f"  face at {x}, {y}, {width} x {height} ({face['confidence']:.2f}): {said}")
    return "\n".join(lines)


def stats(corpus: Path, as_json: bool, html: Path | None, csv: Path | None, parquet: Path | None, cache: Path | None,
          jobs: int | None) -> None:
    """Print what a corpus says, and write it into files.

    Parameters
    ----------
    corpus : Path
    as_json : bool
        Print JSON instead of words.
    html, csv, parquet : Path or None
        Files to write: a page, the table of sitters.
    cache : Path or None
        Where measurements are kept; None: where they usually are.
    jobs : int or None
        Processes that measure; None: as many as the machine holds.
    """
    check_corpus(corpus)
    with _bars() as bars:
        view = corpus_view.view_corpus(corpus, Store(cache or default_cache()), jobs, bars)
    if html:
        with _bars() as bars:
            view.write_html(html, bars("page"))
        say(f"Wrote {html}")
    if csv:
        view.write_csv(csv)
    if parquet:
        view.write_parquet(parquet)
    click.echo(json.dumps(view.statistics.to_json(), ensure_ascii=False) if as_json else view.statistics.in_words())


@contextmanager
def _bars() -> Iterator[Callable[[str], Progress]]:
    """Give `bars(name)`, a progress callable that closes its bar when the next one opens."""
    with ExitStack() as stack:
        def open_bar(name: str) -> Progress:
            stack.close()
            return stack.enter_context(bar(name))

        yield open_bar


def practice(out: Path, count: int, seed: int, force: bool) -> None:
    """Paint a practice corpus.

    Parameters
    ----------
    out : Path
    count : int
        How many paintings.
    seed : int
    force : bool
        Paint over what lies in `out`.
    """
    if not 1 <= count <= _MOST_PAINTINGS:
        raise UsageError(f"--count {count}: expected 1 to {_MOST_PAINTINGS} paintings")
    if seed < 0:
        raise UsageError(f"--seed {seed}: expected a whole number of 0 or more")
    out = out.expanduser().absolute()
    if out.is_dir() and any(out.iterdir()) and not force:
        raise UsageError(f"{out} is not empty: name a new folder with --out, or give --force to paint over it")
    with bar("practice", unit="painting") as progress:
        paint_practice(out, count, seed, progress=progress, jobs=len(os.sched_getaffinity(0)))
    say(f"{count} paintings in {out}")


def ingest(corpus: Path, as_json: bool, cache: Path | None) -> None:
    """List a corpus.

    Parameters
    ----------
    corpus : Path
    as_json : bool
        A line of JSON for each picture, instead of words.
    cache : Path or None
        Where facts about files are kept; None: where they usually are.
    """
    check_corpus(corpus)
    store = Store(cache or default_cache())
    with bar("ingest") as progress:
        table = ingest_corpus(corpus, store, progress).table
    if as_json:
        for line in table.to_json(orient="records", lines=True, force_ascii=False).splitlines():
            click.echo(line)
        return
    for row in table.to_dict("records"):
        click.echo(f"{row['file']}  {_size_of(row)}  {_fate_of(row)}".rstrip())


def _fate_of(row: Mapping[Any, Any]) -> str:
    """Why a picture is not used, of a row of the catalogue; empty if it is."""
    if isinstance(row["rejected"], str):
        return f"rejected: {row['rejected']}"
    return f"copy of {row['duplicate_of']}" if isinstance(row["duplicate_of"], str) else ""


def _size_of(row: Mapping[Any, Any]) -> str:
    """The size of a picture, of a row of the catalogue; empty where nobody knows it."""
    unknown = row["width_px"] is None or row["width_px"] != row["width_px"]    # pandas gives NaN for a missing number
    return "" if unknown else f"{row['width_px']:.0f} x {row['height_px']:.0f}"
