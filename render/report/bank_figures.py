"""What the page of a corpus shows of its models: mean face and modes of variation, eigen-portraits, palette."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from data.colour import lab_to_rgb, to_uint8
from data.landmarks import LINES
from data.parts import Part
from models.alignment import Frame
from models.appearance import AppearanceModel
from models.bank import Bank
from models.shape import shape_conditions, to_frame
from models.view import UNKNOWN_AGE_YEARS
from models.warping import read_for, warped
from render.report.drawings import css_colour, jpeg, png

SHOWN_PARTS = (Part.FACE, Part.HAIR, Part.NECK, Part.CLOTHING, Part.BACKGROUND)
"""Parts of a portrait that are described one by one, in this order."""
_MODE_FRAME = Frame().scaled(128)
_MODES = 6                  # sliders that people can still tell apart
_PICTURE_BLUR_PX = 0.8      # eigen-portraits are of forms, not of strokes
_EXTREME = 2                # standard deviations down and up that are shown as pictures


@dataclass(frozen=True)
class PaletteRow:
    """The sitters' colours of one part, from dark to light: [(CSS colour, file)]."""

    part: str
    swatches: list[tuple[str, str]]


def shape_modes(bank: Bank) -> dict[str, Any]:
    """Mean shape and modes of variation for the sliders, in eye units, ready for JSON."""
    model = bank.shape_model
    typical = shape_conditions(
        turn=float(np.median([view.turn for view in bank.views])),
        female=float(np.mean([view.value("sex") == "female" for view in bank.views])),
        age_years=float(np.median([float(view.value("age_years", UNKNOWN_AGE_YEARS)) for view in bank.views])))
    count = min(_MODES, len(model.deviations))
    share = model.deviations ** 2 / max(float((model.deviations ** 2).sum()), 1e-12)
    turned = typical + [1, 2 * typical[0] + 1, 0, 0]  # turn is followed by its square
    return {"mean": np.round(model.mean(typical), 4).tolist(),
            "modes": np.round((model.modes[:count] * model.deviations[:count, None]).reshape(count, 68, 2), 4).tolist(),
            "share": np.round(share[:count], 4).tolist(), "lines": [(line.start, line.stop) for line in LINES],
            "turn": np.round(model.mean(turned) - model.mean(typical), 4).tolist()}


def eigen_portraits(bank: Bank) -> dict[str, Any]:
    """Mean portrait and eigen-portraits of the aligned sitters, as pictures for the sliders, ready for JSON.

    A mode is kept as a picture with 128 for nought; `scale` is the colour value (0..255) that 127 stands for.
    """
    layout = to_frame(np.mean([view.shape for view in bank.views], 0), _MODE_FRAME)
    pictures, valid = [], []
    for view in bank.views:
        seen = warped(view, layout, _MODE_FRAME, pixels=read_for(view, _MODE_FRAME))
        pictures.append(cv2.GaussianBlur(seen.colour, (0, 0), _PICTURE_BLUR_PX))
        valid.append(seen.valid)
    model = AppearanceModel.fit(np.stack(pictures), np.stack(valid), count=_MODES)
    scaled = model.modes * model.deviations[:, None, None, None] * 255
    peaks = np.abs(scaled).reshape(len(scaled), -1).max(1)
    width, height = _MODE_FRAME.size_px
    return {"width": width, "height": height, "mean": png(to_uint8(model.mean)),
            "modes": [png(np.round(128 + 127 * mode / peak).astype(np.uint8)) for mode, peak in zip(scaled, peaks)],
            "scale": [round(float(peak), 3) for peak in peaks],
            "extremes": [[jpeg(model.instance(sign * _EXTREME * np.eye(len(peaks))[k])) for sign in (-1, 1)]
                         for k in range(len(peaks))]}


def palette(bank: Bank) -> list[PaletteRow]:
    """The sitters' colours of each part that any of them shows."""
    rows = []
    for part in SHOWN_PARTS:
        tones = sorted(((view.tones[part], view.name) for view in bank.views if np.isfinite(view.tones[part]).all()),
                       key=lambda pair: pair[0][0])
        if tones:
            rgb = lab_to_rgb(np.array([[tone for tone, _ in tones]], np.float32))[0]
            rows.append(PaletteRow(part.name.lower(), [(css_colour(np.round(255 * colour)), name)
                                                       for colour, (_, name) in zip(rgb, tones)]))
    return rows
