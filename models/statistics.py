"""What a corpus says about its sitters: tables, distributions, what goes with what, proportions, and one sentence.

Counts come with what was abstained from, numbers with robust spread (median and 1.4826 times the median absolute
deviation, after Hampel 1974, doi:10.1080/01621459.1974.10482962), joint distributions shrunk towards independence, since
a corpus of some tens of sitters leaves most cells of a table empty.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.landmarks import outer_eye_distance
from features.face.proportions import proportions
from models.sitters import sitter_of

CATEGORIES = {
    "sex": ("female", "male"), "facing": ("left", "frontal", "right"), "facial_hair": ("none", "moustache", "beard"),
    "headwear": ("none", "hat"), "hair_tone": ("dark", "brown", "red", "fair", "grey"), "collar": ("none", "white"),
    "clothing_tone": ("dark", "mid", "light"), "background_tone": ("dark", "mid", "light"),
    "light_from": ("left", "front", "right"), "mouth_open": (False, True),
    "expression": ("neutral", "smiling", "grave", "surprised"),
}
"""Attributes that take one of a few values, in the order in which they are shown; others are numbers."""

JOINT = (("sex", "facing"), ("sex", "facial_hair"), ("sex", "headwear"), ("sex", "clothing_tone"), ("facing", "light_from"),
         ("background_tone", "clothing_tone"))
"""Pairs of attributes whose joint distribution is shown."""

_SURFACE = ("weave", "craquelure")


@dataclass(frozen=True, eq=False)
class Statistics:
    """The tables of a corpus.

    `paintings`: a row per file (file, size, faces, `sitter` whether it shows one sitter, `fate` why not, rejected,
    duplicate_of). `sitters`: a row per one-sitter painting: attributes (value, NAME_confidence, NAME_origin),
    proportions (columns named `proportion.NAME`, outer eye distances), brushwork (`brushwork.PART.NAME`),
    `surface.weave` and `surface.craquelure` (true, false or missing). `faces`: a row for every face found in any painting.
    """

    paintings: pd.DataFrame
    sitters: pd.DataFrame
    faces: pd.DataFrame

    @classmethod
    def of(cls, catalogue, measurements, failures=None):
        """Statistics of a catalogue's table and the measurements of its paintings.

        Parameters
        ----------
        catalogue : DataFrame
            As `data.catalogue.ingest` gives it.
        measurements : sequence of Measurement
        failures : dict, optional
            file -> why it could not be measured.
        """
        failures = failures or {}
        by_file = {measurement.file: measurement for measurement in measurements}
        paintings, sitters, faces = [], [], []
        for row in catalogue.to_dict("records"):
            measurement = by_file.get(row["file"])
            rejected = row.get("rejected") if isinstance(row.get("rejected"), str) else failures.get(row["file"])
            face, why = (None, rejected) if measurement is None else sitter_of(measurement, row)
            paintings.append({
                "file": row["file"], "title": _text(row.get("title")), "year": _text(row.get("year")),
                "artist": _text(row.get("artist")), "width_px": row.get("width_px"), "height_px": row.get("height_px"),
                "faces": 0 if measurement is None else len(measurement.faces), "sitter": face is not None, "fate": why,
                "rejected": rejected, "duplicate_of": _text(row.get("duplicate_of")),
                "duplicate_kind": _text(row.get("duplicate_kind")), "duplicate_agreement": row.get("duplicate_agreement")})
            if measurement is not None:
                faces += [_face_row(measurement, number, one, one is face)
                          for number, one in enumerate(measurement.faces)]
            if face is not None:
                number = [one is face for one in measurement.faces].index(True)
                sitters.append({**_face_row(measurement, number, face, True), **_proportions(face),
                                **_brushwork(measurement)})
        return cls(pd.DataFrame(paintings), pd.DataFrame(sitters), pd.DataFrame(faces))

    @property
    def attributes(self):
        """Names of the attributes that some sitter has a value for, categories first."""
        names = [name.removesuffix("_confidence") for name in self.sitters.columns if name.endswith("_confidence")]
        names = [name for name in names if name in self.sitters and self.sitters[name].notna().any()]
        return [*(name for name in CATEGORIES if name in names), *(name for name in names if name not in CATEGORIES)]

    def counts(self):
        """How many files, rejects, copies, faces and sitters."""
        table = self.paintings
        flag = lambda column: int(table[column].notna().sum()) if len(table) else 0
        return {"files": len(table), "rejected": flag("rejected"), "copies": flag("duplicate_of"),
                "with_faces": int((table.faces > 0).sum()) if len(table) else 0, "faces": len(self.faces),
                "sitters": len(self.sitters)}

    def distribution(self, attribute):
        """Sitters by value of one category, `abstained` last; {value: count}."""
        values = self.sitters[attribute] if attribute in self.sitters else pd.Series(dtype=object)
        order = [*CATEGORIES.get(attribute, ()), *sorted({str(v) for v in values.dropna()
                                                          if v not in CATEGORIES.get(attribute, ())})]
        counts = {_label(value): int((values == value).sum()) for value in order}
        return {**counts, "abstained": len(self.sitters) - sum(counts.values())}

    def number(self, column):
        """A numeric column's robust summary: count, median, spread, and the 10th, 25th, 75th and 90th percentile."""
        return summary(self.sitters[column])

    def numeric(self, prefix=""):
        """Names of numeric columns that begin with `prefix`."""
        return [name for name in self.sitters.columns if name.startswith(prefix)
                and pd.api.types.is_numeric_dtype(self.sitters[name]) and not pd.api.types.is_bool_dtype(self.sitters[name])
                and not name.endswith("_confidence")]

    def joint(self, first, second):
        """The joint distribution of two categories, shrunk (DataFrame: rows `first`, columns `second`, sum 1)."""
        table = self.sitters[[first, second]].dropna()
        rows, columns = CATEGORIES[first], CATEGORIES[second]
        counts = np.array([[((table[first] == row) & (table[second] == column)).sum() for column in columns]
                           for row in rows], float)
        return pd.DataFrame(shrunk(counts), index=[_label(v) for v in rows], columns=[_label(v) for v in columns])

    def sentence(self):
        """The typical sitter in one sentence."""
        if not len(self.sitters):
            return "No painting of one sitter was found in this corpus."
        most = {name: self._most(name) for name in CATEGORIES}
        sex, share = most["sex"]
        noun = {"male": "man", "female": "woman"}.get(sex, "sitter")
        hair = {"beard": "bearded ", "moustache": "moustached "}.get(most["facial_hair"][0], "") if sex == "male" else ""
        words = [f"a {hair}{noun}"]
        ages = self.sitters["age_years"].dropna() if "age_years" in self.sitters else []
        if len(ages) >= 4:
            low, high = np.percentile(ages, [25, 75])
            words[0] += f" of {5 * round(low / 5):.0f} to {max(5 * round(high / 5), 5 * round(low / 5) + 5):.0f}"
        facing = most["facing"][0]
        if facing:
            words.append("facing the viewer" if facing == "frontal" else f"facing {facing}")
        if most["headwear"][0] == "hat":
            words.append("wearing a hat")
        for name, noun_phrase in (("clothing_tone", "in {} clothes"), ("background_tone", "against a {} background")):
            if most[name][0]:
                words.append(noun_phrase.format(most[name][0]))
        if most["light_from"][0]:
            words.append("lit from the front" if most["light_from"][0] == "front" else f"lit from the {most['light_from'][0]}")
        plural = {"male": "men", "female": "women"}.get(sex)
        known = f" ({share:.0%} are {plural})" if plural else ""
        return f"The typical sitter is {', '.join(words)}{known}; {len(self.sitters)} sitters."

    def _most(self, attribute):
        """The commonest value and its share of those known; (None, 0) where nothing is known."""
        if attribute not in self.sitters:
            return None, 0.0
        counts = self.sitters[attribute].dropna().value_counts()
        return (counts.index[0], float(counts.iloc[0] / counts.sum())) if len(counts) else (None, 0.0)

    def brushwork(self):
        """Robust summaries of the brushwork measures: {measure: {part: summary}}; `whole` for those of no one part."""
        found = {}
        for column in self.numeric("brushwork."):
            part, measure = column.removeprefix("brushwork.").split(".", 1)
            found.setdefault(measure, {})[part] = self.number(column)
        return found

    def surface(self):
        """In how many sitters' paintings weave and cracks are seen, of those whose scan is fine enough to tell."""
        found = {}
        for name in _SURFACE:
            told = self.sitters[f"surface.{name}"].dropna() if f"surface.{name}" in self.sitters else []
            found[name] = {"seen": int(sum(told)), "told": len(told)}
        return found

    def to_json(self):
        """Everything, as JSON holds it."""
        known = [name for name in self.attributes if name in CATEGORIES]
        return {
            "sentence": self.sentence(), "counts": self.counts(),
            "distributions": {name: self.distribution(name) for name in known},
            "confidence": {name: round(float(self.sitters[f"{name}_confidence"].mean()), 3) for name in self.attributes},
            "numbers": {name: self.number(name) for name in self.attributes if name in self.numeric()},
            "joint": {f"{a} and {b}": {row: {column: round(float(value), 4) for column, value in cells.items()}
                                       for row, cells in self.joint(a, b).to_dict("index").items()}
                      for a, b in JOINT if a in known and b in known},
            "proportions": {name.removeprefix("proportion."): self.number(name) for name in self.numeric("proportion.")},
            "brushwork": self.brushwork(),
            "sitters": _records(self.sitters), "faces": _records(self.faces),
            "surface": self.surface(),
            "duplicates": [{name: row[name] for name in ("file", "duplicate_of", "duplicate_kind", "duplicate_agreement")}
                           for row in _records(self.paintings) if row["duplicate_of"] is not None],
            "rejected": [{"file": row["file"], "reason": row["rejected"]} for row in _records(self.paintings)
                         if row["rejected"] is not None],
            "not_sitters": [{"file": row["file"], "reason": row["fate"]} for row in _records(self.paintings)
                            if not row["sitter"] and row["rejected"] is None],
        }

    def in_words(self):
        """A table for the terminal."""
        counts = self.counts()
        lines = [self.sentence(), "",
                 f"{counts['files']} files, {counts['rejected']} rejected, {counts['copies']} copies; {counts['faces']} "
                 f"faces in {counts['with_faces']} paintings; {counts['sitters']} paintings of one sitter"]
        known = [name for name in self.attributes if name in CATEGORIES]
        if known:
            lines.append("")
        for name in known:
            shown = "   ".join(f"{value} {count}" for value, count in self.distribution(name).items() if count)
            lines.append(f"{_title(name):<18} {shown}")
        numbers = [name for name in self.attributes if name in self.numeric()]
        for heading, names in (("", numbers), ("Proportions, in outer eye distances", self.numeric("proportion."))):
            rows = [(name, self.number(name)) for name in names]
            rows = [(name, row) for name, row in rows if row["count"]]
            if not rows:
                continue
            lines += ["", f"{heading:<36} {'median':>8} {'spread':>8} {'10 %':>8} {'90 %':>8} {'sitters':>8}"]
            lines += [f"{_title(name):<36} " + "".join(f"{row[key]:>8.2f} " for key in ("median", "spread", "p10", "p90"))
                      + f"{row['count']:>8}" for name, row in rows]
        lines += ["", "; ".join(f"{name}: seen in {row['seen']} of {row['told']} paintings fine enough to tell"
                                for name, row in self.surface().items())]
        rejected = self.to_json()["rejected"]
        if rejected:
            lines += ["", "Rejected"] + [f"{one['file']}: {one['reason']}" for one in rejected[:20]]
            if len(rejected) > 20:
                lines.append(f"... and {len(rejected) - 20} more (--json lists all)")
        return "\n".join(lines)


def summary(values):
    """Robust summary of numbers; None where there are none."""
    numbers = pd.to_numeric(pd.Series(values), errors="coerce").dropna().to_numpy(float)
    if not len(numbers):
        return {"count": 0, "median": None, "spread": None, "p10": None, "p25": None, "p75": None, "p90": None}
    median = float(np.median(numbers))
    p10, p25, p75, p90 = (float(v) for v in np.percentile(numbers, [10, 25, 75, 90]))
    return {"count": len(numbers), "median": round(median, 4),
            "spread": round(float(1.4826 * np.median(np.abs(numbers - median))), 4),
            "p10": round(p10, 4), "p25": round(p25, 4), "p75": round(p75, 4), "p90": round(p90, 4)}


def shrunk(counts):
    """Cell probabilities of a contingency table, shrunk towards independence of rows and columns.

    The shrinkage intensity is the one that minimises the expected squared error (Hausser and Strimmer 2009, JMLR 10:1469,
    after James and Stein); we take the independent table, not the uniform one, as target.

    Parameters
    ----------
    counts : (R, C) float

    Returns
    -------
    (R, C) float64, sum 1 (uniform if all counts are 0).
    """
    counts = np.asarray(counts, float)
    total = counts.sum()
    if not total:
        return np.full(counts.shape, 1 / counts.size)
    seen = counts / total
    target = np.outer(seen.sum(1), seen.sum(0))
    distance = ((target - seen) ** 2).sum()
    if total < 2 or distance == 0:
        return target
    intensity = np.clip((1 - (seen ** 2).sum()) / ((total - 1) * distance), 0, 1)
    return intensity * target + (1 - intensity) * seen


def _face_row(measurement, number, face, is_sitter):
    row = {"file": measurement.file, "face": number, "sitter": is_sitter, "confidence": float(face.confidence),
           "box_x": float(face.box[0]), "box_y": float(face.box[1]), "box_width": float(face.box[2]),
           "box_height": float(face.box[3])}
    if face.landmarks_xy is not None:
        row |= {"landmark_confidence": float(np.mean(face.landmark_confidence)),
                "eye_distance_px": outer_eye_distance(face.landmarks_xy)}
    for name, estimate in face.attributes.items():
        row |= {name: estimate.value, f"{name}_confidence": float(estimate.confidence), f"{name}_origin": estimate.origin}
    return row


def _proportions(face):
    return {f"proportion.{name}": float(value) for name, value in proportions(face.landmarks_xy).items()}


def _brushwork(measurement):
    """The brushwork measures that are one number, by part."""
    found = {}
    for part, measures in measurement.brushwork.items():
        for name, value in (measures if isinstance(measures, dict) else {part: measures}).items():
            if name in _SURFACE:
                found[f"surface.{name}"] = value
            elif isinstance(value, (int, float)) and not name.endswith("_confidence"):
                found[f"brushwork.{part if isinstance(measures, dict) else 'whole'}.{name}"] = float(value)
    return found


def _records(table):
    """Rows as JSON holds them: no NaN, no NumPy."""
    rows = []
    for row in table.to_dict("records"):
        rows.append({name: None if isinstance(value, float) and not np.isfinite(value) or value is pd.NaT
                     else value.item() if hasattr(value, "item") else value for name, value in row.items()})
    return rows


def _label(value):
    return {True: "yes", False: "no"}.get(value, value) if isinstance(value, (bool, np.bool_)) else str(value)


def _title(name):
    return name.split(".", 1)[-1].replace("_", " ").replace(".", " ")


def _text(value):
    return value if isinstance(value, str) and value.strip() else (None if not isinstance(value, (int, float))
                                                                 or value != value else str(value))
