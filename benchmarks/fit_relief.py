"""Fit the relief model that Atelier ships: `python -m benchmarks.fit_relief` writes models/relief.safetensors.

Paints practice portraits with known height, learns from them, and reports on paintings it has not seen; some ten minutes
on one core with bfloat16 (`--epochs` shortens it). The shipped numbers were fitted to 24 paintings of seed 2016 in two
rounds of about 120 epochs, the second with `--start models/relief.safetensors`. `--measured FOLDER` fits instead the
statistics of measured paint (models/topography.json) to the crops of Ji et al. 2021 in that folder and reports on the
photographs there, which are never learned from.
"""

import argparse
import json
import time
from pathlib import Path

import cv2
import numpy as np

from models import topography
from models.relief import SHIPPED, ReliefModel, bands, brush_band
from render.practice import DPI, paint_one

PITCH_MM = 25.4 / DPI


def paintings(count, seed):
    """`count` pairs of colour ((H, W, 3) float32) and height ((H, W) float32 mm) by the practice master."""
    pairs = []
    for number in range(count):
        colour, height, _ = paint_one(seed, number)
        pairs.append((colour, height))
        print(f"\rpainted {number + 1} of {count}", end="", flush=True)
    print()
    return pairs


def judge(model, pairs, pitch_mm=PITCH_MM):
    """Mean over paintings of: correlations (whole height, brush band), error of normals in degrees and, for comparison,
    that of a flat surface, and the correlation of lightness with the prediction and with the truth."""
    rows = []
    for rgb, height in pairs:
        predicted = model.predict(rgb, pitch_mm)
        lightness = cv2.cvtColor(rgb, cv2.COLOR_RGB2Lab)[..., 0]
        normals = [_normals(z, pitch_mm) for z in (predicted, height)]
        turned = np.degrees(np.arccos(np.clip((normals[0] * normals[1]).sum(-1), -1, 1)))
        tilted = np.degrees(np.arccos(np.clip(normals[1][..., 2], -1, 1)))
        rows.append([_like(predicted, height), _like(brush_band(predicted), brush_band(height)),
                     *(_like(a, b) for a, b in zip(bands(predicted), bands(height))), np.median(turned),
                     np.median(tilted), _like(lightness, predicted), _like(lightness, height)])
    names = ("height", "brush", "detail", "stroke", "layer", "normals_deg", "flat_deg", "lightness", "lightness_true")
    return dict(zip(names, np.mean(rows, 0).round(3).tolist()))


def _normals(z, pitch_mm):
    gy, gx = np.gradient(z, np.float32(pitch_mm))
    normal = np.stack([-gx, -gy, np.ones_like(z)], -1)
    return normal / np.linalg.norm(normal, axis=-1, keepdims=True)


def _like(a, b):
    return float(np.corrcoef(a.ravel(), b.ravel())[0, 1])


def judge_measured(folder):
    """The shipped model on the photographs with measured height in a folder; it has learned from neither."""
    for path in sorted(folder.glob("*_test_photo.png")):
        rgb = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB).astype(np.float32) / 255
        true = cv2.imread(str(path).replace("photo", "height"), cv2.IMREAD_GRAYSCALE).astype(np.float32)
        rows, columns = (min(pair) for pair in zip(rgb.shape, true.shape))
        rgb, true = rgb[3:rows - 3, 3:columns - 3], true[3:rows - 3, 3:columns - 3]
        predicted = ReliefModel.default().predict(rgb, 0.85)
        said = {"correlation": _like(predicted, true), "brush": _like(brush_band(predicted), brush_band(true))}
        for name, z in (("predicted", predicted), ("measured", true)):
            said |= {f"slope_{name}": topography.spectral_slope(z, 0.85), f"skewness_{name}": topography.skewness(z),
                     f"kurtosis_{name}": topography.excess_kurtosis(z)}
        print(path.stem, {name: round(value, 3) for name, value in said.items()})


def fit_topography(folder):
    """Spectrum and distribution of the measured heights: 0.85 mm a pixel in the large crops, 10 mm in 64 in the patches."""
    paths = [*sorted(folder.glob("*_test_height.png")), *sorted(folder.glob("patch_*.png"))]
    samples = [(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE).astype(float)[3:-3, 3:-3], 0.85 if "test" in path.stem
                else 10 / 64) for path in paths]
    topography.SHIPPED.write_text(json.dumps(topography.Topography.fit(samples).to_json()) + "\n")
    print(f"fitted {topography.SHIPPED.name} to {len(samples)} measured samples")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--paintings", type=int, default=24)
    parser.add_argument("--unseen", type=int, default=4)
    parser.add_argument("--epochs", type=int, default=120)
    parser.add_argument("--seed", type=int, default=2016)
    parser.add_argument("--start", help="go on from this model instead of from nothing")
    parser.add_argument("--out", default=str(SHIPPED))
    parser.add_argument("--measured", type=Path, help="folder with artistN_test_height.png and patch_artistN_K.png")
    wanted = parser.parse_args()
    cv2.setNumThreads(1)
    if wanted.measured:
        fit_topography(wanted.measured)
        judge_measured(wanted.measured)
        return
    train, test = paintings(wanted.paintings, wanted.seed), paintings(wanted.unseen, wanted.seed + 1)
    began = time.perf_counter()
    model = ReliefModel.fit(train, pitch_mm=PITCH_MM, seed=wanted.seed, epochs=wanted.epochs, half_precision=True,
                            start=ReliefModel.load(wanted.start) if wanted.start else None,
                            rate=1e-3 if wanted.start else 2e-3,
                            origin=f"{wanted.paintings} practice paintings, seed {wanted.seed}",
                            progress=lambda done, total: print(f"\repoch {done} of {total}", end="", flush=True))
    print(f"\nfitted in {time.perf_counter() - began:.0f} s; on paintings not trained on: {judge(model, test)}")
    model.save(wanted.out)


if __name__ == "__main__":
    main()
