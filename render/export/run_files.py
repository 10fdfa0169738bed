"""The files that every run leaves for printers and viewers, whatever printer they are for."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import numpy as np
from jaxtyping import Float32, Int32

from data.progress import Progress
from data.saving import save_json
from data.units import texels_per_inch
from models.view_key import ViewKey
from render.export.files import (
    height_units,
    normal_map,
    to_16_bit,
    write_colour_tiff,
    write_grey_tiff,
    write_height,
    write_png,
    write_png8,
)
from render.export.mesh_files import write_3mf, write_glb, write_ply, write_stl
from render.export.preview import write_preview
from render.export.raking import cast_shadows, raking_light, visible_exaggeration, write_looks
from render.export.slices import slice_relief, write_stack
from render.export.solids import Solid, solid_from_height
from render.relief.relief import Relief

_STEPS = 8    # of which progress speaks: they take about as long as one another


@dataclass(frozen=True, eq=False)
class PrintableRun:
    """What goes into the files.

    Attributes
    ----------
    rgb : (H, W, 3) float32
        The portrait, sRGB in [0, 1].
    relief : Relief
    source : (H, W, 3) int32
        Exemplar, row and column that each texel was copied from.
    exemplars : sequence of ViewKey
        The views that `source` numbers.
    shares : sequence of float
        Share of the canvas that each of them gave.
    base_mm : float
        Solid below the relief.
    triangles : int
        The most triangles of the solid.
    """

    rgb: Float32[np.ndarray, "H W 3"]
    relief: Relief
    source: Int32[np.ndarray, "H W 3"]
    exemplars: Sequence[ViewKey]
    shares: Sequence[float]
    base_mm: float
    triangles: int

    @property
    def dpi(self) -> float:
        """Texels per inch of the print."""
        return texels_per_inch(self.relief.pitch_mm)


@dataclass(frozen=True)
class RunFiles:
    """`names` of the files within the folder; `solid` in words: its size and triangles; `exaggeration`: how many times higher
    than it is the relief was lit for the pictures in raking light."""

    names: tuple[str, ...]
    solid: str
    exaggeration: float


def write_run_files(run: PrintableRun, folder: Path, progress: Progress | None = None) -> RunFiles:
    """Write all files of a run into its folder.

    Parameters
    ----------
    run : PrintableRun
    folder : Path
        Files of the same names are replaced.
    progress : callable (done, total), optional

    Returns
    -------
    RunFiles
    """
    z, pitch = run.relief.z_mm, run.relief.pitch_mm
    steps = count(1)

    def step() -> None:
        if progress:
            progress(next(steps), _STEPS)

    names = _write_colour(run, folder)
    step()
    names += _write_heights(run, folder)
    step()
    names += _write_sources(run, folder)
    step()
    exaggeration = visible_exaggeration(z, pitch)
    names += _write_light(run, folder, exaggeration)
    step()
    solid = solid_from_height(z, pitch, base_mm=run.base_mm, triangles=run.triangles)
    write_stl(solid, folder / "relief.stl")
    step()
    write_3mf(solid, folder / "relief.3mf", run.rgb)
    step()
    names += ["relief.stl", "relief.3mf", *_write_views(run, solid, folder)]
    step()
    names += _write_slices(run, folder)
    step()
    return RunFiles(tuple(names), solid.describe(), exaggeration)


def _write_colour(run: PrintableRun, folder: Path) -> list[str]:
    write_colour_tiff(folder / "portrait.tif", run.rgb, run.dpi)
    write_png8(folder / "portrait.png", run.rgb, run.dpi)
    return ["portrait.tif", "portrait.png"]


def _write_heights(run: PrintableRun, folder: Path) -> list[str]:
    z, pitch = run.relief.z_mm, run.relief.pitch_mm
    write_height(folder / "height.tif", z, pitch, record={"origin": run.relief.shares()})
    write_png(folder / "height.png", height_units(z)[0], run.dpi)
    write_png(folder / "normal.png", to_16_bit(normal_map(z, pitch)), run.dpi, colour=False)
    return ["height.tif", "height.json", "height.png", "normal.png"]


def _write_sources(run: PrintableRun, folder: Path) -> list[str]:
    write_grey_tiff(folder / "sources.tif", (run.source[..., 0] + 1).astype(np.uint16), run.dpi)
    save_json(folder / "sources.json", {
        "meaning": "value k of sources.tif: the texel was copied from sources[k - 1]",
        "sources": [{"file": key.name, "mirrored": key.mirrored, "share": share}
                    for key, share in zip(run.exemplars, run.shares)]})
    return ["sources.tif", "sources.json"]


def _write_light(run: PrintableRun, folder: Path, exaggeration: float) -> list[str]:
    z, pitch = run.relief.z_mm, run.relief.pitch_mm
    shadows = cast_shadows(z, pitch, exaggeration)
    lit = raking_light(z, pitch, run.rgb, exaggeration=exaggeration, shadows=shadows)
    write_png8(folder / "raking.png", lit, run.dpi)
    return ["raking.png", *write_looks(z, pitch, run.rgb, folder, exaggeration=exaggeration, shadows=shadows)]


def _write_views(run: PrintableRun, solid: Solid, folder: Path) -> list[str]:
    write_ply(solid, folder / "relief.ply", run.rgb)
    write_glb(solid, folder / "relief.glb", run.rgb)
    write_preview(folder / "relief.html", run.relief.z_mm, run.relief.pitch_mm, run.rgb)
    return ["relief.ply", "relief.glb", "relief.html"]


def _write_slices(run: PrintableRun, folder: Path) -> list[str]:
    paths = write_stack(slice_relief(run.relief.z_mm, run.relief.pitch_mm), run.rgb, folder / "slices")
    return [f"slices/{Path(path).name}" for path in paths]
