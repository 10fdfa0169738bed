"""Pages to look at: what a corpus says, and what a run made of it. One file each; opens from disk without a network.

This file gathers numbers and pictures; `report.html` (Jinja2) lays them out.
"""

import base64
import io
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from data.errors import PortraitError
from data.files import replacing
from data.landmarks import LINES
from data.scan import read_scan
from models.alignment import Frame
from models.appearance import AppearanceModel
from models.shape import shape_conditions, to_frame
from models.statistics import CATEGORIES
from models.warping import read_for, warped

THUMBNAIL_PX = 200
MOST_CARDS = 600
"""Paintings shown with a picture; a larger corpus lists the others by name."""

_MODE_FRAME = Frame().scaled(128)
_MODES = 6
_PARTS = ("background", "hair", "face", "brows", "eyes", "nose", "lips", "neck", "clothing")
_SHOWN_PARTS = ("face", "hair", "neck", "clothing", "background")


@dataclass(frozen=True, eq=False)
class Made:
    """What a run made. `colour` (H, W, 3) uint16, `source` (H, W, 3) int32, `height_mm` (H, W) float32; `exemplars`
    [name, mirrored] in the order of the source map; `seconds` by stage; `critique` as `render.portrait.critique` gives it."""

    arguments: dict
    sitter: str
    cast: dict
    guide: object
    colour: np.ndarray
    source: np.ndarray
    exemplars: list
    height_mm: np.ndarray
    raking: Path
    candidates: Path
    exaggeration: float
    critique: dict
    seconds: dict
    print_size: str
    pitch_mm: float


@dataclass(frozen=True, eq=False)
class Page:
    """What the page of a corpus shows, ready to be laid out."""

    title: str
    statistics: dict
    cards: list
    plain: list
    columns: list
    modes: dict | None = None
    eigen: dict | None = None
    palette: list = field(default_factory=list)
    copies: list = field(default_factory=list)
    notes: tuple = ()

    @classmethod
    def of(cls, corpus, table, measurements, statistics, bank=None, progress=None, notes=()):
        """Gather a page. `bank` (models.bank.Bank or None) gives mean face, modes, eigen-portraits and palette; `notes`
        are the catalogue's lines about what was not understood."""
        by_file = {measurement.file: measurement for measurement in measurements}
        rows = statistics.paintings.to_dict("records")
        sitters = {row["file"]: row for row in statistics.sitters.to_dict("records")}
        shown, plain = rows[:MOST_CARDS], rows[MOST_CARDS:]
        done = 0

        def card(row):
            nonlocal done
            made = _card(Path(corpus), row, by_file.get(row["file"]), sitters.get(row["file"]))
            done += 1
            if progress:
                progress(done, len(shown) + 1)
            return made

        # libvips lets go of Python's lock while it decodes.
        with ThreadPoolExecutor(2) as threads:
            cards = list(threads.map(card, shown))
        page = cls(Path(corpus).name, statistics.to_json(), cards, plain, _columns(statistics),
                   None if bank is None else _shape_modes(bank), None if bank is None else _eigen(bank),
                   [] if bank is None else _palette(bank), _copies(rows, cards), tuple(notes))
        if progress:
            progress(len(shown) + 1, len(shown) + 1)
        return page


def write_corpus_page(path, page):
    """The page of a corpus."""
    _write(path, page, None)


def write_run_page(path, made, page):
    """The page of a run: what it made, then the corpus it learned from."""
    thumbs = {card["file"]: card["picture"] for card in page.cards}
    _write(path, page, _run_view(made, thumbs))


def _write(path, page, run):
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

    environment = Environment(loader=FileSystemLoader(Path(__file__).parent), undefined=StrictUndefined,
                              autoescape=select_autoescape(["html"]), trim_blocks=True, lstrip_blocks=True)
    environment.filters["words"] = lambda name: str(name).replace("_", " ").replace(".", " ")
    text = environment.get_template("report.html").render(
        page=page, run=run, categories={name: [str(v) for v in values] for name, values in CATEGORIES.items()},
        brushed=(*_SHOWN_PARTS, "whole"),
        data=_script_json({"modes": page.modes, "columns": page.columns, "eigen": page.eigen}))
    with replacing(path) as beside:
        beside.write_text(text, encoding="utf-8")


def _script_json(value):
    """JSON that may stand within a script element."""
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c").replace("\u2028", "\\u2028")


def _card(corpus, row, measurement, sitter):
    """One painting of the contact sheet."""
    # pandas gives NaN for a missing text.
    said = {name: row[name] if isinstance(row[name], str) else "" for name in
            ("title", "year", "fate", "rejected", "duplicate_of")}
    held = {"file": row["file"], "title": said["title"], "year": said["year"], "fate": said["fate"],
            "rejected": bool(said["rejected"]), "copy_of": said["duplicate_of"], "faces": int(row["faces"]),
            "sitter": bool(row["sitter"]), "picture": None, "width": THUMBNAIL_PX, "height": THUMBNAIL_PX,
            "outlines": [], "attributes": {}, "certain": {}}
    if sitter is not None:
        for name, value in sitter.items():
            if f"{name}_origin" in sitter and value is not None and value == value:
                held["attributes"][name] = _shown(value)
                held["certain"][name] = f"{sitter[f'{name}_confidence']:.0%}, {sitter[f'{name}_origin']}"
    seen = held["attributes"]
    age = f"about {sitter['age_years']:.0f}" if "age_years" in seen else None
    told = [each for each in (seen.get("sex"), age, seen.get("facing")) if each]
    held["caption"] = ", ".join(told) if held["sitter"] else held["fate"]
    if said["rejected"]:
        return held
    try:
        rgb = read_scan(corpus / row["file"], max_side_px=THUMBNAIL_PX)
    except PortraitError:
        # Rejected files never come here; a file that vanished since it was measured is shown without a picture.
        return held
    height, width = rgb.shape[:2]
    held |= {"picture": jpeg(rgb), "width": width, "height": height}
    if measurement is not None:
        scale = width / measurement.width_px
        for face in measurement.faces:
            x, y, w, h = (round(float(v) * scale, 1) for v in face.box)
            outline = {"box": (x, y, w, h), "confidence": f"{face.confidence:.2f}", "points": []}
            if face.landmarks_xy is not None:
                points = np.round((np.asarray(face.landmarks_xy) + 0.5) * scale - 0.5, 1)
                outline["points"] = [" ".join(f"{px:g},{py:g}" for px, py in points[line])
                                     for line in LINES]
            held["outlines"].append(outline)
    return held


def _copies(rows, cards):
    """Scans of one painting side by side, the kept one first: [[{file, picture, size, said}]]."""
    pictures, by_file, groups = {card["file"]: card["picture"] for card in cards}, {row["file"]: row for row in rows}, {}

    def shown(row, said):
        return {"file": row["file"], "picture": pictures.get(row["file"]), "said": said,
                "size": f"{row['width_px']} x {row['height_px']} px"}

    for row in rows:
        kept = row["duplicate_of"]
        if isinstance(kept, str) and kept in by_file:
            kind = {"identical": "the same bytes", "crop": "a part of it"}.get(row["duplicate_kind"], "the same painting")
            alike = row["duplicate_agreement"]
            said = f"{kind}, {alike:.0%} alike" if isinstance(alike, float) and alike == alike and alike < 1 else kind
            groups.setdefault(kept, [shown(by_file[kept], "kept")]).append(shown(row, said))
    return list(groups.values())


def _shown(value):
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def jpeg(rgb, quality=82):
    """A picture ((H, W, 3) float32 in [0, 1] or uint8) as a data address."""
    pixels = rgb if rgb.dtype == np.uint8 else np.round(np.clip(rgb, 0, 1) * 255).astype(np.uint8)
    return _encoded(pixels, "JPEG", "image/jpeg", quality=quality)


def png(pixels):
    """A picture ((H, W, 3) uint8), lossless, as a data address."""
    return _encoded(pixels, "PNG", "image/png")


def _encoded(pixels, kind, mime, **options):
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(stream, kind, **options)
    return f"data:{mime};base64,{base64.b64encode(stream.getvalue()).decode()}"


def _columns(statistics):
    """Numeric columns for the plot of one number against another: [{name, values, sex, file}]."""
    table = statistics.sitters
    names = [*(name for name in statistics.attributes if name in statistics.numeric()), *statistics.numeric("proportion."),
             *statistics.numeric("brushwork.")]
    if not len(table):
        return {"names": [], "values": [], "sex": [], "file": []}
    values = [[None if not np.isfinite(v) else round(float(v), 4) for v in table[name].astype(float)] for name in names]
    sex = [v if isinstance(v, str) else "unknown" for v in table["sex"]] if "sex" in table else ["unknown"] * len(table)
    return {"names": [name.replace("proportion.", "").replace("_", " ").replace(".", " ") for name in names],
            "values": values, "sex": sex, "file": list(table["file"])}


def _shape_modes(bank):
    """Mean shape and modes of variation for the sliders, in eye units."""
    model = bank.shape_model
    typical = shape_conditions(turn=float(np.median([view.turn for view in bank.views])),
                         female=float(np.mean([view.value("sex") == "female" for view in bank.views])),
                         age_years=float(np.median([float(view.value("age_years", 40.0)) for view in bank.views])))
    count = min(_MODES, len(model.deviations))
    share = model.deviations ** 2 / max(float((model.deviations ** 2).sum()), 1e-12)
    return {"mean": np.round(model.mean(typical), 4).tolist(),
            "modes": np.round((model.modes[:count] * model.deviations[:count, None]).reshape(count, 68, 2), 4).tolist(),
            "share": np.round(share[:count], 4).tolist(), "lines": [(line.start, line.stop) for line in LINES],
            "turn": np.round(model.mean(typical + [1, 2 * typical[0] + 1, 0, 0]) - model.mean(typical), 4).tolist()}


def _eigen(bank):
    """Mean portrait and eigen-portraits of the aligned sitters, as pictures for the sliders.

    A mode is kept as a picture with 128 for nought; `scale` is the colour value (0..255) that 127 stands for.
    """
    layout = to_frame(np.mean([view.shape for view in bank.views], 0), _MODE_FRAME)
    pictures, valid = [], []
    for view in bank.views:
        seen = warped(view, layout, _MODE_FRAME, pixels=read_for(view, _MODE_FRAME))
        pictures.append(cv2.GaussianBlur(seen.colour, (0, 0), 0.8))
        valid.append(seen.valid)
    model = AppearanceModel.fit(np.stack(pictures), np.stack(valid), count=_MODES)
    scaled = model.modes * model.deviations[:, None, None, None] * 255
    peaks = np.abs(scaled).reshape(len(scaled), -1).max(1)
    width, height = _MODE_FRAME.size_px
    return {"width": width, "height": height, "mean": png(np.round(np.clip(model.mean, 0, 1) * 255).astype(np.uint8)),
            "modes": [png(np.round(128 + 127 * mode / peak).astype(np.uint8)) for mode, peak in zip(scaled, peaks)],
            "scale": [round(float(peak), 3) for peak in peaks],
            "extremes": [[jpeg(model.instance(sign * 2 * np.eye(len(peaks))[k])) for sign in (-1, 1)]
                         for k in range(len(peaks))]}


def _palette(bank):
    """For each part, the sitters' colours from dark to light: [{part, swatches: [(css colour, file)]}]."""
    rows = []
    for part in _SHOWN_PARTS:
        tones = [(view.tones[_PARTS.index(part)], view.name) for view in bank.views]
        tones = sorted(((tone, name) for tone, name in tones if np.isfinite(tone).all()), key=lambda pair: pair[0][0])
        if tones:
            lab = np.array([[tone for tone, _ in tones]], np.float32)
            rgb = np.clip(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)[0], 0, 1)
            rows.append({"part": part, "swatches": [(_css(np.round(255 * colour)), name)
                                                    for colour, (_, name) in zip(rgb, tones)]})
    return rows


def source_colours(count):
    """(count, 3) uint8: as many colours, far apart and of like lightness."""
    hues = (np.arange(count) * 0.61803398875) % 1.0
    hsv = np.stack([hues * 360, np.full(count, 0.55), np.where(np.arange(count) % 2, 0.7, 0.92)], -1).astype(np.float32)
    return np.round(cv2.cvtColor(hsv[None], cv2.COLOR_HSV2RGB)[0] * 255).astype(np.uint8)


def _css(rgb):
    return "#" + "".join(f"{int(value):02x}" for value in rgb)


def _run_view(made, thumbs):
    """The pictures and tables of a run, as the template wants them."""
    from render.export.raking import depth_shaded

    colour = made.colour.astype(np.float32) / np.float32(65535)
    names = sorted({name for name, _ in made.exemplars})
    number = np.array([names.index(name) for name, _ in made.exemplars])
    of_painting = number[made.source[..., 0]]
    colours = source_colours(len(names))
    shares = np.bincount(of_painting.ravel(), minlength=len(names)) / of_painting.size
    roles = {}
    for role, (name, mirrored) in made.cast.items():
        roles.setdefault(name, []).append(role + (", mirrored" if mirrored else ""))
    legend = sorted(({"name": name, "share": float(shares[k]), "colour": _css(colours[k]),
                      "picture": thumbs.get(name), "roles": "; ".join(roles.get(name, []))} for k, name in enumerate(names)),
                    key=lambda item: -item["share"])
    small = _shrunk(colour, 900)
    scale = small.shape[1] / colour.shape[1]
    points = np.round((np.asarray(made.guide.landmarks) + 0.5) * scale - 0.5, 1)
    return {
        "arguments": made.arguments, "sitter": made.sitter, "portrait": jpeg(small, 90),
        "width": small.shape[1], "height": small.shape[0], "print": made.print_size,
        "layout": [" ".join(f"{x:g},{y:g}" for x, y in points[line]) for line in LINES],
        "guide": jpeg(_shrunk(made.guide.colour, 600), 88), "sources": jpeg(_shrunk(colours[of_painting], 600), 90),
        "legend": legend, "depth": jpeg(_shrunk(depth_shaded(made.height_mm, made.pitch_mm), 600), 88),
        "raking": jpeg(_shrunk(read_scan(made.raking), 900), 88), "critique": made.critique,
        "sides": {side: jpeg(_shrunk(read_scan(path), 600), 85) for side in ("left", "top", "right", "bottom")
                  if (path := made.raking.with_name(f"raking-{side}.png")).is_file()},
        "candidates": jpeg(_shrunk(read_scan(made.candidates), 1600), 85),
        "seconds": made.seconds, "total": sum(made.seconds.values()),
        "relief_mm": float(np.ptp(made.height_mm)), "exaggeration": made.exaggeration,
    }


def _shrunk(picture, side_px):
    scale = side_px / max(picture.shape[:2])
    if scale >= 1:
        return picture
    return cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
