"""What measuring costs beside a bare loop over the same files, in one run: `python -m benchmarks.measuring CORPUS`.

The bare loop decodes each file with OpenCV, runs one detector (dlib's HOG at its usual setting) and dlib's 68 landmarks on
every face found, no more: as a loop in one process, and shared out among `--jobs` processes as measuring is. They take
turns, a few dozen files each, so that other load on the machine affects all alike. Pictures are first brought to
`--megapixels`. After that the command is timed as a user runs it: `atelier stats` on all files, again with nothing
changed, and with one painting added.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2

from features.networks.packaged import PREDICTOR_FILE
from features.networks.runtime import package_file
from flows.corpus.measuring import MeasuringRequest, measure_request
from flows.corpus.worker_process import start_worker

AT_A_TIME = 32  # files that one way measures before it is the other's turn


def enlarge(path: Path, out: Path, megapixels: float) -> None:
    """A picture brought to so many megapixels, as a JPEG of the same name in the folder `out`."""
    picture = cv2.imread(str(path))
    scale = (megapixels * 1e6 / (picture.shape[0] * picture.shape[1])) ** 0.5
    picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    cv2.imwrite(str(out / f"{path.stem}.jpg"), picture, [cv2.IMWRITE_JPEG_QUALITY, 92])


@cache
def _bare_models() -> tuple[Any, Any]:
    """dlib's detector and predictor, loaded once a process."""
    import dlib
    return dlib.get_frontal_face_detector(), dlib.shape_predictor(package_file(*PREDICTOR_FILE))


def bare(path: Path) -> list[list[tuple[int, int]]]:
    """The bare loop's work on one file: landmarks of every face."""
    detector, predictor = _bare_models()
    rgb = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
    return [[(p.x, p.y) for p in predictor(rgb, box).parts()] for box in detector(rgb, 0)]


def measured(path: Path) -> Any:
    """Our measuring of one file, as `atelier stats` has it done."""
    return measure_request(MeasuringRequest(path.name, path, "0" * 64))


def take_turns(files: Sequence[Path], jobs: int) -> tuple[dict[str, float], dict[str, int]]:
    """Seconds and paintings with a face of each way over all files, with models loaded before."""
    ways = {"bare loop": (bare, 1), f"bare loop, {jobs} processes": (bare, jobs),
            f"measured, {jobs} processes": (measured, jobs)}
    seconds, found = dict.fromkeys(ways, 0.0), dict.fromkeys(ways, 0)
    with ExitStack() as held:
        pools = {way: held.enter_context(ProcessPoolExecutor(count, get_context("spawn"), start_worker))
                 for way, (_, count) in ways.items()}
        for way, (function, count) in ways.items():
            list(pools[way].map(function, files[:1] * 2 * count))
        for start in range(0, len(files), AT_A_TIME):
            for way in sorted(ways, reverse=start // AT_A_TIME % 2):
                began = time.perf_counter()
                results = list(pools[way].map(ways[way][0], files[start:start + AT_A_TIME]))
                seconds[way] += time.perf_counter() - began
                found[way] += sum(bool(result["faces"] if ways[way][0] is measured else result) for result in results)
    return seconds, found


def run_stats(corpus: Path, cache_folder: Path, jobs: int) -> tuple[float, int]:
    """Seconds that `atelier stats` takes on a corpus with this cache and so many processes, and how many files it counts."""
    began = time.perf_counter()
    command = [sys.executable, "-c", "from flows.cli.main import entry; entry()", "stats", str(corpus), "--json",
               "--cache", str(cache_folder), "--jobs", str(jobs)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    seconds = time.perf_counter() - began
    return seconds, json.loads(done.stdout)["counts"]["files"]


def main() -> None:
    """Compare, then time the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--files", type=int, default=24)
    parser.add_argument("--megapixels", type=float, default=1.0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--bare", action="store_true", help="Only the comparison, not the command.")
    wanted = parser.parse_args()
    print(f"{platform.processor() or platform.machine()}, {len(os.sched_getaffinity(0))} cores, load {os.getloadavg()[0]:.1f}")
    paths = sorted(path for path in wanted.corpus.iterdir() if path.suffix.lower() in (".jpg", ".png", ".tif")
                   and ".height." not in path.name)
    paths = paths[::max(1, len(paths) // (wanted.files + 1))][:wanted.files + 1]
    with tempfile.TemporaryDirectory() as scratch:
        corpus = Path(scratch) / "corpus"
        corpus.mkdir()
        for path in paths:
            enlarge(path, corpus, wanted.megapixels)
        files = sorted(corpus.iterdir())
        seconds, found = take_turns(files, wanted.jobs)
        *bares, ours = seconds
        for way in seconds:
            print(f"{way}: {seconds[way] / len(files):.3f} s a painting, a face in {found[way]} of {len(files)}")
        for way in bares:
            print(f"ratio to the {way}: {seconds[ours] / seconds[way]:.2f}")
        if wanted.bare:
            return
        last = files[-1].rename(Path(scratch) / files[-1].name)
        for label in ("first run", "nothing changed"):
            took, count = run_stats(corpus, Path(scratch) / "cache", wanted.jobs)
            print(f"atelier stats, {label}: {took:.1f} s, {count} paintings")
        last.rename(files[-1])
        took, count = run_stats(corpus, Path(scratch) / "cache", wanted.jobs)
        print(f"atelier stats, one added: {took:.1f} s, {count} paintings")


if __name__ == "__main__":
    main()
