"""What `atelier dream` does."""

from pathlib import Path

import numpy as np

from data.scan import read_scan, scan_info
from flows.cli.places import check_picture_name
from flows.run.progress import bar, say
from render.export.picture import write_picture
from render.neural.dream import DreamSettings
from render.neural.dream import dream as dream_of
from render.restyle.picture import DEFAULT_DPI


def dream(picture: Path, out: Path, layer: str, strength: float, seed: int) -> None:
    """Write a picture after a dream.

    Parameters
    ----------
    picture, out : Path
        The picture and the result.
    layer : str
        Of the perceptual network, whose sight is amplified.
    strength : float
        Mean change of a pixel, in hundredths of the range of colour.
    seed : int
    """
    settings = DreamSettings(layer=layer, strength=strength, seed=seed)
    settings.check()
    check_picture_name(out)
    rgb = np.ascontiguousarray(read_scan(picture), np.float32)
    with bar("dream") as progress:
        result = dream_of(rgb, settings, progress=progress)
    write_picture(out, result, scan_info(picture).dpi or DEFAULT_DPI)
    say(f"Wrote {out}: {result.shape[1]} x {result.shape[0]}")
