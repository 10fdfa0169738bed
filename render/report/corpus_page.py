"""The page of a corpus: every painting with its landmarks, what they say of the sitters, and what was learned from them."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from data.errors import PortraitError
from data.progress import Progress
from data.scan import read_scan
from features.measurement import Face, Measurement
from models.bank import Bank
from models.statistics import Statistics
from render.report.bank_figures import PaletteRow, eigen_portraits, palette, shape_modes
from render.report.drawings import figure_lines, jpeg, landmark_lines
from render.report.template import write_page

THUMBNAIL_PX = 200
MOST_CARDS = 600
"""Paintings shown with a picture; a larger corpus lists the others by name."""
_READERS = 2        # pictures read at a time: libvips lets go of Python's lock while it decodes

Row: TypeAlias = Mapping[Any, Any]
"""A painting of `Statistics.paintings`, or a sitter of `Statistics.sitters`."""


@dataclass(frozen=True)
class Outline:
    """A face on a thumbnail: its box (x, y, w, h), and its landmarks, and shoulders and hands, as SVG lines where they are
    known."""

    box: tuple[float, ...]
    points: list[str]
    figure: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Card:
    """One painting of the contact sheet.

    Attributes
    ----------
    file, title, year, caption : str
    fate : str
        Why it was not learned from; empty if it was.
    rejected, sitter : bool
        Whether the file could not be used, and whether it shows one sitter.
    copy_of : str
        The painting it is a copy of; empty if it is none.
    picture : str, optional
        A thumbnail of `width` x `height` px as a data address.
    outlines : list of Outline
        The faces on it.
    attributes, certain : dict
        The sitter's attributes as they are shown, and how certain each is and where it comes from.
    """

    file: str
    title: str
    year: str
    fate: str
    caption: str
    rejected: bool
    sitter: bool
    copy_of: str
    attributes: dict[str, str]
    certain: dict[str, str]
    picture: str | None = None
    width: int = THUMBNAIL_PX
    height: int = THUMBNAIL_PX
    outlines: list[Outline] = field(default_factory=list)


@dataclass(frozen=True)
class Copy:
    """One scan among those of one painting: its thumbnail, its size, and what is said of it."""

    file: str
    picture: str | None
    said: str
    size: str


@dataclass(frozen=True, eq=False)
class Page:
    """What the page of a corpus shows, ready to be laid out.

    Attributes
    ----------
    title : str
    statistics : dict
        As `Statistics.to_json` gives them.
    cards : list of Card
    plain : list
        Rows of paintings that are named without a picture.
    columns : dict
        Numbers of the sitters for the plot of one against another: "names", "values" by name, "sex" and "file" by sitter.
    modes, eigen : dict, optional
        Of the shape model and the appearance of the sitters.
    palette : list of PaletteRow
    copies : list of list of Copy
        Scans of one painting, the kept one first.
    notes : sequence of str
        The catalogue's lines about what was not understood.
    """

    title: str
    statistics: dict[str, Any]
    cards: list[Card]
    plain: Sequence[Row]
    columns: dict[str, list[Any]]
    modes: dict[str, Any] | None = None
    eigen: dict[str, Any] | None = None
    palette: list[PaletteRow] = field(default_factory=list)
    copies: list[list[Copy]] = field(default_factory=list)
    notes: tuple[str, ...] = ()

    @property
    def plots(self) -> dict[str, Any]:
        """What the page's scripts draw."""
        return {"modes": self.modes, "columns": self.columns, "eigen": self.eigen}

    @classmethod
    def of(cls, corpus: Path | str, measurements: Sequence[Measurement], statistics: Statistics, bank: Bank | None = None,
           progress: Progress | None = None, notes: Sequence[str] = ()) -> "Page":
        """Gather a page.

        Parameters
        ----------
        corpus : path
            The folder of scans.
        measurements : sequence of Measurement
        statistics : Statistics
        bank : Bank, optional
            Gives mean face, modes, eigen-portraits and palette.
        progress : callable, optional
            Called with every thumbnail.
        notes : sequence of str
            The catalogue's lines about what was not understood.
        """
        rows = statistics.paintings.to_dict("records")
        shown, total = rows[:MOST_CARDS], len(rows[:MOST_CARDS]) + 1
        by_file = {measurement.file: measurement for measurement in measurements}
        sitters = {row["file"]: row for row in statistics.sitters.to_dict("records")}
        cards: list[Card] = []
        with ThreadPoolExecutor(_READERS) as threads:
            for card in threads.map(lambda row: _card(Path(corpus), row, by_file.get(row["file"]), sitters.get(row["file"])),
                                    shown):
                cards.append(card)
                if progress:
                    progress(len(cards), total)
        models: dict[str, Any] = {} if bank is None else {
            "modes": shape_modes(bank), "eigen": eigen_portraits(bank), "palette": palette(bank)}
        page = cls(Path(corpus).name, statistics.to_json(), cards, rows[MOST_CARDS:], _columns(statistics),
                   copies=_copies(rows, cards), notes=tuple(notes), **models)
        if progress:
            progress(total, total)
        return page


def write_corpus_page(path: Path | str, page: Page) -> None:
    """Write the page of a corpus."""
    write_page(path, page.plots, page=page, run=None)


def _card(corpus: Path, row: Row, measurement: Measurement | None, sitter: Row | None) -> Card:
    attributes, certain = _attributes(sitter)
    card = Card(row["file"], _text(row["title"]), _text(row["year"]), _text(row["fate"]), _caption(row, sitter, attributes),
                rejected=bool(_text(row["rejected"])), sitter=bool(row["sitter"]), copy_of=_text(row["duplicate_of"]),
                attributes=attributes, certain=certain)
    if card.rejected:
        return card
    try:
        rgb = read_scan(corpus / card.file, max_side_px=THUMBNAIL_PX)
    except PortraitError:
        # Rejected files never come here; a file that vanished since it was measured is shown without a picture.
        return card
    height, width = rgb.shape[:2]
    faces = [] if measurement is None else [_outline(face, width / measurement.width_px) for face in measurement.faces]
    return Card(**{**vars(card), "picture": jpeg(rgb), "width": width, "height": height, "outlines": faces})


def _text(value: Any) -> str:
    """A text of a table; pandas gives NaN for a missing one."""
    return value if isinstance(value, str) else ""


def _attributes(sitter: Row | None) -> tuple[dict[str, str], dict[str, str]]:
    """The sitter's known attributes as they are shown, and how certain each is and where it comes from."""
    attributes, certain = {}, {}
    known = {} if sitter is None else sitter
    for name, value in known.items():
        # pandas gives NaN, which is not equal to itself, for a missing value.
        if f"{name}_origin" in known and value is not None and value == value:
            attributes[name] = _shown(value)
            certain[name] = f"{known[f'{name}_confidence']:.0%}, {known[f'{name}_origin']}"
    return attributes, certain


def _shown(value: Any) -> str:
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _caption(row: Row, sitter: Row | None, attributes: Mapping[str, str]) -> str:
    """Who sits, in a few words; for other paintings why they were not learned from."""
    if not row["sitter"]:
        return _text(row["fate"])
    age = f"about {sitter['age_years']:.0f}" if sitter is not None and "age_years" in attributes else None
    return ", ".join(told for told in (attributes.get("sex"), age, attributes.get("facing")) if told)


def _outline(face: Face, scale: float) -> Outline:
    """A face on a thumbnail `scale` times as large as the scan."""
    points = [] if face.landmarks_xy is None else landmark_lines(face.landmarks_xy, scale)
    figure = [] if face.figure is None else figure_lines(face.figure, scale)
    return Outline(tuple(round(float(value) * scale, 1) for value in face.box), points, figure)


def _copies(rows: Sequence[Row], cards: Sequence[Card]) -> list[list[Copy]]:
    """Scans of one painting side by side, the kept one first."""
    pictures, by_file = {card.file: card.picture for card in cards}, {row["file"]: row for row in rows}
    groups: dict[str, list[Copy]] = {}

    def shown(row: Row, said: str) -> Copy:
        return Copy(row["file"], pictures.get(row["file"]), said, f"{row['width_px']} x {row['height_px']} px")

    for row in rows:
        kept = row["duplicate_of"]
        if isinstance(kept, str) and kept in by_file:
            groups.setdefault(kept, [shown(by_file[kept], "kept")]).append(shown(row, _likeness(row)))
    return list(groups.values())


def _likeness(copy: Row) -> str:
    """What kind of copy a scan is, and how like the kept one."""
    kind = {"identical": "the same bytes", "crop": "a part of it"}.get(copy["duplicate_kind"], "the same painting")
    alike = copy["duplicate_agreement"]
    return f"{kind}, {alike:.0%} alike" if isinstance(alike, float) and alike < 1 else kind


def _columns(statistics: Statistics) -> dict[str, list[Any]]:
    """Numeric columns for the plot of one number against another."""
    table = statistics.sitters
    names = [*(name for name in statistics.attributes if name in statistics.numeric()), *statistics.numeric("proportion."),
             *statistics.numeric("brushwork.")]
    if not len(table):
        return {"names": [], "values": [], "sex": [], "file": []}
    values = [[None if not np.isfinite(v) else round(float(v), 4) for v in table[name].astype(float)] for name in names]
    sex = [v if isinstance(v, str) else "unknown" for v in table["sex"]] if "sex" in table else ["unknown"] * len(table)
    return {"names": [name.replace("proportion.", "").replace("_", " ").replace(".", " ") for name in names],
            "values": values, "sex": sex, "file": list(table["file"])}
