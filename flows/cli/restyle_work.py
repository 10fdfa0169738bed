"""What `atelier restyle` does."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from data.errors import UsageError
from data.files import sha256_file
from flows.cli.places import check_picture_name
from flows.corpus.lenders import lenders_of
from flows.corpus.store import Store, default_cache, key_of
from flows.run.checkpoint import FileCheckpoint
from flows.run.progress import bar, say
from flows.run.stamp import code_version
from models.feedforward_style import FastStyle
from render.export.picture import write_picture
from render.restyle.frames import PICTURES
from render.restyle.lenders import Lender, Master
from render.restyle.picture import Brush, Photograph, pitch_of
from render.restyle.restyle import RestyleSettings
from render.restyle.restyle import restyle as restyle_picture
from render.restyle.video import FramePainter, restyle_video

_NETWORK = ".safetensors"
_MOST = 5000    # millimetres, or megapixels


class Hand(NamedTuple):
    """What a `--from` names, and its weight in a mixture."""

    path: Path
    weight: float

    @property
    def taught(self) -> bool:
        """Whether it is a network that was taught the hand."""
        return self.path.suffix == _NETWORK


@dataclass(frozen=True)
class Wish:
    """How a picture is to be painted: `settings` but for the brush, which may be given in mm of a print."""

    settings: RestyleSettings
    brush: Brush
    width_mm: float | None
    megapixels: float | None

    def at(self, pitch_mm: float | None) -> RestyleSettings:
        """The settings for a result whose pixels are `pitch_mm` wide; None where nobody knows."""
        return replace(self.settings, brush_px=self.brush.width_px(pitch_mm))

    def check(self) -> None:
        """UsageError where it cannot be meant."""
        if self.brush.mm is not None and (self.brush.px is not None or self.width_mm is None):
            raise UsageError("--brush-mm needs --width-mm, the width of the print, and no --brush-px beside it")
        for option, value in (("--width-mm", self.width_mm), ("--brush-mm", self.brush.mm), ("--megapixels", self.megapixels)):
            if value is not None and not 0 < value <= _MOST:
                raise UsageError(f"{option} {value:g}: expected a number above 0 and up to {_MOST}")
        if self.settings.seed < 0:
            raise UsageError(f"--seed {self.settings.seed}: expected a whole number of 0 or more")
        self.at(1.0).check()


def restyle(source: Path, masters: Sequence[str], out: Path, engine: str | None, brush_px: float | None,
            brush_mm: float | None, width_mm: float | None, mask: Path | None, megapixels: float | None, cache: Path | None,
            jobs: int | None, **settings: Any) -> None:
    """Write a photograph, a video or a folder of frames in a master's hand.

    Parameters
    ----------
    source, out : Path
        The input and the result.
    masters : sequence of str
        `PATH` or `PATH=WEIGHT`: corpora, pictures, networks.
    engine : str or None
        None: the fast one for networks, else the neural one.
    brush_px, brush_mm : float or None
        Width of strokes.
    width_mm : float or None
        Of the print.
    mask : Path or None
        A grey picture that parts the input between the masters.
    megapixels : float or None
        Of the result; None: the input's.
    cache : Path or None
        Where measurements are kept; None: where they usually are.
    jobs : int or None
        Processes that measure; None: as many as the machine holds.
    **settings
        Other fields of `render.restyle.restyle.RestyleSettings`.
    """
    hands = [_weighed(text) for text in masters]
    engine = engine or ("fast" if all(hand.taught for hand in hands) else "neural")
    wish = Wish(RestyleSettings(engine=engine, **settings), Brush(brush_px, brush_mm), width_mm, megapixels)
    wish.check()
    _check_engine(engine, hands)
    single = _check_places(source, out, mask)
    photograph = Photograph.read(source, mask, len(hands), megapixels) if single else None
    store = Store(cache or default_cache())
    learned = [_master(hand, store, jobs) for hand in hands]
    if photograph is None:
        _film(source, out, learned, wish)
    else:
        inputs = [sha256_file(source), mask and sha256_file(mask), megapixels]
        _single_picture(photograph, out, learned, wish, inputs)


def _weighed(text: str) -> Hand:
    """The hand that `PATH` or `PATH=WEIGHT` names."""
    name, equals, number = text.rpartition("=")
    if not equals or Path(text).exists():
        return Hand(Path(text), 1.0)
    try:
        weight = float(number)
    except ValueError:
        return Hand(Path(text), 1.0)
    if not 0 < weight < float("inf"):
        raise UsageError(f"--from {text}: expected a weight above 0")
    return Hand(Path(name), weight)


def _check_engine(engine: str, hands: Sequence[Hand]) -> None:
    if not all(hand.taught == (engine == "fast") for hand in hands):
        raise UsageError(f"--engine {engine}: the fast engine takes networks (--from FILE.safetensors, made by `atelier learn "
                         "CORPUS --out DIR --fast`), the others take corpora and pictures")


def _check_places(source: Path, out: Path, mask: Path | None) -> bool:
    """Whether the input is a single picture; UsageError where input, result and mask do not go together."""
    if not source.exists():
        raise UsageError(f"there is no {source}: expected a photograph, a video or a folder of frames")
    single = source.is_file() and source.suffix.lower() in PICTURES
    if not single and mask is not None:
        raise UsageError("--mask goes with a single picture: in a moving one nothing stays in its place")
    if single:
        check_picture_name(out)
    if out.resolve() == source.resolve():
        raise UsageError(f"--out {out} is the input itself: choose another name")
    return single


def _master(hand: Hand, store: Store, jobs: int | None) -> Master:
    """What `--from` names: a corpus, a single picture, or a trained network."""
    if hand.taught:
        return Master(weight=hand.weight, network=FastStyle.load(hand.path))
    if hand.path.is_file():
        return Master((Lender.of_file(hand.path),), hand.weight)
    if not hand.path.is_dir():
        raise UsageError(f"--from {hand.path}: there is no such folder or file; expected a corpus, a picture, or a network "
                         "made by `atelier learn CORPUS --out DIR --fast`")
    return Master(tuple(lenders_of(hand.path, store, jobs)), hand.weight)


def _single_picture(photograph: Photograph, out: Path, masters: Sequence[Master], wish: Wish, inputs: Sequence[Any]) -> None:
    dpi = photograph.dpi(wish.width_mm)
    settings = wish.at(pitch_of(dpi))
    # Half a picture stays beside the result until it is whole.
    kept = FileCheckpoint(out.with_name(f".{out.name}.painting.npz"), key_of(
        [*inputs, repr(settings), [master.key for master in masters]], code_version()))
    with bar("restyle") as progress:
        painted = restyle_picture(photograph.rgb, masters, settings, regions=photograph.regions, progress=progress,
                                  checkpoint=kept)
    write_picture(out, painted, dpi)
    kept.forget()
    say(f"Wrote {out}: {painted.shape[1]} x {painted.shape[0]}")


def _film(source: Path, out: Path, masters: Sequence[Master], wish: Wish) -> None:
    if wish.megapixels is not None:
        raise UsageError("--megapixels goes with a single picture: a moving one keeps its size")
    with bar("frames", unit="frame") as progress:
        facts = restyle_video(source, out, FramePainter(masters, wish.at(None)), progress=progress)
    found = f", {facts['resumed']} of them painted before" if facts["resumed"] else ""
    say(f"Wrote {out}: {facts['frames']} frames{found}, {len(facts['cuts']) + 1} shots")
