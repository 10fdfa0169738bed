"""What is asked of a print, and the kinds of files that can be made."""

from dataclasses import dataclass
from typing import NamedTuple

from data.errors import UsageError
from render.export.printers import Printer
from render.export.slices import LAYERS
from render.export.solids import BASE_MM
from render.relief.relief import Relief

MESHES = {"stl": "relief.stl", "3mf": "relief.3mf", "ply": "relief.ply", "glb": "relief.glb"}
"""Kinds that are one solid body in several formats, and their files."""
MAKES = {
    "stl": "solid body, no colour", "3mf": "solid body with colour", "ply": "solid body with colour",
    "glb": "solid body with colour, for viewers", "colour": "16-bit RGB TIFF", "height": "16-bit TIFF and PNG of the height",
    "layers": "masks for elevated printing, colour last", "slices": "full slices for jetting, colour and material",
    "maps": "normal map and bump map for renderers", "lithophane": "plate that shows the picture when lit from behind",
    "filament": "picture in a few filaments, with the heights to change them at",
}
"""Kinds of files by name, and what they are. `render.export.forecast` says what each will be, `render.export.print_files`
makes it."""
WITHOUT_RELIEF = ("lithophane", "filament")
"""Kinds that do not show the relief of the paint."""
DEFAULT_TRIANGLES = 1_000_000
"""Of a solid: an STL of 50 MB, which slicers open in seconds."""
_MOST_MM = 5000            # larger sizes are taken for typing errors
_MOST_BORDER_MM = 500
_FEWEST_TRIANGLES = 1000   # fewer show no paint
_MOST_ERROR_UM = 1e6
_MOST_LAYERS = 1000
_THICKEST_FILAMENT_MM = 0.12    # layer of a filament painting: thicker ones hide what lies below


class MeshDetail(NamedTuple):
    """How fine a mesh is: an error bound or a budget, the other is None."""

    max_error_mm: float | None
    triangles: int | None


@dataclass(frozen=True)
class Wishes:
    """What is asked of a print. UsageError where it cannot be meant."""

    make: tuple[str, ...] = ()
    """Names of `MAKES`; none for what the printer takes."""
    relief_mm: float | None = None
    """Height to stretch the relief to; None leaves the paint as thick as it is."""
    base_mm: float = BASE_MM
    """Solid below the relief."""
    border_mm: float = 0.0
    """Flat border around solids."""
    triangles: int | None = None
    """Budget of a solid; None for `DEFAULT_TRIANGLES`."""
    max_error_um: float | None = None
    """Or: how far a simplified surface may be off."""
    layers: int = LAYERS
    """Layers for elevated printing, the colour among them."""
    varnish: bool = False
    """Whether to add varnish."""
    craquelure: bool = False
    """Whether to add age cracks."""
    fix: bool = False
    """Whether to do the safe part of what the printer asks for."""

    def __post_init__(self) -> None:
        self._check_lengths()
        self._check_mesh()
        if not 2 <= self.layers <= _MOST_LAYERS:
            raise UsageError(f"--layers {self.layers}: expected 2 to 1000, the colour layer among them")
        unknown = [name for name in self.make if name not in MAKES]
        if unknown:
            raise UsageError(f"--make {unknown[0]}: expected one of {', '.join(MAKES)}")

    def _check_lengths(self) -> None:
        for option, value in (("--relief-mm", self.relief_mm), ("--base-mm", self.base_mm)):
            if value is not None and not 0 < value <= _MOST_MM:
                raise UsageError(f"{option} {value:g}: expected a length above 0 mm and up to 5000 mm")
        if not 0 <= self.border_mm <= _MOST_BORDER_MM:
            raise UsageError(f"--border-mm {self.border_mm:g}: expected 0 to 500 mm")

    def _check_mesh(self) -> None:
        if self.triangles is not None and self.max_error_um is not None:
            raise UsageError("give either --triangles or --max-error-um: a budget or an error bound, one of the two")
        if self.triangles is not None and self.triangles < _FEWEST_TRIANGLES:
            raise UsageError(f"--triangles {self.triangles}: expected at least 1000")
        if self.max_error_um is not None and not 0 <= self.max_error_um < _MOST_ERROR_UM:
            raise UsageError(f"--max-error-um {self.max_error_um:g}: expected 0 or more micrometres")


@dataclass(frozen=True, eq=False)
class PrintOrder:
    """A relief, as it will be printed, for a printer, with wishes."""

    relief: Relief
    printer: Printer
    wishes: Wishes

    @property
    def makes(self) -> tuple[str, ...]:
        """Kinds of files: the wish, or what the printer takes."""
        return tuple(self.wishes.make) or self.printer.makes

    @property
    def shows_relief(self) -> bool:
        """Whether any of them shows the relief of the paint."""
        return any(name not in WITHOUT_RELIEF for name in self.makes)

    @property
    def mesh_detail(self) -> MeshDetail:
        """The wish, or what the printer's software opens with ease."""
        if self.wishes.max_error_um is not None:
            return MeshDetail(self.wishes.max_error_um / 1000, None)
        return MeshDetail(None, self.wishes.triangles or min(DEFAULT_TRIANGLES, self.printer.max_triangles))

    @property
    def filament_layer_mm(self) -> float:
        """Layers of a filament painting: the printer's, unless they hide what lies below."""
        return min(self.printer.layer_mm, _THICKEST_FILAMENT_MM)
