"""The commands beside the portrait, as they are called: `restyle` any photograph or moving picture, and `dream`."""

from typing import Any

import click

from flows.cli.delayed import work
from flows.cli.options import FOLDER


@click.command()
@click.argument("source", type=FOLDER, metavar="INPUT")
@click.option("--from", "masters", multiple=True, required=True, metavar="MASTER[=WEIGHT]",
              help="A corpus, a picture, or a network of `learn --fast`; several are mixed by weight, or held apart by --mask.")
@click.option("--out", type=FOLDER, required=True, metavar="FILE", help="The result: PNG, TIFF (16 bit), JPEG; a video; for a "
              "folder of frames a folder.")
@click.option("--engine", default=None, metavar="NAME", help="neural, patch or fast.  [default: neural; fast for a network]")
@click.option("--strength", type=float, default=1.0, metavar="S", help="0 leaves the picture as it is, 1 takes the hand.")
@click.option("--keep-colours", is_flag=True, help="Take light, shade and strokes only.")
@click.option("--brush-px", type=float, default=None, metavar="PX", help="Width of strokes in pixels of the result.")
@click.option("--brush-mm", type=float, default=None, metavar="MM", help="Width of strokes in mm of a print --width-mm wide.")
@click.option("--width-mm", type=float, default=None, metavar="W", help="Width of the print; sets the dpi of the file.")
@click.option("--mask", type=FOLDER, default=None, metavar="PICTURE",
              help="Grey picture of INPUT's size: dark belongs to the first --from, light to the last.")
@click.option("--faces", default="auto", metavar="HOW", help="auto, yes (fail without a face) or no.")
@click.option("--megapixels", type=float, default=None, metavar="M", help="Size of the result.  [default: INPUT's]")
@click.option("--seed", type=int, default=1, help="The same seed gives the same picture.")
@click.option("--cache", type=FOLDER, default=None, help="Where measurements are kept between runs.")
@click.option("--jobs", type=int, default=None, metavar="N", help="Processes that measure.")
def restyle(**given: Any) -> None:
    """A photograph, a video or a folder of frames in a master's hand.

    Faces are found and kept; parts learn from parts: eyes from eyes, cloth from cloth. A video keeps its sound. A run
    that was stopped goes on when the same command is given again.
    """
    work("restyle").restyle(**given)


@click.command()
@click.argument("picture", type=FOLDER)
@click.option("--out", type=FOLDER, required=True, metavar="FILE", help="The result: PNG, TIFF (16 bit) or JPEG.")
@click.option("--layer", default="fire8", metavar="LAYER", help="Whose sight is amplified: conv1, fire2 ... fire9.")
@click.option("--strength", type=float, default=6.0, metavar="S",
              help="Mean change of a pixel, in hundredths of the range of colour.")
@click.option("--seed", type=int, default=1, help="The same seed gives the same picture.")
def dream(**given: Any) -> None:
    """Any painting with more of what a layer of the perceptual network sees in it."""
    work("dream").dream(**given)


COMMANDS = (restyle, dream)
