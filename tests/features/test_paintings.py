"""On real paintings: faces looking the right way, of the right sex and about the right age."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from features.measure import measure_scan

LABELS = json.loads((Path(__file__).parent / "labels.json").read_text(encoding="utf-8"))
# Checked by eye on the pictures: where the nose points, as the viewer sees it.
FACING = {"Titian_105": "left", "Titian_88": "right", "Titian_62": "right", "Titian_44": "left",
          "Titian_106": "right", "Titian_47": "right", "Titian_50": "left"}


@pytest.mark.parametrize("name", FACING)
def test_facing(corpora, name):
    found = measure_scan(corpora("titian") / f"{name}.jpg")
    assert found.sitter.attributes["facing"].value == FACING[name]


def test_sex_as_painted(corpora):
    folder = corpora("titian")
    labelled = [label for label in LABELS if label["sex"] and label["file"].startswith("titian/")
                and label["box"][2] > 110][::8]
    right, told = 0, 0
    for label in labelled:
        found = measure_scan(folder.parent / label["file"])
        face = min(found.faces, key=lambda f: abs(f.box[0] - label["box"][0]) + abs(f.box[1] - label["box"][1]))
        sex = face.attributes["sex"].value
        told += sex is not None
        right += sex == label["sex"]
    assert told >= 0.9 * len(labelled) and right >= 0.9 * told


def test_self_portraits_age(corpora):
    folder = corpora("rembrandt-self")
    with open(folder / "catalogue.csv", newline="") as stream:
        rows = list(csv.DictReader(stream))[::5]
    errors = [abs(measure_scan(folder / row["file"]).sitter.attributes["age_years"].value - float(row["sitter_age"]))
              for row in rows]
    assert np.mean(errors) < 12
