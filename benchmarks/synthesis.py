"""Paint fixed drawn guides with both engines and print time, memory and what the result is worth.

    python -m benchmarks.synthesis [--megapixels 0.25 0.5 1] [--engines patch quilting] [--json]

Exemplars and guides are drawn by code from fixed seeds, so figures can be compared between machines and versions. The
final energy (levels of 255 per texel and channel; lower is better) and the grain (strength of fine detail, as a share of
the exemplars') stand beside the times: speed must not be bought with quality. Each size runs in a process of its own
after a small warming run, so that compiling is not timed; memory is the peak above what that process held before the
exemplars were made, exemplars included.
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import time

import cv2
import numpy as np

from data.colour import from_uint16, rgb_to_lab, to_uint16
from data.parts import Part
from render.portrait.engines import PAINT_ENGINES, engine_named
from render.synthesis.exemplar import Exemplar, SynthesisSettings

EXEMPLARS = 12    # as many as a portrait is usually painted from
ASPECT = 1.25     # height over width, as of most portraits


def drawn_sitter(seed, width):
    """A head and shoulders of flat tones ((H, W, 3) float32) and its parts map; layout nearly the same for all seeds."""
    rng, height = np.random.default_rng(seed), round(ASPECT * width)
    colour, labels = np.empty((height, width, 3), np.float32), np.zeros((height, width), np.uint8)
    ramp = np.linspace(*rng.uniform(0.1, 0.35, 2), height, dtype=np.float32)
    colour[:] = ramp[:, None, None] * rng.uniform(0.7, 1.0, 3)
    skin, hair, cloth = rng.uniform(0.6, 0.85) * np.array([1, 0.8, 0.62]), rng.uniform(0.1, 0.5, 3), rng.uniform(0, 0.5, 3)

    def ellipse(part, tone, x, y, across, along, jitter=0.008):
        middle = (np.array([x, y]) + rng.normal(0, jitter, 2)) * width
        mask = np.zeros(labels.shape, np.uint8)
        cv2.ellipse(mask, [int(v) for v in middle], [max(1, int(across * width)), max(1, int(along * width))], 0, 0, 360,
                    1, -1)
        light = np.linspace(1.15, 0.75, width, dtype=np.float32)[None, :, None]
        np.copyto(colour, np.broadcast_to(np.asarray(tone, np.float32) * light, colour.shape), where=mask[..., None] > 0)
        labels[mask > 0] = part

    ellipse(Part.CLOTHING, cloth, 0.5, 1.2, 0.42, 0.5, 0.02)
    ellipse(Part.NECK, skin * 0.9, 0.5, 0.66, 0.09, 0.16)
    ellipse(Part.HAIR, hair, 0.5, 0.4, 0.19, 0.22, 0.015)
    ellipse(Part.FACE, skin, 0.5, 0.45, 0.14, 0.19)
    for x in (0.44, 0.56):
        ellipse(Part.EYES, (0.85, 0.82, 0.78), x, 0.42, 0.026, 0.011, 0.003)
        ellipse(Part.EYES, (0.1, 0.07, 0.05), x, 0.42, 0.01, 0.01, 0.002)
        ellipse(Part.BROWS, hair * 0.6, x, 0.39, 0.035, 0.006, 0.003)
    ellipse(Part.NOSE, skin * 0.85, 0.5, 0.47, 0.016, 0.045, 0.003)
    ellipse(Part.LIPS, (0.6, 0.25, 0.22), 0.5, 0.55, 0.04, 0.013, 0.003)
    return np.clip(colour, 0, 1), labels


def with_strokes(colour, seed):
    """The same with strokes in three directions and a weave, strength and scale in texels: the paint to be copied."""
    rng, (height, width) = np.random.default_rng(seed + 1000), colour.shape[:2]
    noise = rng.standard_normal((height, width)).astype(np.float32)
    choice = cv2.resize(rng.random((12, 10)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    strokes = np.zeros_like(noise)
    for number, angle in enumerate(rng.uniform(0, np.pi, 3)):
        kernel = np.zeros((15, 15), np.float32)
        offset = 7 * np.array([np.cos(angle), np.sin(angle)])
        cv2.line(kernel, [int(round(7 - v)) for v in offset], [int(round(7 + v)) for v in offset], 1.0)
        strokes += cv2.filter2D(noise, -1, kernel / kernel.sum()) * (np.digitize(choice, [0.4, 0.6]) == number)
    weave = np.sin(np.arange(width) * 1.9)[None] * np.sin(np.arange(height) * 1.7)[:, None]
    return np.clip(colour * (1 + 0.3 * strokes + 0.03 * weave)[..., None], 0, 1).astype(np.float32)


def guide_channels(colour):
    """(H, W, 4) uint8: smoothed Lab and a finer lightness, as the composer makes them."""
    lab = rgb_to_lab(colour)
    smooth = cv2.GaussianBlur(lab, (0, 0), colour.shape[1] / 220)
    fine = cv2.GaussianBlur(lab[..., 0], (0, 0), max(0.5, colour.shape[1] / 660))
    channels = np.dstack([smooth[..., 0] * 2.55, smooth[..., 1:] * 1.6 + 128, fine * 2.55])
    return np.clip(channels + 0.5, 0, 255).astype(np.uint8)


def bank(width, count=EXEMPLARS):
    """Drawn exemplars with strokes, `width` texels wide."""
    exemplars = []
    for seed in range(1, count + 1):
        flat, labels = drawn_sitter(seed, width)
        colour = with_strokes(flat, seed)
        exemplars.append(Exemplar(to_uint16(colour), guide_channels(colour), labels, np.ones(labels.shape, bool),
                                  f"drawn {seed}"))
    return exemplars


def grain(colour):
    """Strength of fine detail: the median distance of lightness from its blur, L*."""
    lightness = rgb_to_lab(colour)[..., 0]
    return float(np.median(np.abs(lightness - cv2.GaussianBlur(lightness, (0, 0), 1.5))))


def measure(engine, megapixels):
    """One line of figures; to be called in a fresh process."""
    width = round((megapixels * 1e6 / ASPECT) ** 0.5)
    paint, small = engine_named(engine), bank(96, 2)
    paint(small[0].guide, small[0].labels, small, SynthesisSettings())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    exemplars = bank(width)
    target, labels = drawn_sitter(0, width)
    guide = guide_channels(target)
    wall, cpu = time.perf_counter(), time.process_time()
    result = paint(guide, labels, exemplars, SynthesisSettings(seed=1), start=target)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    size = labels.size / 1e6
    peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    texture = np.median([grain(from_uint16(exemplar.colour)) for exemplar in exemplars])
    return {"engine": engine, "megapixels": round(size, 3), "wall_s_per_mp": round(wall / size, 2),
            "cpu_s_per_mp": round(cpu / size, 2), "memory_mb_per_mp": round(peak / size), "energy":
            round(result.energy, 3), "patch_energy": round(result.patch_energy, 3),
            "grain": round(grain(result.colour) / texture, 3), "largest_share": round(float(result.shares.max()), 3),
            "largest_region": round(result.largest_region_share, 4)}


def main():
    """Time each engine at each size, a process each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megapixels", type=float, nargs="+", default=[0.25, 0.5, 1.0])
    parser.add_argument("--engines", nargs="+", default=list(PAINT_ENGINES), choices=list(PAINT_ENGINES))
    parser.add_argument("--json", action="store_true", help="one line of JSON per measurement")
    parser.add_argument("--one", nargs=2, metavar=("ENGINE", "MEGAPIXELS"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(measure(arguments.one[0], float(arguments.one[1]))))
        return
    if not arguments.json:
        print(f"{platform.machine()}, {os.cpu_count()} cores, {EXEMPLARS} exemplars, 5 x 5 patches")
        print(f"{'engine':>9} {'MP':>6} {'wall s/MP':>10} {'CPU s/MP':>9} {'MB/MP':>6} {'energy':>7} {'patch':>6} "
              f"{'grain':>6} {'share':>6} {'region':>7}")
    for engine in arguments.engines:
        for megapixels in arguments.megapixels:
            done = subprocess.run([sys.executable, "-m", "benchmarks.synthesis", "--one", engine, str(megapixels)],
                                  check=True, stdout=subprocess.PIPE, text=True)
            if arguments.json:
                print(done.stdout.strip())
                continue
            r = json.loads(done.stdout)
            print(f"{engine:>9} {r['megapixels']:6.2f} {r['wall_s_per_mp']:10.2f} {r['cpu_s_per_mp']:9.2f} "
                  f"{r['memory_mb_per_mp']:6d} {r['energy']:7.3f} {r['patch_energy']:6.3f} {r['grain']:6.2f} "
                  f"{r['largest_share']:6.2f} {r['largest_region']:7.3f}", flush=True)


if __name__ == "__main__":
    main()
