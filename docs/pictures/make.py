"""The README's pictures, from what `make portrait` leaves and from runs on a folder of Titians:
`.venv/bin/python docs/pictures/make.py corpus out titian-1 titian-2 ...`, after `atelier run titian --out titian-1 --seed 1`
and so on."""

import json
import sys
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
import tifffile
from jaxtyping import Float, Float32

from data.colour import to_uint8
from data.scan import read_scan
from features.measure import measure_scan

HERE = Path(__file__).parent
SIZE_PX = (360, 450)
JPEG_QUALITY = 88
TILES, TILE_PX = 3, (240, 300)      # paintings of the corpus along each side of its picture, and the size of each
MARK_COLOUR = (0.3, 1.0, 0.4)


def save(name: str, rgb: Float[np.ndarray, "H W 3"]) -> None:
    """Save a picture in [0, 1] at the README's size."""
    small = cv2.resize(np.ascontiguousarray(rgb, np.float32), SIZE_PX, interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(HERE / f"{name}.jpg"), to_uint8(small[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])


def corpus_picture(corpus: Path) -> Float32[np.ndarray, "H W 3"]:
    """The first nine paintings, three by three."""
    scans = sorted(path for path in corpus.glob("*.tif") if ".height" not in path.name)
    tiles = [cv2.resize(read_scan(path, max_side_px=400), TILE_PX, interpolation=cv2.INTER_AREA)
             for path in scans[:TILES ** 2]]
    return np.vstack([np.hstack(tiles[row:row + TILES]) for row in range(0, TILES ** 2, TILES)])


def measured_picture(path: Path) -> Float32[np.ndarray, "H W 3"]:
    """The head of a painting with the landmarks that were found."""
    rgb, points = read_scan(path), measure_scan(path).faces[0].landmarks_xy
    x, y = points.mean(0)
    side = np.ptp(points[:, 0]) * 1.1
    for point in points:
        cv2.circle(rgb, tuple(np.round(point).astype(int).tolist()), 2, MARK_COLOUR, -1, cv2.LINE_AA)
    return rgb[max(0, int(y - 1.25 * side)):int(y + 1.25 * side), max(0, int(x - side)):int(x + side)]


def height_picture(path: Path) -> Float32[np.ndarray, "H W 3"]:
    """A height map, from black (low) to white."""
    height = tifffile.imread(path).astype(np.float32)
    low, high = np.percentile(height, (1, 99))
    return np.repeat(np.clip((height - low) / (high - low), 0, 1)[..., None], 3, -1)


def main(corpus: Path, out: Path) -> None:
    """All pictures of a corpus and of the run in `out` that learned from it."""
    sources = json.loads((out / "sources.json").read_text())["sources"]
    largest_giver = max(sources, key=lambda source: source["share"])["file"]
    save("corpus", corpus_picture(corpus))
    save("measured", measured_picture(corpus / largest_giver))
    save("portrait", read_scan(out / "portrait.tif"))
    save("height", height_picture(out / "height.tif"))
    save("raking", read_scan(out / "raking.png"))


def titian_pictures(runs: Iterable[Path]) -> None:
    """The portraits of runs on the Titians, each named after its seed."""
    for run in runs:
        seed = json.loads((run / "run.json").read_text())["arguments"]["seed"]
        save(f"titian-{seed}", read_scan(run / "portrait.tif"))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
    titian_pictures(map(Path, sys.argv[3:]))
