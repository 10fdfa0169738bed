"""What a curator says of a painting's sitter, made ready for measuring: it wins over all that is measured."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Float64

from data.errors import ShapeError
from data.estimate import Estimate
from data.landmarks import check_landmarks

_ATTRIBUTES = ("sex", "age_years", "facing", "yaw_deg", "pitch_deg", "roll_deg", "facial_hair", "headwear",
               "hair_tone", "collar", "clothing_tone", "background_tone", "light_from", "skin_ita_deg",
               "clothing_hue", "mouth_open", "expression", "gaze", "gaze_yaw_deg", "format", "hands", "torso", "torso_turn_deg",
               "ground")
# Other names in use for attributes; where a row has both, our own name wins.
_SYNONYMS = {"sitter_sex": "sex", "sitter_age": "age_years"}


@dataclass(frozen=True, eq=False)
class Curated:
    """A curator's words: attributes by name; landmarks and box (x, y, w, h) of the sitter in full-resolution scan pixels,
    None where nothing was said."""

    attributes: dict[str, Estimate] = field(default_factory=dict)
    landmarks_xy: Float64[np.ndarray, "68 2"] | None = None
    box: tuple[float, float, float, float] | None = None

    @classmethod
    def of_row(cls, row: Mapping[str, Any] | None) -> "Curated":
        """From a row of a catalogue; empty cells are passed over. ShapeError if `landmarks` is not 136 numbers or `box` not
        4."""
        said = {name: value for name, value in dict(row or {}).items() if not _empty(value)}
        for other, name in _SYNONYMS.items():
            if other in said:
                said.setdefault(name, said[other])
        landmarks, box = None, None
        if "landmarks" in said:
            landmarks = check_landmarks(_numbers(said["landmarks"], "landmarks", 136).reshape(68, 2))
        if "box" in said:
            x, y, width, height = _numbers(said["box"], "box", 4)
            box = x, y, width, height
        return cls({name: Estimate(said[name], 1.0, "catalogue") for name in _ATTRIBUTES if name in said}, landmarks, box)


def _empty(value: Any) -> bool:
    return value is None or (isinstance(value, float) and np.isnan(value)) or (isinstance(value, str) and not value)


def _numbers(value: Any, name: str, count: int) -> Float64[np.ndarray, " N"]:
    """`count` numbers from a list, from JSON, or from text with commas or spaces between them; ShapeError for another count."""
    if isinstance(value, str):
        value = json.loads(value) if value.lstrip().startswith("[") else value.replace(",", " ").split()
    numbers = np.asarray(value, np.float64).reshape(-1)
    if len(numbers) != count or not np.isfinite(numbers).all():
        raise ShapeError(f"the curator's {name} must be {count} numbers, got {len(numbers)}")
    return numbers
