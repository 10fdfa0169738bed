"""Take in a corpus and read one large scan; print files a second and memory a megapixel: `python -m benchmarks.ingest`.

The corpus is drawn from fixed seeds (one megapixel JPEGs, one in ten of them broken); `--corpus DIR` times a real one. The
large scan is a drawn TIFF of `--megapixels`, in strips, in tiles and as a pyramid. Each reading runs in a process of its
own; memory is its peak above what the process held before.
"""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
import pyvips

LAYOUTS = {"strips": {"compression": "lzw"}, "tiles": {"tile": True, "compression": "jpeg"},
           "pyramid": {"tile": True, "pyramid": True, "compression": "jpeg"}}
# The peak of ru_maxrss would begin at what the parent held; that of /proc begins with the process.
HELD = """
def held():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))
"""
READING = HELD + """
import sys, time
from data.scan import read_scan
before, began = held(), time.perf_counter()
read_scan(sys.argv[1], max_side_px=1500)
print(time.perf_counter() - began, held() - before)
"""
INGEST = HELD + """
import sys, time
from data.catalogue import ingest
memory, before = {}, held()
for _ in range(2):
    began = time.perf_counter()
    catalogue = ingest(sys.argv[1], memory=memory)
    print(len(catalogue.table), time.perf_counter() - began, held() - before)
"""


def draw_corpus(folder: Path, count: int) -> None:
    """So many drawn pictures of a megapixel, every tenth of them cut off in the middle."""
    for number in range(count):
        rng = np.random.default_rng(number)
        picture = np.full((1100, 900, 3), rng.uniform(20, 90, 3), np.float32)
        for _ in range(80):
            centre, axes = rng.integers(0, 1000, 2).tolist(), rng.integers(8, 150, 2).tolist()
            cv2.ellipse(picture, centre, axes, float(rng.uniform(0, 180)), 0, 360, rng.uniform(10, 220, 3).tolist(), -1)
        picture += cv2.GaussianBlur(rng.normal(scale=30, size=picture.shape).astype(np.float32), (0, 0), 2)
        path = folder / f"{number}.jpg"
        cv2.imwrite(str(path), np.clip(picture, 0, 255).astype(np.uint8))
        if number % 10 == 9:
            os.truncate(path, path.stat().st_size // 2)


def in_own_process(code: str, argument: Path) -> list[list[float]]:
    """Lines of numbers that `code` prints, one list for each."""
    root = Path(__file__).resolve().parents[1]
    done = subprocess.run([sys.executable, "-c", code, str(argument)], cwd=root, check=True, capture_output=True, text=True)
    return [[float(word) for word in line.split()] for line in done.stdout.splitlines()]


def main() -> None:
    """Draw, take in, read, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--files", type=int, default=100)
    parser.add_argument("--megapixels", type=float, default=100)
    wanted = parser.parse_args()
    print(f"{platform.processor() or platform.machine()}, {len(os.sched_getaffinity(0))} cores")
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        if wanted.corpus is None:
            (scratch / "corpus").mkdir()
            draw_corpus(scratch / "corpus", wanted.files)
        for name, (files, seconds, mib) in zip(
                ("first time", "again"), in_own_process(INGEST, wanted.corpus or scratch / "corpus")):
            print(f"ingest, {name}: {files:.0f} files in {seconds:.1f} s, {files / seconds:.0f} a second, "
                  f"peak {mib:.0f} MiB")
        side = round((wanted.megapixels * 1e6) ** 0.5)
        ramp = pyvips.Image.xyz(side, side)
        drawn = ramp.bandjoin(ramp.extract_band(0)).linear([0.02] * 3, [3] * 3).cast("uchar").copy(interpretation="srgb")
        for layout, options in LAYOUTS.items():
            path = scratch / f"{layout}.tif"
            began = time.perf_counter()
            drawn.write_to_file(path, bigtiff=True, **options)
            wrote = time.perf_counter() - began
            (seconds, mib), = in_own_process(READING, path)
            print(f"{wanted.megapixels:g} megapixels in {layout} at 1500 px: {seconds:.2f} s, peak {mib:.0f} MiB, "
                  f"{mib / wanted.megapixels:.2f} MiB a megapixel (written in {wrote:.1f} s)")


if __name__ == "__main__":
    main()
