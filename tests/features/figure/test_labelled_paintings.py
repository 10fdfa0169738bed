"""On 102 paintings labelled by eye: formats, numbers of hands and grounds are right where they are told, hands and shoulders
lie where one sees them.

`labels.csv` holds for each painting how much of the figure is shown, how many hands of the sitter are seen (gloved ones too),
what stands behind, and where hands and shoulders are, in shares of the scan's width and height; cells are empty where the eye
is in doubt. Shoulders and most hands were kept as found where that looked right on an enlarged crop. They guard against getting
worse; what is held here was reached on these very pictures.
"""

import csv
from pathlib import Path

import numpy as np
import pytest

from features.measure import measure_scan

pytestmark = pytest.mark.slow

with open(Path(__file__).parent / "labels.csv", newline="", encoding="utf-8") as _stream:
    LABELS = list(csv.DictReader(_stream))


@pytest.fixture(scope="module")
def told(corpora):
    """(label, size of the scan, the sitter as measured) of every labelled painting that shows a face."""
    shared = corpora("titian").parent
    found = []
    for label in LABELS:
        corpora(label["file"].split("/")[0])
        measured = measure_scan(shared / label["file"])
        if measured.sitter is not None:
            found.append((label, np.array([measured.width_px, measured.height_px]), measured.sitter))
    return found


def places(cell):
    return np.array([[float(v) for v in one.split()] for one in cell.split(";")]).reshape(-1, 2) if cell else np.zeros((0, 2))


def shares(told, name):
    """(share that is told, share of those right) of an attribute, printed with every mistake."""
    pairs = [(label["file"], label[name], sitter.attributes[name].value) for label, _, sitter in told if label[name]]
    answers = [pair for pair in pairs if pair[2] is not None]
    right = [pair for pair in answers if pair[1] == pair[2]]
    print(f"\n{name}: {len(answers)} of {len(pairs)} told, {len(right)} right")
    print(*(f"  {file}: {value}, seen {truth}" for file, truth, value in answers if value != truth), sep="\n")
    return len(answers) / len(pairs), len(right) / len(answers)


@pytest.mark.parametrize("name, least_told, least_right", [("format", 0.85, 0.88), ("hands", 0.65, 0.85),
                                                           ("ground", 0.85, 0.88)])
def test_attributes_are_right_where_they_are_told(told, name, least_told, least_right):
    said, right = shares(told, name)
    assert said >= least_told and right >= least_right


def test_hands_lie_where_one_sees_them(told):
    seen = found = right = 0
    for label, size, sitter in told:
        truth = places(label["hand_places"]) * size
        if not label["hands"]:
            continue
        seen += len(truth)
        for hand in sitter.figure.hands:
            if hand.points_xy is not None:
                x, y, width, height = hand.box
                within = ((truth >= [x, y]) & (truth <= [x + width, y + height])).all(-1)
                found, right = found + 1, right + bool(within.any())
    print(f"\nhands with joints: {right} right of {found} found (precision {right / found:.2f}, recall {right / seen:.2f})")
    assert right >= 0.93 * found and right >= 0.72 * seen


def test_shoulders_lie_where_one_sees_them(told):
    number = right = 0
    for label, size, sitter in told:
        if sitter.figure.shoulders_xy is None:
            continue
        truth = places(label["shoulders"]) * size
        eyes = np.linalg.norm(sitter.landmarks_xy[45] - sitter.landmarks_xy[36])
        number += 1
        right += len(truth) == 2 and bool((np.linalg.norm(sitter.figure.shoulders_xy - truth, axis=1) < 0.5 * eyes).all())
    print(f"\nshoulders: {right} of {number} right, {len(told) - number} withheld")
    assert right >= 0.9 * number and number >= 0.85 * len(told)
