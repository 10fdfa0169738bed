"""What a corpus says about its sitters: tables, distributions, what goes with what, proportions, and one sentence.

Counts include sitters for whom no value was given, numbers have a robust spread, and joint distributions are shrunk towards
independence, since a corpus of some tens of sitters leaves most cells of a table empty (`models.robust`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from data.landmarks import outer_eye_distance
from features.face.proportions import proportions
from features.measurement import Face, Measurement
from models.robust import shrunk, summary
from models.sitters import sitter_of
from models.statistics_words import Commonest, in_words, typical_sitter

CATEGORIES = {
    "sex": ("female", "male"), "facing": ("left", "frontal", "right"), "facial_hair": ("none", "moustache", "beard"),
    "headwear": ("none", "hat"), "hair_tone": ("dark", "brown", "red", "fair", "grey"), "collar": ("none", "white"),
    "clothing_tone": ("dark", "mid", "light"), "background_tone": ("dark", "mid", "light"),
    "light_from": ("left", "front", "right"), "mouth_open": (False, True),
    "expression": ("neutral", "smiling", "grave", "surprised"),
    "format": ("head", "bust", "half-length", "three-quarter", "full-length"), "hands": ("none", "one", "two"),
    "torso": ("left", "frontal", "right"), "ground": ("plain", "curtain", "landscape", "interior"),
}
"""Attributes that take one of a few values, in the order in which they are shown; others are numbers."""

JOINT = (("sex", "facing"), ("sex", "facial_hair"), ("sex", "headwear"), ("sex", "clothing_tone"), ("facing", "light_from"),
         ("background_tone", "clothing_tone"), ("format", "hands"), ("facing", "torso"), ("format", "ground"))
"""Pairs of attributes whose joint distribution is shown."""

_SURFACE = ("weave", "craquelure")


@dataclass(frozen=True, eq=False)
class Statistics:
    """The tables of a corpus.

    Attributes
    ----------
    paintings : DataFrame
        A row per file: file, size, faces, `sitter` (whether it shows one sitter), `fate` (why it does not), rejected,
        duplicate_of.
    sitters : DataFrame
        A row per one-sitter painting: attributes (value, NAME_confidence, NAME_origin), proportions (columns named
        `proportion.NAME`, outer eye distances), brushwork (`brushwork.PART.NAME`), `surface.weave` and
        `surface.craquelure` (true, false or missing).
    faces : DataFrame
        A row for every face found in any painting.
    """

    paintings: pd.DataFrame
    sitters: pd.DataFrame
    faces: pd.DataFrame

    @classmethod
    def of(cls, catalogue: pd.DataFrame, measurements: Sequence[Measurement],
           failures: Mapping[str, str] | None = None) -> "Statistics":
        """Statistics of a catalogue's table and the measurements of its paintings.

        Parameters
        ----------
        catalogue : DataFrame
            As `data.catalogue.ingest` gives it.
        measurements : sequence of Measurement
        failures : mapping, optional
            file -> why it could not be measured.
        """
        failures = failures or {}
        by_file = {measurement.file: measurement for measurement in measurements}
        paintings, sitters, faces = [], [], []
        for row in _rows(catalogue):
            measurement = by_file.get(row["file"])
            rejected = row.get("rejected") if isinstance(row.get("rejected"), str) else failures.get(row["file"])
            face, why = (None, rejected) if measurement is None else sitter_of(measurement, row)
            paintings.append(_painting_row(row, measurement, sitter=face is not None, fate=why, rejected=rejected))
            if measurement is None:
                continue
            faces += [_face_row(measurement, number, one, one is face) for number, one in enumerate(measurement.faces)]
            if face is not None:
                number = [one is face for one in measurement.faces].index(True)
                sitters.append({**_face_row(measurement, number, face, True), **_proportions(face),
                                **_brushwork(measurement)})
        return cls(pd.DataFrame(paintings), pd.DataFrame(sitters), pd.DataFrame(faces))

    @property
    def attributes(self) -> list[str]:
        """Names of the attributes that some sitter has a value for, categories first."""
        names = [name.removesuffix("_confidence") for name in self.sitters.columns if name.endswith("_confidence")]
        names = [name for name in names if name in self.sitters and self.sitters[name].notna().any()]
        return [*(name for name in CATEGORIES if name in names), *(name for name in names if name not in CATEGORIES)]

    def counts(self) -> dict[str, int]:
        """How many files, rejects, copies, paintings with faces, faces and sitters."""
        table = self.paintings
        flag = lambda column: int(np.count_nonzero(table[column].notna())) if len(table) else 0
        return {"files": len(table), "rejected": flag("rejected"), "copies": flag("duplicate_of"),
                "with_faces": int(np.count_nonzero(table["faces"] > 0)) if len(table) else 0, "faces": len(self.faces),
                "sitters": len(self.sitters)}

    def distribution(self, attribute: str) -> dict[str, int]:
        """Sitters by value of one category, `abstained` last; {value: count}."""
        values = self.sitters[attribute] if attribute in self.sitters else pd.Series(dtype=object)
        order = [*CATEGORIES.get(attribute, ()), *sorted({str(v) for v in values.dropna()
                                                          if v not in CATEGORIES.get(attribute, ())})]
        counts = {_label(value): int((values == value).sum()) for value in order}
        return {**counts, "abstained": len(self.sitters) - sum(counts.values())}

    def number(self, column: str) -> dict[str, int | float | None]:
        """A numeric column's robust summary, see `models.robust.summary`."""
        return summary(self.sitters[column])

    def numeric(self, prefix: str = "") -> list[str]:
        """Names of numeric columns that begin with `prefix`."""
        return [name for name in self.sitters.columns if name.startswith(prefix)
                and pd.api.types.is_numeric_dtype(self.sitters[name]) and not pd.api.types.is_bool_dtype(self.sitters[name])
                and not name.endswith("_confidence")]

    def joint(self, first: str, second: str) -> pd.DataFrame:
        """The joint distribution of two categories, shrunk (rows `first`, columns `second`, sum 1)."""
        table = self.sitters[[first, second]].dropna()
        rows, columns = CATEGORIES[first], CATEGORIES[second]
        counts = np.array([[((table[first] == row) & (table[second] == column)).sum() for column in columns]
                           for row in rows], float)
        return pd.DataFrame(shrunk(counts), index=[_label(v) for v in rows], columns=[_label(v) for v in columns])

    def sentence(self) -> str:
        """The typical sitter in one sentence."""
        ages = self.sitters["age_years"].dropna().to_numpy() if "age_years" in self.sitters else np.empty(0)
        return typical_sitter({name: self._most(name) for name in CATEGORIES}, ages, len(self.sitters))

    def _most(self, attribute: str) -> Commonest:
        if attribute not in self.sitters:
            return Commonest(None, 0.0)
        counts = self.sitters[attribute].dropna().value_counts()
        return Commonest(counts.index[0], float(counts.iloc[0] / counts.sum())) if len(counts) else Commonest(None, 0.0)

    def brushwork(self) -> dict[str, dict[str, dict[str, int | float | None]]]:
        """Robust summaries of the brushwork measures: {measure: {part: summary}}; `whole` for those of no one part."""
        found: dict[str, dict[str, Any]] = {}
        for column in self.numeric("brushwork."):
            part, measure = column.removeprefix("brushwork.").split(".", 1)
            found.setdefault(measure, {})[part] = self.number(column)
        return found

    def surface(self) -> dict[str, dict[str, int]]:
        """In how many sitters' paintings weave and cracks are seen, of those whose scan is fine enough to tell."""
        found = {}
        for name in _SURFACE:
            told: Any = self.sitters[f"surface.{name}"].dropna() if f"surface.{name}" in self.sitters else []
            found[name] = {"seen": int(sum(told)), "told": len(told)}
        return found

    def to_json(self) -> dict[str, Any]:
        """Everything, as JSON holds it."""
        known = [name for name in self.attributes if name in CATEGORIES]
        paintings = _records(self.paintings)
        return {
            "sentence": self.sentence(), "counts": self.counts(),
            "distributions": {name: self.distribution(name) for name in known},
            "confidence": {name: round(float(self.sitters[f"{name}_confidence"].mean()), 3) for name in self.attributes},
            "numbers": {name: self.number(name) for name in self.attributes if name in self.numeric()},
            "joint": {f"{a} and {b}": _rounded(self.joint(a, b)) for a, b in JOINT if a in known and b in known},
            "proportions": {name.removeprefix("proportion."): self.number(name) for name in self.numeric("proportion.")},
            "brushwork": self.brushwork(),
            "sitters": _records(self.sitters), "faces": _records(self.faces),
            "surface": self.surface(),
            "duplicates": [{name: row[name] for name in ("file", "duplicate_of", "duplicate_kind", "duplicate_agreement")}
                           for row in paintings if row["duplicate_of"] is not None],
            "rejected": [{"file": row["file"], "reason": row["rejected"]} for row in paintings
                         if row["rejected"] is not None],
            "not_sitters": [{"file": row["file"], "reason": row["fate"]} for row in paintings
                            if not row["sitter"] and row["rejected"] is None],
        }

    def in_words(self) -> str:
        """A table for the terminal."""
        return in_words(self.to_json())


def _painting_row(row: Mapping[str, Any], measurement: Measurement | None, *, sitter: bool, fate: str | None,
                  rejected: str | None) -> dict[str, Any]:
    """A row of `Statistics.paintings` from one of the catalogue."""
    return {"file": row["file"], "title": _text(row.get("title")), "year": _text(row.get("year")),
            "artist": _text(row.get("artist")), "width_px": row.get("width_px"), "height_px": row.get("height_px"),
            "faces": 0 if measurement is None else len(measurement.faces), "sitter": sitter, "fate": fate,
            "rejected": rejected, "duplicate_of": _text(row.get("duplicate_of")),
            "duplicate_kind": _text(row.get("duplicate_kind")), "duplicate_agreement": row.get("duplicate_agreement")}


def _face_row(measurement: Measurement, number: int, face: Face, is_sitter: bool) -> dict[str, Any]:
    """A row of `Statistics.faces`, which `Statistics.sitters` begins with too."""
    row = {"file": measurement.file, "face": number, "sitter": is_sitter, "confidence": float(face.confidence),
           "box_x": float(face.box[0]), "box_y": float(face.box[1]), "box_width": float(face.box[2]),
           "box_height": float(face.box[3])}
    if face.landmarks_xy is not None:
        row |= {"landmark_confidence": float(np.mean(face.landmark_confidence)),
                "eye_distance_px": outer_eye_distance(face.landmarks_xy)}
    for name, estimate in face.attributes.items():
        row |= {name: estimate.value, f"{name}_confidence": float(estimate.confidence), f"{name}_origin": estimate.origin}
    return row


def _proportions(face: Face) -> dict[str, float]:
    return {f"proportion.{name}": float(value) for name, value in proportions(face.landmarks_xy).items()}


def _brushwork(measurement: Measurement) -> dict[str, Any]:
    """The brushwork measures that are one number, by part."""
    found: dict[str, Any] = {}
    for part, measures in measurement.brushwork.items():
        for name, value in (measures if isinstance(measures, dict) else {part: measures}).items():
            if name in _SURFACE:
                found[f"surface.{name}"] = value
            elif isinstance(value, (int, float)) and not name.endswith("_confidence"):
                found[f"brushwork.{part if isinstance(measures, dict) else 'whole'}.{name}"] = float(value)
    return found


def _rounded(table: pd.DataFrame) -> dict[str, dict[str, float]]:
    """A table of shares as JSON holds it, {row: {column: share}}."""
    return {str(row): {str(column): round(float(value), 4) for column, value in cells.items()}
            for row, cells in table.to_dict("index").items()}


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as JSON holds them: no NaN, no NumPy."""
    return [{name: _plain(value) for name, value in row.items()} for row in _rows(table)]


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not np.isfinite(value) or value is pd.NaT:
        return None
    return value.item() if hasattr(value, "item") else value


def _label(value: Any) -> str:
    """How a value is shown."""
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    return str(value)


def _text(value: Any) -> str | None:
    """A catalogue's cell as text; None for an empty one."""
    if isinstance(value, str) and value.strip():
        return value
    return str(value) if isinstance(value, (int, float)) and value == value else None
