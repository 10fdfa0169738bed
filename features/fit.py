"""Fit the small numbers this room ships again: `python -m features.fit FOLDER...` (folders of portraits).

So far: the correction from mesh picks to the 68-point convention (`mesh_to_68.npz`), by robust regression on faces where
both sources see the same face. Fitted to the public-domain Titian, Rembrandt and Met portraits the project is tried on.
"""

import sys
from pathlib import Path

import numpy as np

from data.scan import read_scan
from features import landmarks
from features.faces import find_candidates


def fit_mesh_correction(pairs, *, rounds=10, ridge=2.0):
    """Correction weights (4, 68, 2) from pairs of mesh picks and dlib landmarks, each (68, 2) of one face."""
    rows, offsets = [], []
    for picks, truth in pairs:
        upright, (centre, unit, roll) = landmarks.to_upright(picks)
        turn = np.array([[np.cos(roll), np.sin(roll)], [-np.sin(roll), np.cos(roll)]])
        rows.append(landmarks._turn_descriptor(upright))
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
            rgb = np.round(read_scan(path, max_side_px=1400) * 255).astype(np.uint8)
            for candidate in find_candidates(rgb):
                if candidate.score < 0.7:
                    continue
                _, picks, logit = landmarks._mesh(rgb, candidate)
                if logit > 3:
                    yield picks.mean(0), np.median(landmarks._dlib(rgb, picks.mean(0)), axis=0)


if __name__ == "__main__":
    found = list(mesh_and_dlib(sys.argv[1:]))
    target = Path(__file__).with_name("mesh_to_68.npz")
    np.savez(target, weights=fit_mesh_correction(found).astype(np.float32))
    print(f"{target}: fitted to {len(found)} faces")
