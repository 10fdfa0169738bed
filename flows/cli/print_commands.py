"""Commands that turn a finished run into prints, as they are called: `export` for a printer, `enlarge` for more texels than
were painted."""

from typing import Any

import click

from flows.cli.delayed import work
from flows.cli.options import FOLDER, json_option


def _told_printers(context: click.Context, parameter: click.Parameter, wanted: bool) -> None:
    """--list-printers: a table, and nothing else is done."""
    if wanted and not context.resilient_parsing:
        work("print").list_printers()
        context.exit()


@click.command()
@click.argument("folder", type=FOLDER, metavar="DIR")
@click.option("--printer", "name", default=None, metavar="NAME", help="Make files for this printer (see --list-printers), "
              "after checking what it will not print.")
@click.option("--list-printers", is_flag=True, is_eager=True, expose_value=False, callback=_told_printers,
              help="Name the printers, and stop.")
@click.option("--check", is_flag=True, help="Only say what would come out and what will not print.")
@click.option("--fix", is_flag=True, help="Do the safe part: level needles, lower a relief that is too high.")
@click.option("--make", multiple=True, metavar="KIND", help="What to make instead of what the printer takes: stl, 3mf, ply, "
              "glb, colour, height, layers, slices, maps, lithophane, filament.  May be given several times.")
@click.option("--width-mm", type=float, default=None, metavar="W", help="Width of the print.  [default: as painted]")
@click.option("--relief-mm", type=float, default=None, metavar="MM", help="Stretch the relief to this height.  "
              "[default: as thick as the paint is]")
@click.option("--base-mm", type=float, default=2.0, metavar="MM", help="Solid below the relief.")
@click.option("--border-mm", type=float, default=0.0, metavar="MM", help="Flat border around solids.")
@click.option("--triangles", type=int, default=None, metavar="N", help="The most triangles of a solid.  [default: 1000000]")
@click.option("--max-error-um", type=float, default=None, metavar="UM", help="Instead: how far, in micrometres, the "
              "simplified surface may be off.")
@click.option("--layers", type=int, default=13, metavar="N", help="Layers for elevated printing, the colour among them.")
@click.option("--varnish", is_flag=True, help="Add varnish, which levels the finest hollows.")
@click.option("--craquelure", is_flag=True, help="Add age cracks.")
@click.option("--sculpt-mm", type=float, default=None, metavar="MM", help="Add a low relief of the sitter, this high, below "
              "the paint.")
@click.option("--out", type=FOLDER, default=None, metavar="FOLDER", help="Where the print goes.  [default: DIR/print-NAME]")
@json_option
@click.option("--cache", type=FOLDER, default=None, help="Where measurements are kept between runs.")
@click.option("--jobs", type=int, default=None, metavar="N", help="Processes that measure.")
@click.pass_context
def export(context: click.Context, **given: Any) -> int:
    """Files for printers from the painting in DIR.

    Without --printer: the files that every run has (TIFF, PNG, STL, 3MF, layer masks, raking light). With --printer: a
    print job in a folder of its own, checked first, with printing.txt that says how to print it. DIR may also be a folder
    of `atelier enlarge`.
    """
    named = [name for name in given if context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE]
    return work("print").export(named=named, **given)


@click.command()
@click.argument("folder", type=FOLDER, metavar="DIR")
@click.option("--dpi", type=float, default=None, metavar="D", help="Texels per inch of the print, for example 565.")
@click.option("--megapixels", type=float, default=None, metavar="M", help="Instead: size of the print in megapixels.")
@click.option("--width-mm", type=float, default=None, metavar="W", help="Width of the print.  [default: as painted]")
@click.option("--seed", type=int, default=1, help="The same seed gives the same print.")
@click.option("--threads", type=int, default=None, metavar="N", help="Threads; the bytes are the same with any number.  "
              "[default: all cores]")
@click.option("--tile-px", type=int, default=512, metavar="N", help="Rows computed at once; the bytes are the same.")
@click.option("--out", type=FOLDER, default=None, metavar="FOLDER", help="Where the print goes.  [default: DIR/large]")
@json_option
def enlarge(**given: Any) -> int:
    """A print of many megapixels from the finished run in DIR.

    Writes portrait.tif and height.tif (16 bit, tiled BigTIFF) and height.json. Where the scans are finer than the painting's
    texel, their own strokes are read from them; detail finer than that is painted in, octave by octave, in strokes. A run
    that was stopped goes on when the same command is given again.
    """
    return work("enlarge").enlarge(**given)


COMMANDS = (export, enlarge)
