"""The README's pictures, from what `make portrait` leaves: `.venv/bin/python docs/pictures/make.py corpus out`."""

import json
import sys
from pathlib import Path

import cv2
import numpy as np
import tifffile

from data.scan import read_scan
from features.measure import measure_scan

HERE = Path(__file__).parent
SIZE = (360, 450)


def shown(name, rgb):
    """Save (H, W, 3) RGB in [0, 1] at the README's size."""
    small = cv2.resize(np.ascontiguousarray(rgb, np.float32), SIZE, interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(HERE / f"{name}.jpg"), np.round(small[..., ::-1] * 255).astype(np.uint8),
                [cv2.IMWRITE_JPEG_QUALITY, 88])


def main(corpus, out):
    scans = sorted(path for path in Path(corpus).glob("*.tif") if ".height" not in path.name)
    tiles = [cv2.resize(read_scan(path, max_side_px=400), (240, 300), interpolation=cv2.INTER_AREA)
             for path in scans[:9]]
    shown("corpus", np.vstack([np.hstack(tiles[row:row + 3]) for row in (0, 3, 6)]))
    sources = json.loads((Path(out) / "sources.json").read_text())["sources"]
    path = Path(corpus) / max(sources, key=lambda source: source["share"])["file"]
    rgb, points = read_scan(path), measure_scan(path).faces[0].landmarks_xy
    x, y = points.mean(0)
    side = np.ptp(points[:, 0]) * 1.1
    for point in points:
        cv2.circle(rgb, tuple(np.round(point).astype(int).tolist()), 2, (0.3, 1.0, 0.4), -1, cv2.LINE_AA)
    shown("measured", rgb[max(0, int(y - 1.25 * side)):int(y + 1.25 * side), max(0, int(x - side)):int(x + side)])
    shown("portrait", read_scan(Path(out) / "portrait.tif"))
    height = tifffile.imread(Path(out) / "height.tif").astype(np.float32)
    low, high = np.percentile(height, (1, 99))
    shown("height", np.repeat(np.clip((height - low) / (high - low), 0, 1)[..., None], 3, -1))
    shown("raking", read_scan(Path(out) / "raking.png"))


if __name__ == "__main__":
    main(*sys.argv[1:3])
