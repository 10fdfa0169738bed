"""Fit the small numbers this room ships again.

    python -m benchmarks.fit_features mesh FOLDER...               correction from mesh picks to the 68-point convention
    python -m benchmarks.fit_features looks CORPORA LABELS.json    sex, facial hair and headwear from hand labels

They are fitted to public-domain portraits by Titian, Rembrandt and in the Metropolitan Museum. A label names a file
below CORPORA, a face's box and what one sees. Figures printed are from held-out groups: a painting, its copies
and other pictures of the same sitter are never on both sides.
"""

import json
import sys
from pathlib import Path

import numpy as np

from data.landmarks import MIRRORED
from data.scan import read_scan
from features.face import landmarks
from features.face.detection import candidate_from_box, find_candidates
from features.face.embedding import face_embedding
from features.sitter import look_classifiers
from features.sitter.sex_and_age import sex_and_age, sex_log_odds

_ROOM = Path(__file__).parents[1] / "features"
_TARGETS = {"sex": ("sex", {"male": 1, "female": 0}), "beard": ("facial_hair", {"beard": 1, "moustache": 0, "none": 0}),
            "facial_hair": ("facial_hair", {"beard": 1, "moustache": 1, "none": 0}),
            "hat": ("headwear", {"hat": 1, "none": 0})}


def fit_mesh_correction(pairs, *, rounds=10, ridge=2.0):
    """Correction weights (4, 68, 2) from pairs of mesh picks and dlib landmarks, each (68, 2) of one face."""
    rows, offsets = [], []
    for picks, truth in pairs:
        upright, (centre, unit, roll) = landmarks.to_upright(picks)
        turn = np.array([[np.cos(roll), np.sin(roll)], [-np.sin(roll), np.cos(roll)]])
        rows.append(landmarks.turn_descriptor(upright))
        offsets.append((truth - centre) @ turn.T / unit - upright)
    rows, offsets = np.stack(rows), np.stack(offsets)
    weights = np.zeros((rows.shape[1], 68, 2))
    penalty = ridge * np.diag([0.0, 1.0, 1.0, 1.0])
    for _ in range(rounds):
        left = np.linalg.norm(offsets - np.tensordot(rows, weights, 1), axis=2)
        trust = 1 / (1 + (left / 0.08) ** 2) * (1 / (1 + (left.mean(1) / 0.1) ** 4))[:, None]
        for i in range(68):
            weighted = rows * trust[:, i:i + 1]
            weights[:, i] = np.linalg.solve(weighted.T @ rows + penalty, weighted.T @ offsets[:, i])
    return weights


def mesh_and_dlib(folders):
    """Pairs of mesh picks and dlib landmarks of every sure face in folders of pictures."""
    for folder in folders:
        for path in sorted(Path(folder).glob("*.jpg")):
            rgb = _read(path)
            for candidate in find_candidates(rgb):
                if candidate.score < 0.7:
                    continue
                _, picks, logit = landmarks.mesh_landmarks(rgb, candidate)
                if logit > 3:
                    yield picks.mean(0), np.median(landmarks.dlib_landmarks(rgb, picks.mean(0)), axis=0)


def labelled_looks(corpora, labels):
    """([features by name of a face, the same of its mirror image], embedding, label) of every labelled face."""
    shown, rgb = None, None
    for label in labels:
        if label["file"] != shown:
            shown, rgb = label["file"], _read(Path(corpora) / label["file"], None)
            mirror = np.ascontiguousarray(rgb[:, ::-1])
        points = landmarks.find_landmarks(rgb, candidate_from_box(rgb, label["box"])).landmarks_xy
        mirrored = points[MIRRORED] * [-1, 1] + [rgb.shape[1] - 1, 0]
        (look, embedding), (other, _) = _look(rgb, points), _look(mirror, mirrored)
        yield [look, other], embedding, label


def _look(rgb, points):
    embedding = face_embedding(rgb, points)
    male, _ = sex_and_age(rgb, points)
    return look_classifiers.look(rgb, points, embedding, sex_log_odds(male)), embedding


def groups_of(embeddings, files, *, near=0.40):
    """Group numbers (N,): faces of one file, of one sitter or of one series of self-portraits belong together."""
    embeddings = np.stack(embeddings)
    group = np.arange(len(files))
    series = ["rembrandt-self" if "rembrandt-self" in name else name for name in files]
    for i in range(len(files)):
        for j in range(i):
            if series[i] == series[j] or np.linalg.norm(embeddings[i] - embeddings[j]) < near:
                group[group == group[i]] = group[j]
    return group


def fit_looks(found, *, strength=0.01):
    """Weights by name, the last one the offset, with held-out figures printed; calibrated on the held-out answers.

    A face and its mirror image are both learned from: heads turn either way. Held out, the face itself is asked about.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    group = groups_of([embedding for _, embedding, _ in found], [label["file"] for *_, label in found])
    weights = {}
    for name, (key, meaning) in _TARGETS.items():
        use = [i for i, (*_, label) in enumerate(found) if label[key] in meaning]
        matrix, mirrored = (np.stack([np.concatenate([found[i][0][side][part] for part in look_classifiers.PARTS_OF_LOOK[name]])
                                      for i in use]) for side in (0, 1))
        truth = np.array([meaning[found[i][2][key]] for i in use])
        model = make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=3000))
        weight = _sample_weights(name, [found[i][2] for i in use], truth)
        held_out = np.empty(len(use))
        for train, test in GroupKFold(10).split(matrix, truth, group[use]):
            _fit(model, matrix[train], mirrored[train], truth[train], weight[train])
            held_out[test] = model.decision_function(matrix[test])
        slope, offset = _calibration(held_out, truth)
        _fit(model, matrix, mirrored, truth, weight)
        scaler, linear = model[0], model[1]
        scaled = linear.coef_[0] / scaler.scale_
        bias = linear.intercept_[0] - scaled @ scaler.mean_
        weights[name] = np.append(slope * scaled, slope * bias + offset).astype(np.float32)
        sure = np.abs(slope * held_out + offset) > np.log(0.65 / 0.35)
        right = (slope * held_out + offset > 0) == truth
        print(f"{name}: {len(use)} faces, right {right.mean():.3f}; "
              f"sure {sure.mean():.3f}, of these right {right[sure].sum() / max(1, sure.sum()):.3f}")
        if name == "sex":
            odds = np.array([found[i][0][0]["sex_logit"][0] for i in use])
            weights["sex_logit_only"] = np.array(_calibration(odds, truth), np.float32)
    return weights


def _fit(model, matrix, mirrored, truth, weight):
    model.fit(np.vstack([matrix, mirrored]), np.tile(truth, 2), logisticregression__sample_weight=np.tile(weight, 2))


def _sample_weights(name, labels, truth):
    """Both classes weigh alike; within the men the shaven, whom a beard does not give away, count twice."""
    weight = np.ones(len(truth))
    if name == "sex":
        shaven = np.array([label["sex"] == "male" and label["facial_hair"] != "beard" for label in labels])
        weight[shaven] = 2.0
    weight[truth == 1] *= (truth == 0).sum() / weight[truth == 1].sum()
    return weight


def _calibration(scores, truth):
    """Platt's slope and offset, for classes equally common: another corpus has other shares than our labels."""
    from sklearn.linear_model import LogisticRegression
    model = LogisticRegression(C=10.0, class_weight="balanced").fit(scores[:, None], truth)
    return float(model.coef_[0, 0]), float(model.intercept_[0])


def _read(path, max_side_px=1400):
    return read_scan(path, max_side_px=max_side_px, dtype=np.uint8)


def _save(name, arrays):
    np.savez_compressed(_ROOM / name, **arrays)
    print(f"wrote {_ROOM / name}")


if __name__ == "__main__":
    if sys.argv[1] == "mesh":
        pairs = list(mesh_and_dlib(sys.argv[2:]))
        print(f"{len(pairs)} faces")
        _save("face/mesh_to_68.npz", {"weights": fit_mesh_correction(pairs).astype(np.float32)})
    else:
        labels = json.loads(Path(sys.argv[3]).read_text(encoding="utf-8"))
        _save("sitter/looks.npz", fit_looks(list(labelled_looks(sys.argv[2], labels))))
