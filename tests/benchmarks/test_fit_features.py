"""The fits give back what made the data, and never let one sitter stand on both sides of a held-out figure."""

import numpy as np

from benchmarks.fit_features import LabelledLook, fit_looks, fit_mesh_correction, groups_of
from features.face.mesh import turn_descriptor
from features.face.upright import to_upright
from features.sitter.look_classifiers import PARTS_OF_LOOK
from tests.drawn import drawn_face


def test_a_known_correction_is_found_in_spite_of_strays():
    rng = np.random.default_rng(1)
    base, _ = to_upright(drawn_face(np.random.default_rng(0), 0.1))
    shift = rng.normal(0, 0.05, (68, 2))
    pairs = []
    for number in range(60):
        points = base + rng.normal(0, 0.02, (68, 2))
        truth = points + shift + (rng.normal(0, 0.5, (68, 2)) if number % 10 == 0 else 0)
        angle, scale = rng.uniform(-0.4, 0.4), rng.uniform(20, 200)
        turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        pairs.append((points @ turn.T + 300, truth @ turn.T + 300))
    weights = fit_mesh_correction(pairs)
    applied = np.tensordot(turn_descriptor(base), weights, 1)
    assert np.abs(applied - shift).mean() < 0.015


def test_copies_and_files_stay_together():
    rng = np.random.default_rng(2)
    embeddings = list(rng.normal(0, 1, (5, 128)))
    embeddings[4] = embeddings[0] + 0.001
    group = groups_of(embeddings, ["a.jpg", "b.jpg", "b.jpg", "c.jpg", "d.jpg"])
    assert group[1] == group[2] and group[0] == group[4]
    assert len(set(group)) == 3


def test_looks_are_learned_and_calibrated(capsys):
    rng = np.random.default_rng(3)
    found = []
    for number in range(120):
        sex = ("male", "female")[number % 2]
        embedding = rng.normal(0, 1, 128) + (1.2 if sex == "male" else -1.2) * np.eye(128)[5]
        features = {"embedding": embedding, "sex_logit": np.zeros(12), "chin": rng.normal(0, 1, 20),
                    "head": rng.normal(0, 1, 20), "bust": rng.normal(0, 1, 20)}
        label = {"file": f"{number}.jpg", "sex": sex, "facial_hair": ("beard", "none")[number % 2],
                 "headwear": ("hat", "none")[number // 2 % 2]}
        mirrored = {name: values[::-1] if name in ("chin", "head", "bust") else values for name, values in features.items()}
        found.append(LabelledLook(features, mirrored, embedding, label))
    weights = fit_looks(found)
    assert set(weights) == {*PARTS_OF_LOOK, "sex_logit_only"}
    scores = np.array([np.concatenate([one.straight["embedding"], one.straight["sex_logit"]]) @ weights["sex"][:-1]
                       + weights["sex"][-1] for one in found])
    assert ((scores > 0) == (np.arange(120) % 2 == 0)).mean() > 0.8
    assert "sex: 120 faces" in capsys.readouterr().out


def test_either_turn_of_the_head_is_learned_from_one():
    rng = np.random.default_rng(4)
    found = []
    for number in range(120):
        hat = number % 2
        head = rng.normal(0, 1, 20)
        head[0] += 8.0 * hat  # hats show on the left only
        features = {"embedding": rng.normal(0, 1, 128), "sex_logit": np.zeros(12), "chin": rng.normal(0, 1, 20),
                    "head": head, "bust": rng.normal(0, 1, 20)}
        label = {"file": f"{number}.jpg", "sex": ("male", "female")[number // 2 % 2],
                 "facial_hair": ("beard", "none")[number // 2 % 2], "headwear": ("none", "hat")[hat]}
        found.append(LabelledLook(features, {**features, "head": head[::-1]}, features["embedding"], label))
    weights = fit_looks(found)["hat"][:-1][128:148]
    assert weights[0] > 0 and abs(weights[19] / weights[0] - 1) < 0.3
