"""Fit the relief model that Atelier ships: `python -m benchmarks.fit_relief` writes models/relief.safetensors.

Paints practice portraits with known height, learns from them, and reports on paintings it has not seen; 12 to 20 minutes
on one core with bfloat16 (`--epochs` shortens it). `--measured FOLDER` fits instead, to the crops of Ji et al. 2021 in that
folder, what is learned from measured paint: how coarse pictures are read (models/coarse_relief.json, which belongs to one
relief.safetensors: fit it again after that) and the statistics of relief (models/topography.json). It reports on each
photograph there with all of its painter left out, and on what is shipped.
"""

import argparse
import json
import time
from pathlib import Path

import cv2
import numpy as np

from models import topography
from models.coarse_relief import SHIPPED as SHIPPED_READING
from models.coarse_relief import CoarseRelief, local_spread
from models.relief import SHIPPED, ReliefModel, bands, brush_band
from render.practice.practice import DPI, paint_one

PITCH_MM = 25.4 / DPI
MEASURED_MM = 0.85      # a pixel of the photographs with measured height


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


def measured_paintings(folder):
    """Photographs with registered height, {name: (rgb, height in grey levels)}; their frames are cut off."""
    pairs = {}
    for path in sorted(folder.glob("*_test_photo.png")):
        rgb = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB).astype(np.float32) / 255
        height = cv2.imread(str(path).replace("photo", "height"), cv2.IMREAD_GRAYSCALE).astype(np.float32)
        rows, columns = (min(pair) for pair in zip(rgb.shape, height.shape))
        pairs[path.stem.split("_")[0]] = (rgb[3:rows - 3, 3:columns - 3], height[3:rows - 3, 3:columns - 3])
    return pairs


def measured_heights(folder):
    """All measured heights, {name: (grey levels, pitch in mm)}: 0.85 mm a pixel in the large crops, 10 mm in 64 in the
    patches."""
    paths = [*sorted(folder.glob("*_test_height.png")), *sorted(folder.glob("patch_*.png"))]
    return {path.stem: (cv2.imread(str(path), cv2.IMREAD_GRAYSCALE).astype(float)[3:-3, 3:-3],
                        MEASURED_MM if "test" in path.stem else 10 / 64) for path in paths}


def samples_of(model, pairs):
    """{name: the pair and its mirror image, as `Reading.fit` takes them}: strokes run any way, and light falls from the
    right as well as from the left, but seldom from below."""
    return {name: [(rgb, model.strokes_of_coarse(rgb), height) for rgb, height in
                   (pair, tuple(np.ascontiguousarray(field[:, ::-1]) for field in pair))] for name, pair in pairs.items()}


def fit_measured(folder):
    """Fit what is learned from measured paint, report on each painting with all of its painter left out, and save."""
    cv2.setNumThreads(1)
    model, pairs, heights = ReliefModel.default(), measured_paintings(folder), measured_heights(folder)
    samples = samples_of(model, pairs)

    def learned(left_out=""):
        return (CoarseRelief.fit([sample for name, both in samples.items() if name != left_out for sample in both],
                            pitch_mm=MEASURED_MM),
                topography.Topography.fit([sample for name, sample in heights.items() if not left_out or left_out not in name]))

    def report(title, name, reading, target):
        rgb, height = pairs[name]
        strokes = samples[name][0][1].sum(0)
        read = model.told_of_coarse(rgb, reading) * local_spread(strokes)
        predicted = target.match(read, MEASURED_MM)
        said = {"correlation": _like(predicted, height), "unmatched": _like(read, height),
                "by_practice_alone": _like(strokes, height)}
        middle = [side // 2 for side in height.shape]
        for row, rows in zip(("top", "bottom"), (slice(middle[0]), slice(middle[0], None))):
            for column, columns in zip(("left", "right"), (slice(middle[1]), slice(middle[1], None))):
                said[f"{row}_{column}"] = _like(predicted[rows, columns], height[rows, columns])
        for kind, z in (("predicted", predicted), ("measured", height)):
            said |= {f"slope_{kind}": topography.spectral_slope(z, MEASURED_MM), f"skewness_{kind}": topography.skewness(z),
                     f"kurtosis_{kind}": topography.excess_kurtosis(z)}
        print(f"{name}, {title}:", {word: round(value, 3) for word, value in said.items()})

    for name in pairs:
        report("its painter left out", name, *learned(left_out=name))
    reading, target = learned()
    for name in pairs:
        report("learned from", name, reading, target)
    SHIPPED_READING.write_text(json.dumps(reading.to_json()) + "\n")
    topography.SHIPPED.write_text(json.dumps(target.to_json()) + "\n")
    print(f"fitted {SHIPPED_READING.name} to {len(pairs)} paintings, {topography.SHIPPED.name} to {len(heights)} samples")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--paintings", type=int, default=24)
    parser.add_argument("--unseen", type=int, default=4)
    parser.add_argument("--epochs", type=int, default=120, help="of each round")
    parser.add_argument("--rounds", type=int, default=2, help="each goes on where the one before ended, in smaller steps")
    parser.add_argument("--seed", type=int, default=2016)
    parser.add_argument("--out", default=str(SHIPPED))
    parser.add_argument("--measured", type=Path, help="folder with artistN_test_height.png and patch_artistN_K.png")
    wanted = parser.parse_args()
    cv2.setNumThreads(1)
    if wanted.measured:
        fit_measured(wanted.measured)
        return
    train, test = paintings(wanted.paintings, wanted.seed), paintings(wanted.unseen, wanted.seed + 1)
    began = time.perf_counter()
    model = None
    for number in range(wanted.rounds):
        said = f"round {number + 1} of {wanted.rounds}, epoch"
        model = ReliefModel.fit(train, pitch_mm=PITCH_MM, seed=wanted.seed + number, epochs=wanted.epochs, start=model,
                                half_precision=True, rate=2e-3 / (number + 1),
                                origin=f"{wanted.paintings} practice paintings, seed {wanted.seed}",
                                progress=lambda done, total, said=said: print(f"\r{said} {done} of {total}", end="",
                                                                              flush=True))
    print(f"\nfitted in {time.perf_counter() - began:.0f} s; on paintings not trained on: {judge(model, test)}")
    model.save(wanted.out)


if __name__ == "__main__":
    main()
