"""The bank: every sitter the master painted, ready to lend a pose, a feature or a passage of paint."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from jaxtyping import Float, Float32, Float64, UInt8

from data.colour import rgb_to_lab
from data.errors import CorpusError
from data.estimate import Estimate
from data.files import replacing
from data.parts import Part
from features.figure.figure import Figure
from models.alignment import Frame
from models.shape import LEAST_SITTERS, ShapeModel, to_frame
from models.view import Box, View
from models.warping import Warped, coverage, warped

ALGORITHM_VERSION = 2
# Light and tones are measured on a small picture of the sitter in the frame.
_MEASURING = Frame().scaled(200)
_LEAST_TONE_PX = 20
"""Texels of a part below which its median colour says nothing."""
_LEAST_LIGHT_PX = 50
"""Texels of skin below which their slope of lightness says nothing."""
_CLOSER = (1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8)
"""How many times closer than a half-length a frame may be drawn, in steps."""
_LOWER_EYES = 0.2
"""How much lower the eyes lie in a frame drawn twice as close, as a share of its height: there must be room above the head."""
_FILLED = 0.93
"""Share of the frame that a painting must cover to count as filling it: the narrow rest can be painted from other places."""


class MeasuredFace(Protocol):
    """A face as `features.measure` finds it, as far as a view of it needs."""

    @property
    def landmarks_xy(self) -> Float[np.ndarray, "68 2"]:
        """In scan pixels."""

    @property
    def attributes(self) -> dict[str, Estimate]:
        """What is said of the sitter."""


def make_view(path: Path | str, name: str, sha256: str, face: MeasuredFace, *, width_px: int, height_px: int,
              parts: UInt8[np.ndarray, "h w"], embedding: Float[np.ndarray, " 128"],
              content_box: Box | None = None, figure: Figure | None = None) -> View:
    """A sitter for the bank from one measured face; measures light and tones.

    Parameters
    ----------
    path, name, sha256
        Where the scan lies, the catalogue's name for it, its checksum.
    face : MeasuredFace
    width_px, height_px : int
        Size of the scan.
    parts : (h, w) uint8
        Parts map of the whole scan at any resolution.
    embedding : (128,) float
    content_box : (x, y, w, h), optional
        The painted surface within the scan, pixels; None: all of it.
    figure : Figure, optional
        Shoulders, hands and outline, where they were measured.
    """
    x, y, w, h = content_box if content_box is not None else (0, 0, width_px, height_px)
    blank = View(name, str(path), sha256, int(width_px), int(height_px), (x, y, w, h),
                 np.asarray(face.landmarks_xy, np.float64), dict(face.attributes), np.asarray(embedding, np.float32),
                 np.asarray(parts, np.uint8), np.zeros(2), np.full((len(Part), 3), np.nan), figure=figure)
    seen = warped(blank, to_frame(blank.shape, _MEASURING), _MEASURING)
    lab = rgb_to_lab(np.clip(seen.colour, 0, 1))
    return replace(blank, light=_light(seen, lab), tones=_tones(seen, lab))


def _tones(seen: Warped, lab: Float32[np.ndarray, "H W 3"]) -> Float64[np.ndarray, "9 3"]:
    """Median Lab of each part; nan for those that hardly show."""
    tones = np.full((len(Part), 3), np.nan)
    for part in Part:
        chosen = (seen.parts == part) & seen.valid
        if chosen.sum() >= _LEAST_TONE_PX:
            tones[part] = np.median(lab[chosen], 0)
    return tones


def _light(seen: Warped, lab: Float32[np.ndarray, "H W 3"]) -> Float64[np.ndarray, " 2"]:
    """Slope of lightness over the skin, L* per eye unit, to the right and down; zeros where too little skin shows."""
    rows, columns = np.nonzero(((seen.parts == Part.FACE) | (seen.parts == Part.NOSE)) & seen.valid)
    if len(rows) < _LEAST_LIGHT_PX:
        return np.zeros(2)
    # A plane through the lightness. The factor 40 keeps the constant's column as large as the other two.
    design = np.stack([columns, rows, np.ones(len(rows))], 1) / [_MEASURING.eye_distance_px] * [1, 1, 40]
    return np.linalg.lstsq(design, lab[rows, columns, 0], rcond=None)[0][:2]


@dataclass(frozen=True, eq=False)
class Bank:
    """All sitters, in the order of their names, and the shape model learned from them."""

    views: tuple[View, ...]
    shape_model: ShapeModel

    @classmethod
    def learn(cls, views: Iterable[View]) -> "Bank":
        """Fit the shape model; CorpusError with a plain message if there are fewer than 4 sitters."""
        views = tuple(sorted(views, key=lambda view: view.name))
        if len(views) < LEAST_SITTERS:
            raise CorpusError(
                f"only {len(views)} painting{'s' if len(views) != 1 else ''} with one clear face, at least "
                f"{LEAST_SITTERS} are needed to learn how a master varies: add portraits, or give landmarks for the faces "
                "that were missed")
        model = ShapeModel.fit(np.stack([view.shape for view in views]), np.stack([view.conditions for view in views]))
        return cls(views, model)

    def both_ways(self) -> list[View]:
        """Every sitter as painted, then every sitter mirrored."""
        return [*self.views, *(view.in_mirror() for view in self.views)]

    def cropped(self, frame: Frame) -> Frame:
        """`frame` cropped as closely around the face as this master's paintings require.

        Half-length portraits fill the frame as it is. A master who painted heads and busts gives no paint for its lower half:
        the crop is made closer, step by step, until the paintings of half of the sitters fill it.
        """
        width, height = frame.size_px
        for closer in _CLOSER:
            x, y = frame.eye_centre
            nearer = Frame(width, height, frame.eye_share * closer, (x, y + _LOWER_EYES * (closer - 1)))
            if np.mean([coverage(view, nearer) > _FILLED for view in self.views]) >= 0.5:
                break
        return nearer

    def save(self, folder: Path | str) -> None:
        """Write `bank.npz`, `bank.json` and `shape.npz` into a folder."""
        folder = Path(folder)
        arrays: dict[str, Any] = {}
        records = []
        for index, view in enumerate(self.views):
            arrays |= {f"parts_{index}": view.parts, f"landmarks_{index}": view.landmarks_xy,
                       f"embedding_{index}": view.embedding, f"light_{index}": view.light, f"tones_{index}": view.tones}
            records.append(_record(view))
        with replacing(folder / "bank.npz") as beside, open(beside, "wb") as stream:
            np.savez_compressed(stream, **arrays)
        self.shape_model.save(folder / "shape.npz")
        with replacing(folder / "bank.json") as beside:
            beside.write_text(json.dumps({"version": ALGORITHM_VERSION, "sitters": records}, indent=1))

    @classmethod
    def load(cls, folder: Path | str) -> "Bank":
        """Read what `save` wrote."""
        folder = Path(folder)
        records = json.loads((folder / "bank.json").read_text(encoding="utf-8"))["sitters"]
        with np.load(folder / "bank.npz", allow_pickle=False) as held:
            views = tuple(
                View(r["name"], r["path"], r["sha256"], r["width_px"], r["height_px"], tuple(r["content_box"]),
                     held[f"landmarks_{i}"], {k: Estimate.from_json(e) for k, e in r["attributes"].items()},
                     held[f"embedding_{i}"], held[f"parts_{i}"], held[f"light_{i}"], held[f"tones_{i}"],
                     figure=Figure.from_json(r["figure"]) if r.get("figure") else None)
                for i, r in enumerate(records))
        return cls(views, ShapeModel.load(folder / "shape.npz"))


def _record(view: View) -> dict[str, Any]:
    """What is written of a view beside its arrays."""
    return {"name": view.name, "path": view.path, "sha256": view.sha256, "width_px": view.width_px,
            "height_px": view.height_px, "content_box": [float(v) for v in view.content_box],
            "attributes": {k: e.to_json() for k, e in view.attributes.items()},
            "figure": view.figure.to_json() if view.figure else None}
