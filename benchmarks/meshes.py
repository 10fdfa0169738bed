"""Meshing a height field, ours against a Delaunay simplifier at equal maximum error: `python -m benchmarks.meshes`.

Prints a table: error bound, time, triangles of both; then the time for the closed solid, its STL and the check of it.
"""

import argparse
import platform
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

from render.export.mesh import mesh_height
from render.export.mesh_files import read_stl, write_stl
from render.export.solids import solid_from_height, topology

PITCH_MM = 0.0847    # 300 dpi


def brush_relief(columns, rows, seed=0):
    """Relief like paint: strokes of several widths that run in several directions, skewed to ridges, on a weave; mm."""
    rng = np.random.default_rng(seed)
    z = np.zeros((rows, columns), np.float32)
    for width, height_mm in ((1.0, 0.006), (3.0, 0.02), (9.0, 0.05)):
        for angle in (20, 80, 140):
            noise = rng.standard_normal((rows, columns)).astype(np.float32)
            size = int(width * 12) | 1
            at = np.arange(size) - size // 2
            x, y = np.meshgrid(at, at)
            turn = np.radians(angle)
            along, across = x * np.cos(turn) + y * np.sin(turn), -x * np.sin(turn) + y * np.cos(turn)
            kernel = np.exp(-(along / (4 * width)) ** 2 - (across / width) ** 2).astype(np.float32)
            strokes = cv2.filter2D(noise, cv2.CV_32F, kernel)
            z += height_mm * np.maximum(strokes / strokes.std(), -0.5)
    x, y = np.meshgrid(np.arange(columns), np.arange(rows))
    z += 0.01 * np.sin(x * (np.pi * PITCH_MM / 0.7)).astype(np.float32) * np.sin(y * (np.pi * PITCH_MM / 0.7))
    return (z - z.min()).astype(np.float32)


def main():
    """Mesh, print, write, check."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--columns", type=int, default=2120)
    parser.add_argument("--rows", type=int, default=2640)
    parser.add_argument("--bounds-um", type=float, nargs="+", default=[5, 10, 20, 40])
    wanted = parser.parse_args()
    from pydelatin import Delatin
    z = brush_relief(wanted.columns, wanted.rows)
    print(f"{platform.processor() or platform.machine()}; {z.size / 1e6:.1f} megapixels, relief {np.ptp(z):.3f} mm")
    mesh_height(z[:70, :70], PITCH_MM, max_error_mm=0.01)    # compile
    print("bound um | ours: s, triangles, error um | pydelatin: s, triangles, error um")
    for bound in wanted.bounds_um:
        began = time.perf_counter()
        ours = mesh_height(z, PITCH_MM, max_error_mm=bound / 1000)
        middle = time.perf_counter()
        theirs = Delatin(z, max_error=bound / 1000)
        count = len(theirs.triangles)
        ended = time.perf_counter()
        print(f"{bound:8g} | {middle - began:6.2f} {len(ours.triangles):9d} {ours.error_mm * 1000:6.2f} | "
              f"{ended - middle:6.2f} {count:9d} {theirs.error * 1000:6.2f}", flush=True)
    began = time.perf_counter()
    solid = solid_from_height(z, PITCH_MM, base_mm=2, max_error_mm=0.02)
    with tempfile.TemporaryDirectory() as folder:
        write_stl(solid, Path(folder) / "a.stl")
        written = time.perf_counter()
        shape = topology(read_stl(Path(folder) / "a.stl")[1])
    print(f"solid at 20 um: {solid.describe()}; made and written in {written - began:.1f} s; read back: watertight "
          f"{shape.watertight}, Euler characteristic {shape.euler} ({time.perf_counter() - written:.1f} s)")


if __name__ == "__main__":
    main()
