"""The commands beside the portrait: `restyle` any photograph or moving picture, `dream`, and the fast network's school."""

from pathlib import Path

import click
import numpy as np

from data.errors import CorpusError, ShapeError, UsageError
from data.files import replacing, sha256_file
from flows.corpus.store import Store, default_cache, key_of
from flows.run.progress import bar, say
from flows.run.stage_cache import Checkpoint, code_version

_PATH = click.Path(path_type=Path, readable=False)
PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff")
_WRITTEN = (".png", ".tif", ".tiff", ".jpg", ".jpeg")
_LESSON_PX = 512  # longer side of the photographs the fast network is taught with
_DPI = 300.0  # written where nothing says how large the print will be


@click.command()
@click.argument("source", type=_PATH, metavar="INPUT")
@click.option("--from", "masters", multiple=True, required=True, metavar="MASTER[=WEIGHT]",
              help="A corpus, a picture, or a network of `learn --fast`; several are mixed by weight, or held apart by --mask.")
@click.option("--out", type=_PATH, required=True, metavar="FILE", help="The result: PNG, TIFF (16 bit), JPEG; a video; for a "
              "folder of frames a folder.")
@click.option("--engine", default=None, metavar="NAME", help="neural, patch or fast.  [default: neural; fast for a network]")
@click.option("--strength", type=float, default=1.0, metavar="S", help="0 leaves the picture as it is, 1 takes the hand.")
@click.option("--keep-colours", is_flag=True, help="Take light, shade and strokes only.")
@click.option("--brush-px", type=float, default=None, metavar="PX", help="Width of strokes in pixels of the result.")
@click.option("--brush-mm", type=float, default=None, metavar="MM", help="Width of strokes in mm of a print --width-mm wide.")
@click.option("--width-mm", type=float, default=None, metavar="W", help="Width of the print; sets the dpi of the file.")
@click.option("--mask", type=_PATH, default=None, metavar="PICTURE",
              help="Grey picture of INPUT's size: dark belongs to the first --from, light to the last.")
@click.option("--faces", default="auto", metavar="HOW", help="auto, yes (fail without a face) or no.")
@click.option("--megapixels", type=float, default=None, metavar="M", help="Size of the result.  [default: INPUT's]")
@click.option("--seed", type=int, default=1, help="The same seed gives the same picture.")
@click.option("--cache", type=_PATH, default=None, help="Where measurements are kept between runs.")
@click.option("--jobs", type=int, default=None, metavar="N", help="Processes that measure.")
def restyle(source, masters, out, engine, strength, keep_colours, brush_px, brush_mm, width_mm, mask, faces, megapixels, seed,
            cache, jobs):
    """A photograph, a video or a folder of frames in a master's hand.

    Faces are found and kept; parts learn from parts: eyes from eyes, cloth from cloth. A video keeps its sound. A run
    that was stopped goes on when the same command is given again.
    """
    named = [_weighed(text) for text in masters]
    taught = [path.suffix == ".safetensors" for path, _ in named]
    engine = engine or ("fast" if all(taught) else "neural")
    settings = _settings(engine=engine, strength=strength, keep_colours=keep_colours, brush_px=brush_px, brush_mm=brush_mm,
                         width_mm=width_mm, faces=faces, megapixels=megapixels, seed=seed)
    if engine == "fast" and not all(taught) or engine != "fast" and any(taught):
        raise UsageError(f"--engine {engine}: the fast engine takes networks (--from FILE.safetensors, made by `atelier learn "
                         "CORPUS --out DIR --fast`), the others take corpora and pictures")
    if not source.exists():
        raise UsageError(f"there is no {source}: expected a photograph, a video or a folder of frames")
    picture = source.is_file() and source.suffix.lower() in PICTURES
    if not picture and mask is not None:
        raise UsageError("--mask goes with a single picture: in a moving one nothing stays in its place")
    if picture and out.suffix.lower() not in _WRITTEN:
        raise UsageError(f"--out {out}: expected a name that ends in one of {', '.join(_WRITTEN)}")
    if out.resolve() == source.resolve():
        raise UsageError(f"--out {out} is the input itself: choose another name")
    rgb = regions = None
    if picture:
        rgb, regions = _picture(source, mask, len(named), megapixels)
    hands = [_master(path, weight, Store(cache or default_cache()), jobs, portrait=faces != "no") for path, weight in named]
    if not picture:
        return _film(source, out, hands, settings(None), megapixels)
    dpi = rgb.shape[1] / width_mm * 25.4 if width_mm else _DPI
    wished = settings(25.4 / dpi)
    from render.restyle.restyle import restyle as paint

    # Half a picture stays beside the result until it is whole.
    kept = Checkpoint(out.with_name(f".{out.name}.painting.npz"), key_of([
        sha256_file(source), mask and sha256_file(mask), megapixels, repr(wished), [hand.key for hand in hands]],
        code_version()))
    with bar("restyle") as progress:
        painted = paint(rgb, hands, wished, regions=regions, progress=progress, checkpoint=kept)
    _write(out, painted, dpi)
    kept.forget()
    say(f"Wrote {out}: {painted.shape[1]} x {painted.shape[0]}")


def _settings(*, engine, brush_px, brush_mm, width_mm, megapixels, seed, **wishes):
    """A function of the pitch (mm a pixel, or None) that gives RestyleSettings; UsageError where they cannot be meant."""
    from render.restyle.restyle import RestyleSettings

    if brush_mm is not None and (brush_px is not None or width_mm is None):
        raise UsageError("--brush-mm needs --width-mm, the width of the print, and no --brush-px beside it")
    for option, value in (("--width-mm", width_mm), ("--brush-mm", brush_mm), ("--megapixels", megapixels)):
        if value is not None and not 0 < value <= 5000:
            raise UsageError(f"{option} {value:g}: expected a number above 0 and up to 5000")
    if seed < 0:
        raise UsageError(f"--seed {seed}: expected a whole number of 0 or more")

    def made(pitch_mm):
        width = brush_px if brush_mm is None else brush_mm / pitch_mm if pitch_mm else None
        return RestyleSettings(engine=engine, brush_px=width, seed=seed, **wishes)

    made(1.0).check()
    return made


def _weighed(text):
    """(path, weight) of `PATH` or `PATH=WEIGHT`."""
    name, equals, number = text.rpartition("=")
    if not equals or Path(text).exists():
        return Path(text), 1.0
    try:
        weight = float(number)
    except ValueError:
        return Path(text), 1.0
    if not 0 < weight < float("inf"):
        raise UsageError(f"--from {text}: expected a weight above 0")
    return Path(name), weight


def _master(path, weight, store, jobs, *, portrait):
    """What `--from` names: a corpus, a single picture, or a trained network."""
    from render.restyle.lenders import Lender, Master

    if path.suffix == ".safetensors":
        from models.feedforward_style import FastStyle

        return Master(weight=weight, network=FastStyle.load(path))
    if path.is_file():
        return Master((Lender.of_file(path),), weight)
    if not path.is_dir():
        raise UsageError(f"--from {path}: there is no such folder or file; expected a corpus, a picture, or a network made by "
                         "`atelier learn CORPUS --out DIR --fast`")
    return Master(tuple(lenders_of(path, store, jobs, portrait=portrait)), weight)


def lenders_of(corpus, store, jobs, *, portrait=True):
    """A corpus' paintings as lenders: sitters first, those shown largest first of all, then the others as they are."""
    from flows.corpus.corpus_view import view_corpus
    from flows.corpus.learning import learn_views, painted_surface
    from flows.run.commission import check_corpus
    from render.restyle.lenders import Lender

    check_corpus(corpus)
    view = view_corpus(corpus, store, jobs, lambda name: None)
    sitters = learn_views(view.corpus, store, jobs, view.table, view.measurements)
    sitters.sort(key=lambda each: (-each.eye_distance_px, each.name))
    shown = {each.name for each in sitters}
    rows = view.table[view.table.rejected.isna() & ~view.table.file.isin(shown)].to_dict("records")
    others = [Lender(str(view.corpus / row["file"]), row["file"], int(row["width_px"]), int(row["height_px"]),
                     content_box=painted_surface(row), sha256=row["sha256"])
              for row in sorted(rows, key=lambda row: (-row["width_px"] * row["height_px"], row["file"]))]
    lenders = [Lender.of_view(each) for each in sitters] + others
    if not lenders:
        raise CorpusError(f"no painting in {corpus} can be used: `atelier ingest {corpus}` lists them with the reasons")
    return lenders


def _picture(source, mask, count, megapixels):
    """(the photograph, regions or None) at the size asked for."""
    import cv2

    from data.scan import read_scan

    rgb = np.ascontiguousarray(read_scan(source), np.float32)
    regions = None
    if mask is not None:
        grey = cv2.cvtColor(np.ascontiguousarray(read_scan(mask), np.float32), cv2.COLOR_RGB2GRAY)
        if grey.shape != rgb.shape[:2]:
            raise ShapeError(f"the mask {mask} has {grey.shape[1]} x {grey.shape[0]} pixels, {source} has {rgb.shape[1]} x "
                             f"{rgb.shape[0]}: expected a mask of the picture's own size")
        regions = np.minimum(grey * count, count - 1).astype(np.uint8)
    if megapixels is not None:
        scale = (megapixels * 1e6 / (rgb.shape[0] * rgb.shape[1])) ** 0.5
        size = tuple(max(1, round(n * scale)) for n in rgb.shape[1::-1])
        rgb = np.clip(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC), 0, 1)
        regions = regions if regions is None else cv2.resize(regions, size, interpolation=cv2.INTER_NEAREST)
    return rgb, regions


def _film(source, out, hands, settings, megapixels):
    from render.restyle.video import FramePainter, restyle_video

    if megapixels is not None:
        raise UsageError("--megapixels goes with a single picture: a moving one keeps its size")
    with bar("frames", unit="frame") as progress:
        facts = restyle_video(source, out, FramePainter(hands, settings), progress=progress)
    found = f", {facts['resumed']} of them painted before" if facts["resumed"] else ""
    say(f"Wrote {out}: {facts['frames']} frames{found}, {len(facts['cuts']) + 1} shots")


def _write(path, rgb, dpi):
    """A picture in the format its name asks for."""
    from render.export.files import srgb_profile, write_colour_tiff, write_png8

    if path.suffix.lower() in (".tif", ".tiff"):
        write_colour_tiff(path, rgb, dpi)
    elif path.suffix.lower() == ".png":
        write_png8(path, rgb, dpi)
    else:
        from PIL import Image

        with replacing(path) as beside:
            Image.fromarray(np.round(np.clip(rgb, 0, 1) * 255).astype(np.uint8)).save(
                beside, "JPEG", quality=92, dpi=(dpi, dpi), icc_profile=srgb_profile())


@click.command()
@click.argument("picture", type=_PATH)
@click.option("--out", type=_PATH, required=True, metavar="FILE", help="The result: PNG, TIFF (16 bit) or JPEG.")
@click.option("--layer", default="fire8", metavar="LAYER", help="Whose sight is amplified: conv1, fire2 ... fire9.")
@click.option("--strength", type=float, default=6.0, metavar="S",
              help="Mean change of a pixel, in hundredths of the range of colour.")
@click.option("--seed", type=int, default=1, help="The same seed gives the same picture.")
def dream(picture, out, layer, strength, seed):
    """Any painting with more of what a layer of the perceptual network sees in it."""
    from data.scan import read_scan, scan_info
    from render.neural.dream import DreamSettings
    from render.neural.dream import dream as dreamt

    settings = DreamSettings(layer=layer, strength=strength, seed=seed)
    settings.check()
    if out.suffix.lower() not in _WRITTEN:
        raise UsageError(f"--out {out}: expected a name that ends in one of {', '.join(_WRITTEN)}")
    rgb = np.ascontiguousarray(read_scan(picture), np.float32)
    with bar("dream") as progress:
        result = dreamt(rgb, settings, progress=progress)
    _write(out, result, scan_info(picture).dpi or _DPI)
    say(f"Wrote {out}: {result.shape[1]} x {result.shape[0]}")


def school_pictures():
    """(names, [(H, W, 3) float32]): photographs that installed packages bring along, for the fast network to learn with."""
    from importlib.resources import files

    from data.scan import read_scan

    places = {"skimage.data": ("astronaut.png", "chelsea.png", "coffee.png", "motorcycle_left.png", "rocket.jpg"),
              "sklearn.datasets.images": ("china.jpg", "flower.jpg")}
    paths = [files(package) / name for package, names in places.items() for name in names]
    pictures = [np.ascontiguousarray(read_scan(path, max_side_px=_LESSON_PX), np.float32) for path in paths]
    return [path.name for path in paths], pictures


def learn_fast(commission):
    """Train the fast network on a commission's corpus into `OUT/fast.safetensors`; the same training is not done twice."""
    from models.feedforward_style import FastSettings, FastStyle
    from render.restyle.lenders import Master
    from render.restyle.restyle import RestyleSettings
    from render.restyle.restyle import restyle as restyle_picture
    from render.restyle.works import works_for

    settings = FastSettings(seed=commission.seed)
    store = Store(commission.cache)
    lenders = lenders_of(commission.corpus, store, commission.jobs)
    names, photographs = school_pictures()
    out = commission.out / "fast.safetensors"
    about = {"corpus": commission.corpus.name, "works": {each.name: each.sha256 for each in lenders[:settings.works]},
             "photographs": names}
    key = key_of(about, repr(settings))
    if out.exists() and FastStyle.load(out).record.get("key") == key:
        return out
    works = list(works_for(lenders, (settings.canvas_px, settings.canvas_px),
                           brush_scale=settings.brush_scale, count=settings.works))
    lessons = []
    with bar("lessons", unit="picture") as progress:
        for number, rgb in enumerate(photographs):
            lessons.append((rgb, restyle_picture(rgb, [Master(tuple(lenders))], RestyleSettings("patch", seed=settings.seed))))
            progress(number + 1, len(photographs))
    with bar("fast") as progress:
        style = FastStyle.train(works, lessons, settings, progress=progress)
    style.record.update(about, key=key)
    style.save(out)
    return out
