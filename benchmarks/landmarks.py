"""Landmarks on faces redrawn in other hands, against the truth: `python -m benchmarks.landmarks CORPUS [--plot FILE]`.

CORPUS is one of the practice master's (`atelier practice --out CORPUS --count 20`), whose landmarks are known. Each face is
cut out close, brought to 256 x 256 pixels and redrawn: in pencil, ink, hatching, flat colours with outlines, dabs of paint,
wild colours, sepia, low contrast, out of focus, stretched, squeezed and bent into a caricature. Printed are, for each hand,
the faces found, the mean error (NME, outer eye corners), the share above 0.08 and the mean confidence; then the same by
fifths of confidence, the surest first. `--plot` draws error against confidence as PNG.
"""

import argparse
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import Float, Float32, UInt8

from data.colour import to_uint8
from data.landmarks import (
    CHIN,
    JAW_LEFT,
    JAW_RIGHT,
    LEFT_EYE_OUTER,
    MOUTH_LEFT,
    MOUTH_RIGHT,
    NOSE_TIP,
    RIGHT_EYE_OUTER,
    landmark_error,
    outer_eye_distance,
)
from data.scan import read_scan
from features.measure import measure_scan
from flows.corpus.worker_process import start_worker

SIDE = 256  # of a redrawn face, in pixels
_WRONG = 0.08  # error (NME) from which landmarks are counted as wrong
_BEND_AROUND = [LEFT_EYE_OUTER, RIGHT_EYE_OUTER, NOSE_TIP, MOUTH_LEFT, MOUTH_RIGHT, CHIN, JAW_LEFT, JAW_RIGHT, 19, 24]
Rgb = Float32[np.ndarray, "S S 3"]
Points = Float[np.ndarray, "68 2"]


class Found(NamedTuple):
    """A face that was found: error of its landmarks (NME) and their mean confidence."""

    error: float
    confidence: float


def cut_out(rgb: Float32[np.ndarray, "H W 3"], points: Points, rng: np.random.Generator) -> tuple[Rgb, Points]:
    """The face with its landmarks `points` (68, 2), closely or less so, and its landmarks there."""
    low, high = points.min(0), points.max(0)
    low = low - [0, 0.35 * (high[1] - low[1])]
    side = (high - low).max() * (1 + 2 * rng.uniform(0.02, 0.25))
    corner = (low + high) / 2 + rng.uniform(-0.05, 0.05, 2) * side - side / 2
    scale = SIDE / side
    matrix = np.hstack([np.eye(2) * scale, (-corner * scale)[:, None]])
    smooth = cv2.GaussianBlur(rgb, (0, 0), 0.4 / scale) if scale < 1 else rgb
    face = cv2.warpAffine(smooth, matrix, (SIDE, SIDE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    return np.clip(face, 0, 1), points * scale + matrix[:, 2]


def grey(rgb: Rgb) -> Float32[np.ndarray, "S S"]:
    """Lightness as one channel."""
    return rgb @ np.array([0.3, 0.59, 0.11], np.float32)


def thrice(field: Float[np.ndarray, "S S"]) -> Rgb:
    """One channel as a picture."""
    return np.repeat(np.clip(field, 0, 1).astype(np.float32)[..., None], 3, axis=2)


def pencil(rgb: Rgb, rng: np.random.Generator) -> Rgb:
    """Lightness against its surroundings."""
    light = grey(rgb)
    return thrice(np.clip(light / np.maximum(cv2.GaussianBlur(light, (0, 0), 6), 1e-2), 0, 1) ** 1.5)


def ink(rgb: Rgb, rng: np.random.Generator) -> Rgb:
    """Black lines along dark edges."""
    light = cv2.GaussianBlur(grey(rgb), (0, 0), 1.2)
    return thrice(1 + 40 * np.minimum(cv2.GaussianBlur(light, (0, 0), 1) - cv2.GaussianBlur(light, (0, 0), 1.8), 0))


def flat(rgb: Rgb, rng: np.random.Generator) -> Rgb:
    """Five colours with outlines."""
    calm = to_uint8(rgb)
    for _ in range(6):
        calm = cv2.bilateralFilter(calm, 7, 60, 7)
    levels = np.percentile(grey(calm.astype(np.float32)), [15, 40, 65, 85])
    tone = np.digitize(grey(calm.astype(np.float32)), levels)
    colours = np.stack([calm[tone == k].mean(0) / 255 if (tone == k).any() else np.zeros(3) for k in range(5)])
    return (colours[tone] * (0.1 + 0.9 * ink(rgb, rng))).astype(np.float32)


def hatching(rgb: Rgb, rng: np.random.Generator) -> Rgb:
    """Lines crossing where it is dark."""
    light = grey(rgb)
    y, x = np.mgrid[:SIDE, :SIDE]
    drawn = np.ones_like(light)
    for darker_than, turn in ((0.65, 0.8), (0.45, -0.8), (0.28, 1.6)):
        line = np.sin(1.1 * (x * np.cos(turn) + y * np.sin(turn))) > 0.2
        drawn[(light < darker_than) & line] = 0.2
    return thrice(cv2.GaussianBlur(drawn, (0, 0), 0.6))


def dabs(rgb: Rgb, rng: np.random.Generator) -> Rgb:
    """Short strokes along the forms."""
    painted, light = rgb.copy(), cv2.GaussianBlur(grey(rgb), (0, 0), 2)
    across, down = cv2.Sobel(light, cv2.CV_32F, 1, 0), cv2.Sobel(light, cv2.CV_32F, 0, 1)
    for _ in range(9000):
        x, y = rng.integers(0, SIDE, 2)
        turn = np.arctan2(across[y, x], -down[y, x]) + rng.normal(0, 0.3)
        step = rng.uniform(2, 5) * np.array([np.cos(turn), np.sin(turn)])
        colour = np.clip(rgb[y, x] + rng.normal(0, 0.07, 3), 0, 1)
        ends = [tuple(int(v) for v in np.array([x, y]) + sign * step) for sign in (-1, 1)]
        cv2.line(painted, *ends, colour.tolist(), 2, cv2.LINE_AA)
    return painted


def wild(rgb: Rgb, rng: np.random.Generator) -> Rgb:
    """Hues by lightness, strongly coloured."""
    hsv = cv2.cvtColor(rgb, cv2.COLOR_RGB2HSV)
    hsv[..., 0] = (hsv[..., 0] + 120 + 200 * grey(rgb)) % 360
    hsv[..., 1] = np.clip(1.8 * hsv[..., 1] + 0.2, 0, 1)
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)


def stretched(rgb: Rgb, points: Points, wide: float, high: float) -> tuple[Rgb, Points]:
    """The face and its landmarks made so many times as wide and as high."""
    matrix = np.array([[wide, 0, SIDE / 2 * (1 - wide)], [0, high, SIDE / 2 * (1 - high)]])
    return (cv2.warpAffine(rgb, matrix, (SIDE, SIDE), borderMode=cv2.BORDER_REFLECT), points * [wide, high] + matrix[:, 2])


def bent(rgb: Rgb, points: Points, rng: np.random.Generator, share: float = 0.07) -> tuple[Rgb, Points]:
    """A caricature: every feature moved by about `share` of the eye distance, smoothly."""
    unit = outer_eye_distance(points)
    y, x = np.mgrid[:SIDE, :SIDE].astype(np.float32)
    shift = np.zeros((SIDE, SIDE, 2), np.float32)
    for place in points[_BEND_AROUND]:
        near = np.exp(-((x - place[0]) ** 2 + (y - place[1]) ** 2) / (2 * (0.45 * unit) ** 2))
        shift += near[..., None] * rng.normal(0, share * unit, 2).astype(np.float32)
    moved = points.copy()
    for _ in range(30):
        at = np.clip(moved, 0, SIDE - 1).astype(np.float32)
        moved = points - cv2.remap(shift, at[:, :1], at[:, 1:], cv2.INTER_LINEAR).reshape(-1, 2)
    return cv2.remap(rgb, x + shift[..., 0], y + shift[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT), moved


HANDS: dict[str, Callable[[Rgb, np.random.Generator], Rgb]] = {
    "plain": lambda rgb, rng: rgb, "pencil": pencil, "ink": ink, "flat": flat, "hatching": hatching, "dabs": dabs, "wild": wild,
    "sepia": lambda rgb, rng: 0.25 + 0.5 * thrice(grey(rgb)) * np.float32([1.05, 0.9, 0.7]),
    "pale": lambda rgb, rng: 0.5 + 0.22 * (rgb - 0.5), "soft": lambda rgb, rng: cv2.GaussianBlur(rgb, (0, 0), 3)}
SHAPES: dict[str, Callable[[Rgb, Points, np.random.Generator], tuple[Rgb, Points]]] = {
    "long": lambda rgb, points, rng: stretched(rgb, points, 0.68, 1.0),
    "broad": lambda rgb, points, rng: stretched(rgb, points, 1.0, 0.72), "bent": bent}


def redrawn(corpus: Path) -> Iterator[tuple[str, UInt8[np.ndarray, "S S 3"], Points]]:
    """(hand, picture, landmarks) of every face of a practice corpus in every hand."""
    for number, path in enumerate(sorted((corpus / "truth").glob("*.json"))):
        truth = json.loads(path.read_text(encoding="utf-8"))
        rgb, points = read_scan(corpus / truth["file"]), np.array(truth["landmarks"])
        for hand in (*HANDS, *SHAPES):
            rng = np.random.default_rng([number, len(hand)])
            face, there = cut_out(rgb, points, rng)
            if hand in HANDS:
                face = HANDS[hand](face.astype(np.float32), rng)
            else:
                face, there = SHAPES[hand](face.astype(np.float32), there, rng)
            yield hand, to_uint8(face), there


def measured(path: Path) -> tuple[Points, float] | None:
    """The landmarks of a picture's sitter and their mean confidence, None without a face."""
    sitter = measure_scan(path).sitter
    return None if sitter is None else (sitter.landmarks_xy, float(np.mean(sitter.landmark_confidence)))


def line(name: str, rows: Sequence[Found], of: int) -> None:
    """Print the figures of some faces found, out of so many."""
    errors = np.array([row.error for row in rows])
    print(f"{name:<12} {len(rows):>4} of {of:<4} {errors.mean():>7.4f} {(errors > _WRONG).mean():>7.0%} "
          f"{np.mean([row.confidence for row in rows]):>7.2f}")


def plot(rows: Sequence[tuple[str, Found]], path: Path) -> None:
    """Error against confidence of every face found, by hand, as a PNG."""
    import matplotlib
    matplotlib.use("agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 5))
    for hand in dict.fromkeys(hand for hand, _ in rows):
        shown = [(found.confidence, found.error) for name, found in rows if name == hand]
        axes.plot(*zip(*shown), "o" if hand in HANDS else "s", ms=4, alpha=0.7, label=hand)
    axes.axhline(_WRONG, color="black", lw=0.5)
    axes.set(yscale="log", xlabel="confidence of the landmarks", ylabel="error (NME, outer eye corners)")
    axes.legend(fontsize=7, ncols=2)
    figure.savefig(path, dpi=130)


def main() -> None:
    """Redraw, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--jobs", type=int, default=2)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, ProcessPoolExecutor(
            wanted.jobs, get_context("spawn"), start_worker) as pool:
        hands, truths, paths = [], [], []
        for hand, picture, truth in redrawn(wanted.corpus):
            paths.append(Path(scratch) / f"{len(paths)}.png")
            cv2.imwrite(str(paths[-1]), picture[..., ::-1])
            hands.append(hand)
            truths.append(truth)
        found = list(pool.map(measured, paths, chunksize=4))
    rows = [(hand, Found(landmark_error(one[0], truth), one[1])) for hand, one, truth in zip(hands, found, truths) if one]
    print("hand          found         error  > 0.08  confidence")
    for hand in (*HANDS, *SHAPES):
        line(hand, [found for name, found in rows if name == hand] or [Found(np.nan, np.nan)], hands.count(hand))
    ordered = sorted((found for _, found in rows), key=lambda found: -found.confidence)
    line("all", ordered, len(hands))
    for fifth in range(5):
        part = ordered[fifth * len(ordered) // 5:(fifth + 1) * len(ordered) // 5]
        line(f"fifth {fifth + 1}", part, len(part))
    if wanted.plot:
        plot(rows, wanted.plot)


if __name__ == "__main__":
    main()
