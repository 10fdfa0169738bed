"""Fit the small numbers that the features room ships.

    python -m benchmarks.fit_features mesh FOLDER...               correction from mesh picks to the 68-point convention
    python -m benchmarks.fit_features looks CORPORA LABELS.json    sex, facial hair and headwear from hand labels

The first writes features/face/mesh_to_68.npz, the second features/sitter/looks.npz; both overwrite the shipped file.

They are fitted to public-domain portraits by Titian, Rembrandt and in the Metropolitan Museum. A label names a file below
CORPORA, the box of a face and the sitter's attributes. The printed figures are from held-out groups: a painting, its copies
and other pictures of the same sitter are never both in the training set and in the test set.
"""

import argparse
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Float32, Int, UInt8

from data.landmarks import MIRRORED
from data.scan import read_scan
from features.face.detection import candidate_from_box, find_candidates
from features.face.embedding import face_embedding
from features.face.fusion import dlib_landmarks
from features.face.landmarks import find_landmarks
from features.face.mesh import MeshViews, turn_descriptor
from features.face.upright import to_upright, turn_matrix
from features.sitter.look_classifiers import PARTS_OF_LOOK, Look, look
from features.sitter.sex_and_age import sex_and_age, sex_log_odds

_ROOM = Path(__file__).parents[1] / "features"
_SIDE_PX = 1400  # pictures are looked at reduced to this
# Which label each classifier answers, and what its words mean to it.
_TARGETS = {"sex": ("sex", {"male": 1, "female": 0}), "beard": ("facial_hair", {"beard": 1, "moustache": 0, "none": 0}),
            "facial_hair": ("facial_hair", {"beard": 1, "moustache": 1, "none": 0}),
            "hat": ("headwear", {"hat": 1, "none": 0})}
_SURE_FACE, _SURE_MESH = 0.7, 3  # of the detector and of the mesh: faces that the correction may be learned from
_STRAY_POINT, _STRAY_FACE = 0.08, 0.1  # residuals, in units of eyes to mouth, at which a point and a face count half
_FOLDS = 10
_SURE = 0.65  # probability from which an answer counts as sure in the figures printed
_SHAVEN_WEIGHT = 2.0
_CALIBRATION_STRENGTH = 10.0


class LabelledLook(NamedTuple):
    """A labelled face: its features, those of its mirror image, its embedding (128,), and the label."""

    straight: Look
    mirrored: Look
    embedding: Float32[np.ndarray, "128"]
    label: Mapping[str, Any]


def fit_mesh_correction(pairs: Iterable[tuple[np.ndarray, np.ndarray]], *, rounds: int = 10,
                        ridge: float = 2.0) -> Float[np.ndarray, "4 68 2"]:
    """Weights of the correction, see `features.face.mesh.correct_mesh`.

    Parameters
    ----------
    pairs : pairs of (68, 2)
        Mesh picks and dlib's landmarks of one face.
    rounds : int
        Of weighing points and faces that do not fit less, and fitting again.
    ridge : float
        Holds back all weights but the first, which does not depend on the head's turn.
    """
    described, offsets = [], []
    for picks, truth in pairs:
        upright, (centre, unit, roll) = to_upright(picks)
        described.append(turn_descriptor(upright))
        offsets.append((truth - centre) @ turn_matrix(roll).T / unit - upright)
    rows, wanted = np.stack(described), np.stack(offsets)
    weights = np.zeros((rows.shape[1], 68, 2))
    penalty = ridge * np.diag([0.0, 1.0, 1.0, 1.0])
    for _ in range(rounds):
        left = np.linalg.norm(wanted - np.tensordot(rows, weights, 1), axis=2)
        trust = 1 / (1 + (left / _STRAY_POINT) ** 2) * (1 / (1 + (left.mean(1) / _STRAY_FACE) ** 4))[:, None]
        for i in range(68):
            weighted = rows * trust[:, i:i + 1]
            weights[:, i] = np.linalg.solve(weighted.T @ rows + penalty, weighted.T @ wanted[:, i])
    return weights


def mesh_and_dlib(folders: Iterable[str]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Pairs of mesh picks and dlib landmarks, each (68, 2), of every sure face in folders of pictures."""
    for folder in folders:
        for path in sorted(Path(folder).glob("*.jpg")):
            rgb = _read(path)
            for candidate in find_candidates(rgb):
                if candidate.score < _SURE_FACE:
                    continue
                found = MeshViews(rgb, candidate).find()
                if found.face_logit > _SURE_MESH:
                    picks = found.picks_xy.mean(0)
                    yield picks, np.median(dlib_landmarks(rgb, picks), axis=0)


def labelled_looks(corpora: Path | str, labels: Iterable[Mapping[str, Any]]) -> Iterator[LabelledLook]:
    """Every labelled face; labels of one file must follow one another."""
    shown, rgb, mirror = None, None, None
    for label in labels:
        if label["file"] != shown:
            shown, rgb = label["file"], _read(Path(corpora) / label["file"], None)
            mirror = np.ascontiguousarray(rgb[:, ::-1])
        points = find_landmarks(rgb, candidate_from_box(rgb, label["box"])).landmarks_xy
        mirrored = points[MIRRORED] * [-1, 1] + [rgb.shape[1] - 1, 0]
        (straight, embedding), (other, _) = _look(rgb, points), _look(mirror, mirrored)
        yield LabelledLook(straight, other, embedding, label)


def _look(rgb: UInt8[np.ndarray, "H W 3"], points: Float[np.ndarray, "68 2"]) -> tuple[Look, np.ndarray]:
    """A face's features, and its embedding."""
    embedding = face_embedding(rgb, points)
    male, _ = sex_and_age(rgb, points)
    return look(rgb, points, embedding, sex_log_odds(male)), embedding


def groups_of(embeddings: Sequence[np.ndarray], files: Sequence[str], *, near: float = 0.40) -> Int[np.ndarray, " N"]:
    """Which faces belong together: those of one file, of one sitter, or of one series of self-portraits.

    Parameters
    ----------
    embeddings : N of (128,)
    files : N of str
    near : float
        Distance of two embeddings below which they are of one sitter.

    Returns
    -------
    (N,) int
        Equal for faces that belong together.
    """
    faces = np.stack(embeddings)
    group = np.arange(len(files))
    series = ["rembrandt-self" if "rembrandt-self" in name else name for name in files]
    for i in range(len(files)):
        for j in range(i):
            if series[i] == series[j] or np.linalg.norm(faces[i] - faces[j]) < near:
                group[group == group[i]] = group[j]
    return group


def fit_looks(found: Sequence[LabelledLook], *, strength: float = 0.01) -> dict[str, Float32[np.ndarray, " K"]]:
    """Weights by name, the last one the offset, with held-out figures printed; calibrated on the held-out answers.

    A face and its mirror image are both learned from: heads turn either way. Held out, the face itself is asked about.

    Parameters
    ----------
    found : sequence of LabelledLook
    strength : float
        Of scikit-learn's logistic regression (its C): the smaller, the smaller the weights.

    Returns
    -------
    dict
        As `looks.npz` holds it.
    """
    group = groups_of([one.embedding for one in found], [one.label["file"] for one in found])
    weights = {}
    for name, (key, meaning) in _TARGETS.items():
        use = [i for i, one in enumerate(found) if one.label[key] in meaning]
        straight, mirrored = (np.stack([np.concatenate([one[side][part] for part in PARTS_OF_LOOK[name]])
                                        for one in (found[i] for i in use)]) for side in (0, 1))
        truth = np.array([meaning[found[i].label[key]] for i in use])
        weight = _sample_weights(name, [found[i].label for i in use], truth)
        held_out, weights[name] = _fit_one(straight, mirrored, truth, weight, group[use], strength)
        _print_figures(name, held_out, truth)
        if name == "sex":
            odds = np.array([found[i].straight["sex_logit"][0] for i in use])
            weights["sex_logit_only"] = np.array(_calibration(odds, truth), np.float32)
    return weights


def _fit_one(straight: np.ndarray, mirrored: np.ndarray, truth: np.ndarray, weight: np.ndarray, group: np.ndarray,
             strength: float) -> tuple[np.ndarray, np.ndarray]:
    """One classifier: its calibrated log odds of the faces (N,) held out group by group, and its weights, the offset last."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=3000))
    held_out = np.empty(len(truth))
    for train, test in GroupKFold(_FOLDS).split(straight, truth, group):
        _fit(model, straight[train], mirrored[train], truth[train], weight[train])
        held_out[test] = model.decision_function(straight[test])
    slope, offset = _calibration(held_out, truth)
    _fit(model, straight, mirrored, truth, weight)
    scaler, linear = model[0], model[1]
    scaled = linear.coef_[0] / scaler.scale_
    bias = linear.intercept_[0] - scaled @ scaler.mean_
    return slope * held_out + offset, np.append(slope * scaled, slope * bias + offset).astype(np.float32)


def _print_figures(name: str, log_odds: np.ndarray, truth: np.ndarray) -> None:
    """How often held-out answers are right, and how often those that are sure."""
    sure = np.abs(log_odds) > np.log(_SURE / (1 - _SURE))
    right = (log_odds > 0) == truth
    print(f"{name}: {len(truth)} faces, right {right.mean():.3f}; "
          f"sure {sure.mean():.3f}, of these right {right[sure].sum() / max(1, sure.sum()):.3f}")


def _fit(model: Any, straight: np.ndarray, mirrored: np.ndarray, truth: np.ndarray, weight: np.ndarray) -> None:
    model.fit(np.vstack([straight, mirrored]), np.tile(truth, 2), logisticregression__sample_weight=np.tile(weight, 2))


def _sample_weights(name: str, labels: Sequence[Mapping[str, Any]], truth: np.ndarray) -> np.ndarray:
    """Both classes weigh alike; within the men the shaven, whom a beard does not give away, count twice."""
    weight = np.ones(len(truth))
    if name == "sex":
        shaven = np.array([label["sex"] == "male" and label["facial_hair"] != "beard" for label in labels])
        weight[shaven] = _SHAVEN_WEIGHT
    weight[truth == 1] *= (truth == 0).sum() / weight[truth == 1].sum()
    return weight


def _calibration(scores: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """Platt's slope and offset, for classes equally common: another corpus has other shares than our labels."""
    from sklearn.linear_model import LogisticRegression
    model = LogisticRegression(C=_CALIBRATION_STRENGTH, class_weight="balanced").fit(scores[:, None], truth)
    return float(model.coef_[0, 0]), float(model.intercept_[0])


def _read(path: Path, max_side_px: int | None = _SIDE_PX) -> UInt8[np.ndarray, "H W 3"]:
    return read_scan(path, max_side_px=max_side_px, dtype=np.uint8)


def _save(name: str, arrays: Mapping[str, np.ndarray]) -> None:
    np.savez_compressed(_ROOM / name, **arrays)
    print(f"wrote {_ROOM / name}")


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fit_features", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    wanted = parser.add_subparsers(dest="what", required=True)
    mesh = wanted.add_parser("mesh", help="the correction from mesh picks to the 68-point convention")
    mesh.add_argument("folders", nargs="+", metavar="FOLDER", help="folder of JPEG portraits")
    looks = wanted.add_parser("looks", help="classifiers of sex, facial hair and headwear")
    looks.add_argument("corpora", type=Path, metavar="CORPORA", help="folder that the labels' file names start from")
    looks.add_argument("labels", type=Path, metavar="LABELS.json", help="hand labels, as in tests/features/labels.json")
    options = parser.parse_args(arguments)
    if options.what == "mesh":
        pairs = list(mesh_and_dlib(options.folders))
        print(f"{len(pairs)} faces")
        _save("face/mesh_to_68.npz", {"weights": fit_mesh_correction(pairs).astype(np.float32)})
    else:
        labels = json.loads(options.labels.read_text(encoding="utf-8"))
        _save("sitter/looks.npz", fit_looks(list(labelled_looks(options.corpora, labels))))


if __name__ == "__main__":
    main()
