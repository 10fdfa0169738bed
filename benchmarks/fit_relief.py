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
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import Float, Float32

from data.colour import from_uint8, rgb_to_lab
from data.units import MM_PER_INCH
from models import topography
from models.coarse_relief import SHIPPED as SHIPPED_COARSE
from models.coarse_relief import CoarseRelief, MeasuredSample, local_spread
from models.relief import SHIPPED, ReliefModel
from models.relief_bands import bands, brush_band
from models.topography import Topography
from render.practice.practice import DPI, paint_one

PITCH_MM = MM_PER_INCH / DPI
MEASURED_MM = 0.85
"""A pixel of the photographs with measured height."""
PATCH_MM = 10 / 64
"""A pixel of the patches with measured height."""
FRAME_PX = 3
"""Their frames, which are cut off."""
FIRST_RATE = 2e-3
"""Largest step in the first round; a share of it in the later ones."""


class Pair(NamedTuple):
    """Colour ((H, W, 3) float32 sRGB) and height ((H, W) float32)."""

    rgb: Float32[np.ndarray, "H W 3"]
    height: Float32[np.ndarray, "H W"]


def paintings(count: int, seed: int) -> list[Pair]:
    """`count` paintings by the practice master, heights in mm."""
    pairs = []
    for number in range(count):
        colour, height, _ = paint_one(seed, number)
        pairs.append(Pair(colour, height))
        print(f"\rpainted {number + 1} of {count}", end="", flush=True)
    print()
    return pairs


def judge(model: ReliefModel, pairs: Sequence[tuple[np.ndarray, np.ndarray]], pitch_mm: float = PITCH_MM) -> dict[str, float]:
    """Means over paintings of: correlations (whole height, brush band, each band), error of normals in degrees and, for
    comparison, that of a flat surface, and the correlation of lightness with the prediction and with the truth.

    Parameters
    ----------
    model : ReliefModel
    pairs : sequence of (colour, height)
        Paintings it has not learned from.
    pitch_mm : float
        Of their texels.
    """
    rows = []
    for rgb, height in pairs:
        predicted = model.predict(rgb, pitch_mm)
        lightness = rgb_to_lab(rgb)[..., 0]
        normals = [_normals(z, pitch_mm) for z in (predicted, height)]
        turned = np.degrees(np.arccos(np.clip((normals[0] * normals[1]).sum(-1), -1, 1)))
        tilted = np.degrees(np.arccos(np.clip(normals[1][..., 2], -1, 1)))
        rows.append([_like(predicted, height), _like(brush_band(predicted), brush_band(height)),
                     *(_like(a, b) for a, b in zip(bands(predicted), bands(height))), np.median(turned),
                     np.median(tilted), _like(lightness, predicted), _like(lightness, height)])
    names = ("height", "brush", "detail", "stroke", "layer", "normals_deg", "flat_deg", "lightness", "lightness_true")
    return dict(zip(names, np.mean(rows, 0).round(3).tolist()))


def _normals(z: Float32[np.ndarray, "H W"], pitch_mm: float) -> Float32[np.ndarray, "H W 3"]:
    gy, gx = np.gradient(z, np.float32(pitch_mm))
    normal = np.stack([-gx, -gy, np.ones_like(z)], -1)
    return normal / np.linalg.norm(normal, axis=-1, keepdims=True)


def _like(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.corrcoef(a.ravel(), b.ravel())[0, 1])


def measured_paintings(folder: Path) -> dict[str, Pair]:
    """Photographs with registered height in grey levels, by painter; without their frames."""
    pairs = {}
    for path in sorted(folder.glob("*_test_photo.png")):
        rgb = from_uint8(cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB))
        height = cv2.imread(str(path).replace("photo", "height"), cv2.IMREAD_GRAYSCALE).astype(np.float32)
        inner = tuple(slice(FRAME_PX, min(pair) - FRAME_PX) for pair in zip(rgb.shape, height.shape))
        pairs[path.stem.split("_")[0]] = Pair(rgb[inner], height[inner])
    return pairs


def measured_heights(folder: Path) -> dict[str, tuple[Float[np.ndarray, "H W"], float]]:
    """All measured heights in grey levels with their pitch in mm, by file."""
    paths = [*sorted(folder.glob("*_test_height.png")), *sorted(folder.glob("patch_*.png"))]
    inner = slice(FRAME_PX, -FRAME_PX)
    return {path.stem: (cv2.imread(str(path), cv2.IMREAD_GRAYSCALE).astype(float)[inner, inner],
                        MEASURED_MM if "test" in path.stem else PATCH_MM) for path in paths}


def samples_of(model: ReliefModel, pairs: Mapping[str, Pair]) -> dict[str, list[MeasuredSample]]:
    """Each pair and its mirror image, as `CoarseRelief.fit` takes them: strokes run any way, and light falls from the
    right as well as from the left, but seldom from below."""
    both = {name: [pair, Pair(*(np.ascontiguousarray(field[:, ::-1]) for field in pair))] for name, pair in pairs.items()}
    return {name: [MeasuredSample(rgb, model.coarse_strokes(rgb), height) for rgb, height in each]
            for name, each in both.items()}


def fit_measured(folder: Path) -> None:
    """Fit what is learned from measured paint, report on each painting with all of its painter left out, and save."""
    cv2.setNumThreads(1)
    model, pairs, heights = ReliefModel.default(), measured_paintings(folder), measured_heights(folder)
    samples = samples_of(model, pairs)

    def learned(left_out: str = "") -> tuple[CoarseRelief, Topography]:
        seen = [sample for name, both in samples.items() if name != left_out for sample in both]
        known = [sample for name, sample in heights.items() if not left_out or left_out not in name]
        return CoarseRelief.fit(seen, pitch_mm=MEASURED_MM), Topography.fit(known)

    for name in pairs:
        print(f"{name}, its painter left out:", report(model, samples[name][0], *learned(left_out=name)))
    coarse, target = learned()
    for name in pairs:
        print(f"{name}, learned from:", report(model, samples[name][0], coarse, target))
    SHIPPED_COARSE.write_text(json.dumps(coarse.to_json()) + "\n")
    topography.SHIPPED.write_text(json.dumps(target.to_json()) + "\n")
    print(f"fitted {SHIPPED_COARSE.name} to {len(pairs)} paintings, {topography.SHIPPED.name} to {len(heights)} samples")


def report(model: ReliefModel, sample: MeasuredSample, coarse: CoarseRelief, target: Topography) -> dict[str, float]:
    """How like the measured height of a painting its prediction is, as a whole and by quarters, and how like in kind.

    Parameters
    ----------
    model : ReliefModel
    sample : MeasuredSample
    coarse : CoarseRelief
    target : Topography
        What the prediction is matched to.
    """
    rgb, strokes, height = sample
    read = model.coarse_height(rgb, coarse) * local_spread(strokes.sum(0))
    predicted = target.match(read, MEASURED_MM)
    said = {"correlation": _like(predicted, height), "unmatched": _like(read, height),
            "by_practice_alone": _like(strokes.sum(0), height)}
    middle = [side // 2 for side in height.shape]
    for row, rows in zip(("top", "bottom"), (slice(middle[0]), slice(middle[0], None))):
        for column, columns in zip(("left", "right"), (slice(middle[1]), slice(middle[1], None))):
            said[f"{row}_{column}"] = _like(predicted[rows, columns], height[rows, columns])
    for kind, z in (("predicted", predicted), ("measured", height)):
        said |= {f"slope_{kind}": topography.spectral_slope(z, MEASURED_MM), f"skewness_{kind}": topography.skewness(z),
                 f"kurtosis_{kind}": topography.excess_kurtosis(z)}
    return {word: round(value, 3) for word, value in said.items()}


def fit_practice(*, count: int, unseen: int, epochs: int, rounds: int, seed: int, out: Path | str) -> None:
    """Fit to practice paintings, report on some that were not learned from, and save.

    Parameters
    ----------
    count, unseen : int
        Paintings that are learned from, and that are kept for the report.
    epochs, rounds : int
        Each round goes on where the one before ended, in smaller steps.
    seed : int
    out : path
        Of the safetensors file.
    """
    train, test = paintings(count, seed), paintings(unseen, seed + 1)
    began = time.perf_counter()
    model = None
    for number in range(rounds):
        def say(done: int, total: int, number: int = number) -> None:
            print(f"\rround {number + 1} of {rounds}, epoch {done} of {total}", end="", flush=True)

        model = ReliefModel.fit(train, pitch_mm=PITCH_MM, seed=seed + number, epochs=epochs, start=model,
                                half_precision=True, rate=FIRST_RATE / (number + 1),
                                origin=f"{count} practice paintings, seed {seed}", progress=say)
    print(f"\nfitted in {time.perf_counter() - began:.0f} s; on paintings not trained on: {judge(model, test)}")
    model.save(out)


def main() -> None:
    """The command."""
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
    else:
        fit_practice(count=wanted.paintings, unseen=wanted.unseen, epochs=wanted.epochs, rounds=wanted.rounds,
                     seed=wanted.seed, out=wanted.out)


if __name__ == "__main__":
    main()
