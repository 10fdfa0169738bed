"""What each stage hands on to the stages after it."""

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool, Float32, Int32, Shaped, UInt8, UInt16

from data.catalogue import Catalogue
from data.colour import from_uint16
from data.files import replacing, sha256_file
from data.saving import save_array, save_json
from features.measurement import Measurement
from flows.corpus.store import plain
from flows.run.stage_result import StageResult, fact, large
from models.alignment import Frame
from models.bank import Bank
from models.composition_likeness import CompositionIndex
from models.relief import ReliefModel
from models.view import View
from models.view_key import ViewKey, views_by_key
from render.portrait.guide import Guide
from render.relief.assemble import PaintedRelief
from render.relief.relief import Relief

_BANK_FILES = ("bank.json", "bank.npz", "shape.npz")


def _array(name: str) -> Any:
    """A large field in a .npy file."""
    return large(lambda folder, array: save_array(folder / name, array),
                 lambda folder: np.load(folder / name, allow_pickle=False))


def _array_or_none(name: str) -> Any:
    """A large field in a .npy file, which is not there where the field is None."""
    def write(folder: Path, array: Shaped[np.ndarray, "..."] | None) -> None:
        if array is not None:
            save_array(folder / name, array)

    def read(folder: Path) -> Shaped[np.ndarray, "..."] | None:
        return np.load(folder / name, allow_pickle=False) if (folder / name).is_file() else None

    return large(write, read)


def _json(name: str) -> Any:
    """A large field in a JSON file."""
    return large(lambda folder, record: save_json(folder / name, plain(record)),
                 lambda folder: json.loads((folder / name).read_text(encoding="utf-8")))


def _save_records(folder: Path, records: Sequence[Mapping[str, Any]]) -> None:
    with replacing(folder / "measurements.jsonl") as beside:
        beside.write_text("".join(f"{json.dumps(record, ensure_ascii=False)}\n" for record in records), encoding="utf-8")


def _load_records(folder: Path) -> list[dict[str, Any]]:
    with open(folder / "measurements.jsonl", encoding="utf-8") as stream:
        return [json.loads(line) for line in stream]


def load_bank(folder: Path) -> Bank:
    """The bank that `learn` left in a folder: read once in a process, as long as its files stay as they are."""
    return _bank(folder, tuple(sha256_file(folder / name) for name in _BANK_FILES))


@functools.lru_cache(maxsize=1)
def _bank(folder: Path, checksums: tuple[str, ...]) -> Bank:
    return Bank.load(folder)


@dataclass(frozen=True, eq=False)
class Ingested(StageResult):
    """The corpus as it was taken in: how many paintings, how many of them rejected or copies of others, the checksum of each
    file (None where it could not be read)."""

    count: int
    rejected: int
    duplicates: int
    sha256: dict[str, str | None]
    catalogue: Catalogue = large(lambda folder, catalogue: catalogue.save(folder / "catalogue.parquet"),
                                 lambda folder: Catalogue.load(folder / "catalogue.parquet"))


@dataclass(frozen=True, eq=False)
class Measured(StageResult):
    """The paintings as they were measured: how many, how many of them show a face, why others `failures` could not be
    measured; `records` as `Measurement.to_json` gives them."""

    measured: int
    failures: dict[str, str]
    with_face: int
    records: Sequence[Mapping[str, Any]] = large(_save_records, _load_records)

    @property
    def measurements(self) -> list[Measurement]:
        """The records as measurements."""
        return [Measurement.from_json(record) for record in self.records]


@dataclass(frozen=True, eq=False)
class Learned(StageResult):
    """The models of the corpus: how many `sitters`, the `typical` one in words, where the relief model comes from."""

    sitters: int
    typical: str
    relief_model: str
    statistics: dict[str, Any] = _json("statistics.json")
    bank: Bank = large(lambda folder, bank: bank.save(folder), load_bank)
    relief: ReliefModel = large(lambda folder, model: model.save(folder / "relief.safetensors"),
                                lambda folder: ReliefModel.load(folder / "relief.safetensors"))
    compositions: CompositionIndex = large(lambda folder, index: index.save(folder / "compositions.npz"),
                                           lambda folder: CompositionIndex.load(folder / "compositions.npz"))


def _read_cast(record: Mapping[str, Sequence[Any]]) -> dict[str, ViewKey]:
    return {role: ViewKey(*view) for role, view in record.items()}


def _read_frame(record: Mapping[str, Any]) -> Frame:
    return Frame(record["width_px"], record["height_px"], record["eye_share"], tuple(record["eye_centre"]))


@dataclass(frozen=True, eq=False)
class Composed(StageResult):
    """The composition that was chosen.

    Attributes
    ----------
    sitter : dict
        Attributes by wish name.
    sentence : str
        The sitter in words.
    cast : dict of ViewKey
        Who lends what, by role.
    nearest, distance : str, float
        The painted sitter whose face is most alike, and how far off it is (face embedding).
    faults : dict of float
        What the critic holds against it, points by name.
    person_embedding : list of 128 float, or None
        The face of the photographed person that is to be painted, if there is one.
    frame : Frame
        The canvas, with the face where this master puts it: decided here, and the same for every later stage.
    guide : Guide
        What the painting should look like, at the size of `frame`.
    """

    sitter: dict[str, Any]
    sentence: str
    cast: dict[str, ViewKey] = fact(_read_cast)
    nearest: str = fact()
    distance: float = fact()
    faults: dict[str, float] = fact()
    person_embedding: list[float] | None = fact()
    frame: Frame = fact(_read_frame, asdict, told=False)
    guide: Guide = large(lambda folder, guide: guide.save(folder / "guide.npz"),
                         lambda folder: Guide.load(folder / "guide.npz"))


@dataclass(frozen=True, eq=False)
class Painted(StageResult):
    """The painting.

    Attributes
    ----------
    exemplars : tuple of ViewKey
        The views that the source map numbers.
    shares : list of float
        Share of the canvas that each of them gave.
    colour : (H, W, 3) uint16
        sRGB, 65535 for 1.
    source : (H, W, 3) int32
        Exemplar, row and column that each texel was copied from.
    moved : (H, W) bool, or None
        Where later paint lies over what was copied; None for nowhere.
    """

    exemplars: tuple[ViewKey, ...] = fact(lambda record: tuple(ViewKey(*view) for view in record))
    shares: list[float] = fact()
    colour: UInt16[np.ndarray, "H W 3"] = _array("colour.npy")
    source: Int32[np.ndarray, "H W 3"] = _array("source.npy")
    moved: Bool[np.ndarray, "H W"] | None = _array_or_none("moved.npy")

    @property
    def rgb(self) -> Float32[np.ndarray, "H W 3"]:
        """The colour as float32 in [0, 1]."""
        return from_uint16(self.passing("colour"))

    @property
    def names(self) -> list[str]:
        """The painting of each exemplar; one painting may stand there twice, as painted and mirrored."""
        return [key.name for key in self.exemplars]


@dataclass(frozen=True, eq=False)
class Relieved(StageResult):
    """The height of the paint.

    Attributes
    ----------
    relief_mm : float
        Highest minus lowest.
    shares : dict of float
        Share of the texels by where their height comes from.
    provenance : dict
        How it was made.
    pitch_mm : float
        Size of a texel.
    z_mm, origin : (H, W) float32, (H, W) uint8
        As of `render.relief.relief.Relief`, which `relief` makes of all this.
    bare_mm : (H, W) float32, or None
        The height of the paint without its canvas; None where every height comes from a scan, which has the canvas in it.
    """

    relief_mm: float
    shares: dict[str, float]
    provenance: dict[str, Any]
    pitch_mm: float = fact(told=False)
    z_mm: Float32[np.ndarray, "H W"] = _array("height.npy")
    origin: UInt8[np.ndarray, "H W"] = _array("origin.npy")
    bare_mm: Float32[np.ndarray, "H W"] | None = _array_or_none("paint.npy")

    @classmethod
    def of(cls, made: PaintedRelief) -> "Relieved":
        """What the stage hands on of a relief that was put together."""
        relief = made.relief
        return cls(relief.relief_mm, relief.shares(), relief.provenance, relief.pitch_mm, relief.z_mm, relief.origin,
                   None if made.bare is None else made.bare.z_mm)

    @property
    def relief(self) -> Relief:
        """The relief, read anew and not held."""
        z = self.passing("z_mm")
        z.setflags(write=False)    # a relief copies what others may write to
        return Relief(z, self.pitch_mm, self.passing("origin"), self.provenance)


@dataclass(frozen=True, eq=False)
class Exported(StageResult):
    """The files for printers and viewers: the solid in words, how many times higher than it is the relief was lit for
    pictures in raking light, how many paintings gave paint, and the size of a texel."""

    solid: str = fact(name="print")
    raking_exaggeration: float = fact()
    paintings: int = fact()
    pitch_mm: float = fact()
    dpi: float = fact()


@dataclass(frozen=True, eq=False)
class Criticised(StageResult):
    """The measured quality of the painting: all `figures` of `render.portrait.critique`, and a sentence for each group."""

    sentences: list[str]
    figures: dict[str, Any] = _json("critique.json")


@dataclass(frozen=True, eq=False)
class Reported(StageResult):
    """The page of the run; nothing is built on it."""


@dataclass(frozen=True, eq=False)
class Walked(StageResult):
    """Steps from one sitter to another, `start` and `end` in words; nothing is built on them."""

    start: str = fact(name="from")
    end: str = fact(name="to")


def exemplar_views(learned: Learned, painted: Painted) -> list[View]:
    """The views of the bank that a painting's source map numbers."""
    views = views_by_key(learned.bank.both_ways())
    return [views[key] for key in painted.exemplars]
