"""What each kind of file will be, in words, before it is made."""

from collections.abc import Callable

from data.errors import UsageError
from data.units import MM_PER_INCH, texels_per_inch
from render.export.mesh import count_triangles
from render.export.slices import slice_count, slice_relief
from render.export.solids import check_stl_size, describe_size, framed
from render.export.variants import LITHOPHANE_MM
from render.export.wishes import MESHES, PrintOrder

_MOST_SLICE_TEXELS = 150_000_000    # that software of jetting printers opens


def forecast(order: PrintOrder) -> tuple[list[str], int | None]:
    """A line for each kind of file that will come out, and the triangles of the solid if there is one.

    Raises
    ------
    UsageError
        If what is asked for cannot be made at all: too many triangles for an STL, slices too large.
    """
    lines, triangles = [], None
    if any(name in MESHES for name in order.makes):
        triangles = _triangles(order)
        lines.append(_of_meshes(order, triangles))
    lines += [LINES[name](order) for name in order.makes if name not in MESHES]
    return lines, triangles


def _triangles(order: PrintOrder) -> int:
    """Triangles of the solid: exact for an error bound, the most there can be for a budget."""
    detail, relief = order.mesh_detail, order.relief
    if detail.triangles is not None:
        if order.wishes.triangles is not None and "stl" in order.makes:
            check_stl_size(order.wishes.triangles)
        every = 2 * relief.z_mm.size + 8 * sum(relief.z_mm.shape)
        return min(detail.triangles, every)
    assert detail.max_error_mm is not None
    z, _ = framed(relief.z_mm, relief.pitch_mm, border_mm=order.wishes.border_mm)
    return count_triangles(z, max_error_mm=detail.max_error_mm)


def _of_meshes(order: PrintOrder, triangles: int) -> str:
    if "stl" in order.makes:
        check_stl_size(triangles)
    width, height = order.relief.size_mm
    border = 2 * round(order.wishes.border_mm / order.relief.pitch_mm) * order.relief.pitch_mm
    extents = width + border, height + border, order.wishes.base_mm + float(order.relief.z_mm.max())
    files = ", ".join(MESHES[name] for name in MESHES if name in order.makes)
    at_most = "at most " if order.wishes.max_error_um is None else ""
    return f"{files}: {at_most}{describe_size(extents, triangles)} (as STL)"


def _texels(order: PrintOrder) -> str:
    rows, columns = order.relief.z_mm.shape
    return f"{columns} x {rows} texels at {texels_per_inch(order.relief.pitch_mm):.0f} dpi"


def _of_colour(order: PrintOrder) -> str:
    megabytes = order.relief.z_mm.size * 6 / 1e6
    return f"colour.tif: {_texels(order)}, 16-bit RGB, about {megabytes:.0f} MB before compression"


def _of_height(order: PrintOrder) -> str:
    return f"height.tif, height.png: {_texels(order)}, 16-bit grey, {order.relief.relief_mm:.3f} mm from black to white"


def _of_maps(order: PrintOrder) -> str:
    return f"normal.png, bump.png: {_texels(order)}, 16 bits a channel"


def _of_layers(order: PrintOrder) -> str:
    layers = order.wishes.layers
    stack = slice_relief(order.relief.z_mm, order.relief.pitch_mm, layers=layers)
    return (f"layers/: {layers} pictures of {_texels(order)}: {layers - 1} masks of {stack.layer_mm * 1000:.0f} um "
            "and the colour, printed last")


def _of_slices(order: PrintOrder) -> str:
    (width, height), layer_mm = order.relief.size_mm, order.printer.layer_mm
    dpi = order.printer.dpi or texels_per_inch(order.relief.pitch_mm)
    columns, rows = (round(side / MM_PER_INCH * dpi) for side in (width, height))
    if columns * rows > _MOST_SLICE_TEXELS:
        raise UsageError(f"slices of {columns} x {rows} texels ({width:.0f} x {height:.0f} mm at {dpi:g} dpi) are more "
                         f"than the {_MOST_SLICE_TEXELS / 1e6:.0f} million that such software opens: ask for a smaller "
                         "--width-mm")
    count = slice_count(order.relief.z_mm, base_mm=order.wishes.base_mm, layer_mm=layer_mm)
    return f"slices/: {count} pictures of {columns} x {rows} texels at {dpi:g} dpi, {layer_mm * 1000:.0f} um each"


def _of_lithophane(order: PrintOrder) -> str:
    width, height = order.relief.size_mm
    return f"lithophane.stl: {width:.1f} x {height:.1f} mm, {LITHOPHANE_MM[0]:g} to {LITHOPHANE_MM[1]:g} mm thick"


def _of_filament(order: PrintOrder) -> str:
    width, height = order.relief.size_mm
    return (f"filament.stl, filament.txt: {width:.1f} x {height:.1f} mm in 4 filaments, layers of "
            f"{order.filament_layer_mm:g} mm")


LINES: dict[str, Callable[[PrintOrder], str]] = {
    "colour": _of_colour, "height": _of_height, "layers": _of_layers, "slices": _of_slices, "maps": _of_maps,
    "lithophane": _of_lithophane, "filament": _of_filament}
"""What each kind that is not a solid will be."""
