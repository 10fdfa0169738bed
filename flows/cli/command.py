"""The command line: one verb per stage. Results go to stdout, talk to stderr; 0 done, 1 failed, 2 misused.

Nothing heavy is imported here: `atelier --help`, `measure` and `stats` never load Prefect.
"""

import json
import logging
import os
import signal
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click

from data.errors import PortraitError, UsageError
from flows.cli import restyling
from flows.cli.printing import enlarge, export
from flows.cli.run_stages import tell, until
from flows.corpus.store import Store, default_cache
from flows.run.commission import Commission, check_corpus, claim, planned
from flows.run.progress import bar, say

_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 110, "show_default": True}
# Whether a path can be read is ours to say: click would call it misuse.
_FOLDER = click.Path(path_type=Path, readable=False)


@click.group(context_settings=_SETTINGS)
@click.version_option(package_name="atelier")
@click.option("-v", "--verbose", is_flag=True, help="Say more about what is done, on stderr.")
def cli(verbose):
    """Atelier learns how one master painted people, and paints a portrait that master never painted.

    \b
    atelier practice --out corpus --count 32     a corpus of an imaginary master, with known truth
    atelier stats corpus --html corpus.html      what a corpus says about its sitters
    atelier run corpus --out out                 a new portrait, its relief, and files for a printer
    """
    logging.basicConfig(level=logging.INFO if verbose else logging.ERROR, format="%(message)s", stream=sys.stderr,
                        force=True)


_cache = click.option("--cache", type=_FOLDER, default=None, help="Where measurements are kept between runs.  [default: "
                      "$ATELIER_CACHE, $XDG_CACHE_HOME/atelier or ~/.cache/atelier]")
_jobs = click.option("--jobs", type=int, default=None, metavar="N",
                     help="Processes that measure.  [default: as many as the machine holds]")
_force = click.option("--force", is_flag=True, help="Replace what an earlier run left in the output folder.")
_json = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


def _commission_options(function):
    for option in reversed((
        click.option("--out", type=_FOLDER, required=True, metavar="DIR", help="Folder for the results."),
        click.option("--seed", type=int, default=1, help="The same seed gives the same picture."),
        click.option("--megapixels", type=float, default=1.0, metavar="M", help="Size of the canvas."),
        click.option("--width-mm", type=float, default=200.0, metavar="W", help="Width of the print."),
        click.option("--sitter", "sitter", multiple=True, metavar="KEY=VALUE|PHOTO",
                     help="A wish for the sitter, may be given several times: sex=female|male, age=YEARS, "
                          "facing=left|frontal|right, facial_hair=none|moustache|beard, headwear=none|hat, "
                          "clothing_tone, background_tone=dark|mid|light, light_from=left|front|right. Who lends what: "
                          "eyes, nose, mouth, head or scene=FILE of the corpus. Or a photograph of the person to be "
                          "painted."),
        click.option("--layout", type=_FOLDER, default=None, metavar="FILE",
                     help="Keep the landmarks and lenders of this layout.json, as `compose` and `walk` write it; "
                          "landmarks set to null are completed."),
        click.option("--candidates", type=int, default=3, metavar="N",
                     help="Compositions painted small and judged; the best is carried to full size."),
        click.option("--relief-mm", type=float, default=None, metavar="MM",
                     help="Stretch the relief to this height.  [default: as thick as the paint is]"),
        click.option("--base-mm", type=float, default=2.0, metavar="MM", help="Solid below the relief."),
        click.option("--triangles", type=int, default=400_000, metavar="N", help="The most triangles of the solid."),
        click.option("--engine", default="patch", metavar="NAME", help="How paint is laid: patch, quilting or neural."),
        click.option("--finish", default=None, metavar="NAME", help="What goes over the painting in the end: neural."),
        click.option("--dream", default=None, metavar="LAYER",
                     help="Amplify what this layer of the perceptual network sees: conv1, fire2 ... fire9."),
        click.option("--dream-strength", type=float, default=6.0, metavar="S",
                     help="Mean change of a pixel, in hundredths of the range of colour."),
        _cache, _jobs, _force,
    )):
        function = option(function)
    return function


def _ordered(corpus, out, sitter, cache, force, **settings):
    """A checked commission whose output folder is taken, and whether a run goes on there."""
    from render.portrait.sitter import parse_wishes

    photographs = [Path(value) for value in sitter if "=" not in value and (Path(value).suffix or Path(value).exists())]
    if len(photographs) > 1:
        raise UsageError(f"--sitter: one photograph at the most, got {', '.join(map(str, photographs))}")
    wishes = parse_wishes([value for value in sitter if Path(value) not in photographs])
    commission = Commission(corpus=corpus, out=out, wishes=wishes, person=photographs[0] if photographs else None,
                            cache=cache or default_cache(), **settings)
    check_corpus(commission.corpus)
    Store(commission.cache)
    goes_on = claim(commission, force=force)
    return commission, goes_on


@cli.command()
@click.argument("corpus", type=_FOLDER)
@_commission_options
@_json
def run(corpus, as_json, **options):
    """The whole way from a folder of paintings to a printable portrait.

    Writes portrait.tif (16 bit) and .png, height.tif with height.json, relief.stl and .3mf, raking.png, sources.tif,
    slices/, critique.json, statistics.json, report.html and run.json. A run that was stopped goes on when the same
    command is given again.
    """
    commission, goes_on = _ordered(corpus, **options)
    frame, pitch = commission.frame(), commission.pitch_mm()
    say(f"{'Going on with' if goes_on else 'Making'} a portrait of {frame.width_px} x {frame.height_px} texels, "
        f"{frame.width_px * pitch:.1f} x {frame.height_px * pitch:.1f} mm at {25.4 / pitch:.0f} dpi, in {commission.out}")
    from flows.run.portrait import run as run_flow

    record = run_flow(commission)
    if as_json:
        click.echo(json.dumps(record, ensure_ascii=False))
    else:
        say(f"Done in {record['timings_s']['this_run']:.1f} s: {commission.out / 'report.html'}")


@cli.command()
@click.argument("images", nargs=-1, required=True, type=_FOLDER, metavar="IMAGE...")
@_json
@_cache
@_jobs
def measure(images, as_json, cache, jobs):
    """Faces, landmarks and attributes of single pictures: with --json one line for each."""
    from data.files import sha256_file
    from flows.corpus.measuring import Failure, Job, Measurer, measure_many

    work, failed = [], {}
    for path in images:
        try:
            work.append(Job(str(path), path.absolute(), sha256_file(path)))
        except OSError as error:
            failed[str(path)] = f"cannot be read: {error.strerror}"
    with Measurer(Store(cache or default_cache()), jobs) as measurer, bar("measure", quiet=len(work) < 2) as progress:
        found = dict(zip((job.file for job in work), measure_many(work, measurer, progress)))
    failed.update({file: result.reason for file, result in found.items() if isinstance(result, Failure)})
    for path in dict.fromkeys(map(str, images)):
        if path in failed:
            say(f"{path}: {failed[path]}")
            if as_json:
                click.echo(json.dumps({"file": path, "width_px": None, "height_px": None, "faces": [],
                                       "reason": failed[path]}, ensure_ascii=False))
        elif as_json:
            click.echo(json.dumps(found[path], ensure_ascii=False))
        else:
            click.echo(_in_words(found[path]))
    return 1 if failed else 0


def _in_words(measurement):
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


@cli.command()
@click.argument("corpus", type=_FOLDER)
@_json
@click.option("--html", type=_FOLDER, default=None, metavar="FILE", help="Write one self-contained page to look at.")
@click.option("--csv", type=_FOLDER, default=None, metavar="FILE", help="Write the table of sitters as CSV.")
@click.option("--parquet", type=_FOLDER, default=None, metavar="FILE", help="Write the table of sitters as Parquet.")
@_cache
@_jobs
def stats(corpus, as_json, html, csv, parquet, cache, jobs):
    """What a corpus says: its typical sitter, attributes, proportions, brushwork, duplicates and rejects."""
    from flows.corpus.corpus_view import view_corpus

    check_corpus(corpus)
    with _bars() as bars:
        view = view_corpus(corpus, Store(cache or default_cache()), jobs, bars)
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
def _bars():
    """Give `bars(name)`, a progress callable that closes its bar when the next one opens."""
    with ExitStack() as stack:
        def open_bar(name):
            stack.close()
            return stack.enter_context(bar(name))

        yield open_bar


@cli.command()
@click.option("--out", type=_FOLDER, required=True, metavar="DIR", help="Folder for the corpus.")
@click.option("--count", type=int, default=32, metavar="N", help="How many paintings.")
@click.option("--seed", type=int, default=1, help="The same seed gives the same corpus.")
@_force
def practice(out, count, seed, force):
    """Paint a corpus of an imaginary master, with the truth: landmarks, attributes, parts and height in mm."""
    if not 1 <= count <= 10_000:
        raise UsageError(f"--count {count}: expected 1 to 10000 paintings")
    if seed < 0:
        raise UsageError(f"--seed {seed}: expected a whole number of 0 or more")
    out = out.expanduser().absolute()
    if out.is_dir() and any(out.iterdir()) and not force:
        raise UsageError(f"{out} is not empty: name a new folder with --out, or give --force to paint over it")
    from render.practice.practice import paint_practice

    with bar("practice", unit="painting") as progress:
        paint_practice(out, count, seed, progress=progress, jobs=len(os.sched_getaffinity(0)))
    say(f"{count} paintings in {out}")


@cli.command()
@click.argument("corpus", type=_FOLDER)
@_json
@_cache
def ingest(corpus, as_json, cache):
    """List a corpus: size, dpi, duplicates, and what was rejected, with the reason."""
    from flows.corpus.corpus_view import ingest_corpus

    check_corpus(corpus)
    with _bars() as bars:
        table = ingest_corpus(corpus, Store(cache or default_cache()), bars).table
    if as_json:
        for line in table.to_json(orient="records", lines=True, force_ascii=False).splitlines():
            click.echo(line)
        return
    for row in table.to_dict("records"):
        fate = f"rejected: {row['rejected']}" if isinstance(row["rejected"], str) else (
            f"copy of {row['duplicate_of']}" if isinstance(row["duplicate_of"], str) else "")
        size = "" if row["width_px"] != row["width_px"] or row["width_px"] is None else (
            f"{row['width_px']:.0f} x {row['height_px']:.0f}")
        click.echo(f"{row['file']}  {size}  {fate}".rstrip())


def _single(name, text):
    """A command that carries out one stage (and what it still needs) of a commission that `compose` began."""
    @cli.command(name, help=text)
    @click.argument("folder", type=_FOLDER, metavar="DIR")
    @_cache
    @_jobs
    @_json
    def command(folder, cache, jobs, as_json):
        commission = planned(folder, cache=cache or default_cache(), jobs=jobs)
        check_corpus(commission.corpus)
        tell(until(name, commission)[name], as_json)

    return command


@cli.command()
@click.argument("corpus", type=_FOLDER)
@_commission_options
@_json
@click.option("--fast", is_flag=True, help="Teach a small network the master's hand too, for `restyle`: DIR/fast.safetensors.")
def learn(corpus, as_json, fast, **options):
    """Measure a corpus and learn its models: statistics, bank of sitters with shape model, relief model."""
    commission, _ = _ordered(corpus, **options)
    tell(until("learn", commission)["learn"], as_json)
    if fast:
        from flows.cli.restyling import learn_fast

        say(f"Wrote {learn_fast(commission)}")


@cli.command()
@click.argument("corpus", type=_FOLDER)
@_commission_options
@_json
def compose(corpus, as_json, **options):
    """Begin a commission: a sitter, a layout and a guide picture, chosen from candidates that are painted small.

    work/compose/candidates.png in DIR shows them all. Go on with `atelier paint DIR`; to have another of the
    candidates, compose again with --layout DIR/work/compose/candidate_2.json.
    """
    commission, _ = _ordered(corpus, **options)
    done = until("compose", commission)["compose"]
    if not as_json:
        say(f"The sitter: {done.facts['sentence']}")
        say(f"The candidates: {done.path('candidates.png')}")
    tell(done, as_json)


@cli.command()
@click.argument("corpus", type=_FOLDER)
@click.option("--to-seed", type=int, required=True, metavar="N", help="The seed of the sitter to arrive at.")
@click.option("--steps", type=int, default=6, metavar="N", help="Sitters on the way, both ends included.")
@_commission_options
def walk(corpus, to_seed, steps, **options):
    """Walk from the sitter of one seed to the sitter of another, and show the steps.

    Writes a sheet and a layout for every step into DIR/walk; `atelier run CORPUS --layout DIR/walk/3.json` paints one.
    """
    from flows.run.stages import walk as walk_stage

    if not 2 <= steps <= 60:
        raise UsageError(f"--steps {steps}: expected 2 to 60")
    if to_seed < 0:
        raise UsageError(f"--to-seed {to_seed}: expected a whole number of 0 or more")
    commission, _ = _ordered(corpus, **options)
    done = until("learn", commission)
    with bar("walk") as progress:
        tell(walk_stage(commission, done["learn"], to_seed, steps, progress), False)


_single("paint", "Paint what `compose` began in DIR: colour and the source map.")
_single("relief", "The height of the paint, in mm, for the painting in DIR.")
cli.add_command(export)
cli.add_command(enlarge)


@cli.command()
@click.argument("folder", type=_FOLDER, metavar="DIR")
@_json
@_cache
@_jobs
def critique(folder, as_json, cache, jobs):
    """The measured quality of the painting in DIR: layout kept, likeness, shares, patch statistics, relief."""
    commission = planned(folder, cache=cache or default_cache(), jobs=jobs)
    check_corpus(commission.corpus)
    done = until("critique", commission)["critique"]
    measured = json.loads((commission.out / "critique.json").read_text(encoding="utf-8"))
    if as_json:
        click.echo(json.dumps(measured, ensure_ascii=False))
    else:
        for name, value in measured.items():
            click.echo(f"{name:<28} {value}")
    return 0 if done else 1


cli.add_command(restyling.restyle)
cli.add_command(restyling.dream)


def main(argv=None):
    """Run a command; gives the exit status. PortraitErrors become one line on stderr, never a traceback."""
    try:
        status = cli.main(args=argv, prog_name="atelier", standalone_mode=False)
        sys.stdout.flush()
        return status if isinstance(status, int) else 0
    except click.exceptions.Abort:
        return _interrupted()
    except KeyboardInterrupt:
        return _interrupted()
    except click.ClickException as error:
        error.show(file=sys.stderr)
        return error.exit_code
    except UsageError as error:
        say(f"atelier: {error}")
        return 2
    except PortraitError as error:
        say(f"atelier: {error}")
        return 1
    except BrokenPipeError:
        # The reader of our output has left (`atelier ... | head`): nothing more to say, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        say(f"atelier: {error.filename or 'input or output'}: {error.strerror or error}")
        return 1
    except MemoryError:
        say("atelier: out of memory: ask for fewer --megapixels or fewer --jobs")
        return 1


def _interrupted():
    say("atelier: stopped; what is finished is kept, and the same command goes on from there")
    return 130


def entry():
    """The installed command."""
    # A polite kill is like Ctrl-C: workers and Prefect's server are ended in good order.
    signal.signal(signal.SIGTERM, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    sys.exit(main())
