"""The page of a run: the portrait, how it was made, its measured quality; then the corpus it was learned from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32, Int, Int32, UInt8, UInt16

from data.colour import from_uint16
from data.scan import read_scan
from render.export.raking import depth_shaded
from render.portrait.guide import Guide
from render.report.corpus_page import Page
from render.report.drawings import css_colour, jpeg, landmark_lines, shrunk, source_colours
from render.report.template import write_page

# Longer side, px, and JPEG quality of the pictures on the page.
_PORTRAIT, _RAKING, _STEP, _SOURCES, _SIDE, _CANDIDATES = (900, 90), (900, 88), (600, 88), (600, 90), (600, 85), (1600, 85)
_LAMPS = ("left", "top", "right", "bottom")


@dataclass(frozen=True, eq=False)
class Made:
    """What a run made.

    Attributes
    ----------
    arguments : dict
        Of the run, by name.
    sitter : str
        In words.
    cast : dict
        Who lent what: role -> (name, mirrored).
    guide : Guide
    colour : (H, W, 3) uint16
    source : (H, W, 3) int32
        Exemplar, row and column of every texel.
    exemplars : sequence
        (name, mirrored) in the order of the source map's numbers.
    height_mm : (H, W) float32
    raking, candidates : Path
        The portrait under raking light (where there are pictures with a lamp at each side, they lie beside it), and the
        sheet of candidates.
    exaggeration : float
        How many times as high the relief is shown there.
    critique : dict
        As `render.portrait.critique` gives it.
    seconds : dict
        By stage.
    print_size : str
        In words.
    pitch_mm : float
        Millimetres per texel.
    """

    arguments: Mapping[str, Any]
    sitter: str
    cast: Mapping[str, Sequence[Any]]
    guide: Guide
    colour: UInt16[np.ndarray, "H W 3"]
    source: Int32[np.ndarray, "H W 3"]
    exemplars: Sequence[Sequence[Any]]
    height_mm: Float32[np.ndarray, "H W"]
    raking: Path
    candidates: Path
    exaggeration: float
    critique: Mapping[str, Any]
    seconds: Mapping[str, float]
    print_size: str
    pitch_mm: float


@dataclass(frozen=True)
class Giver:
    """A painting that gave paint: its share of the canvas, its colour in the map of sources (CSS), its thumbnail, and what
    it lent to the composition, in words."""

    name: str
    share: float
    colour: str
    picture: str | None
    roles: str


def write_run_page(path: Path | str, made: Made, page: Page) -> None:
    """Write the page of a run.

    Parameters
    ----------
    path : path
    made : Made
        What it made.
    page : Page
        Of the corpus it learned from.
    """
    thumbnails = {card.file: card.picture for card in page.cards}
    write_page(path, page.plots, page=page, run=_run_view(made, thumbnails))


def _run_view(made: Made, thumbnails: Mapping[str, str | None]) -> dict[str, Any]:
    """The pictures and tables of a run, as the template wants them."""
    colour = from_uint16(made.colour)
    names = sorted({name for name, _ in made.exemplars})
    number = np.array([names.index(name) for name, _ in made.exemplars])
    of_painting = number[made.source[..., 0]]
    colours = source_colours(len(names))
    small = shrunk(colour, _PORTRAIT[0])
    return {
        "arguments": made.arguments, "sitter": made.sitter, "portrait": jpeg(small, _PORTRAIT[1]),
        "width": small.shape[1], "height": small.shape[0], "print": made.print_size,
        "layout": landmark_lines(made.guide.landmarks, small.shape[1] / colour.shape[1]),
        "guide": _picture(made.guide.colour, _STEP), "sources": _picture(colours[of_painting], _SOURCES),
        "legend": _legend(made, names, of_painting, colours, thumbnails),
        "depth": _picture(depth_shaded(made.height_mm, made.pitch_mm), _STEP),
        "raking": _picture(read_scan(made.raking), _RAKING), "critique": made.critique,
        "sides": {side: _picture(read_scan(path), _SIDE) for side in _LAMPS
                  if (path := made.raking.with_name(f"raking-{side}.png")).is_file()},
        "candidates": _picture(read_scan(made.candidates), _CANDIDATES),
        "seconds": made.seconds, "total": sum(made.seconds.values()),
        "relief_mm": float(np.ptp(made.height_mm)), "exaggeration": made.exaggeration,
    }


def _picture(picture: Float32[np.ndarray, "H W 3"] | UInt8[np.ndarray, "H W 3"], look: tuple[int, int]) -> str:
    """A picture on the page: reduced to a longer side, px, and packed at a JPEG quality."""
    side_px, quality = look
    return jpeg(shrunk(picture, side_px), quality)


def _legend(made: Made, names: Sequence[str], of_painting: Int[np.ndarray, "H W"], colours: UInt8[np.ndarray, "N 3"],
            thumbnails: Mapping[str, str | None]) -> list[Giver]:
    """The paintings that gave paint, by share; `of_painting` numbers them by `names` and `colours` for every texel."""
    shares = np.bincount(of_painting.ravel(), minlength=len(names)) / of_painting.size
    roles: dict[str, list[str]] = {}
    for role, (name, mirrored) in made.cast.items():
        roles.setdefault(name, []).append(role + (", mirrored" if mirrored else ""))
    givers = [Giver(name, float(share), css_colour(colour), thumbnails.get(name), "; ".join(roles.get(name, [])))
              for name, share, colour in zip(names, shares, colours)]
    return sorted(givers, key=lambda giver: -giver.share)
