"""A view: one sitter whom the master painted, as painted or mirrored; the bank offers both.

A view holds no pixels: they are read from the scan when they are needed, at the resolution that is needed
(`models.warping`).
"""

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Float32, Float64, UInt8

from data.estimate import Estimate
from data.landmarks import mirror, outer_eye_distance
from features.figure.figure import Figure
from models.shape import shape_conditions, to_eye_units, turn

UNKNOWN_AGE_YEARS = 40.0
"""Age that a sitter of unknown age is taken to have: the middle of a life as it was painted."""
_SWAPPED: dict[Any, str] = {"left": "right", "right": "left"}
_SIDED = ("facing", "light_from", "gaze", "torso")
"""Attributes whose "left" and "right" a mirror exchanges."""
_ANGLES = ("yaw_deg", "torso_turn_deg")
"""Attributes that change their sign in a mirror."""

Box: TypeAlias = tuple[float, float, float, float]
"""x, y, width, height in pixels."""


@dataclass(frozen=True, eq=False)
class View:
    """One sitter, as painted (`mirrored` False) or in a mirror.

    Attributes
    ----------
    name, path, sha256 : str
        The catalogue's file name, where the scan lies, its checksum.
    width_px, height_px : int
        Size of the scan.
    content_box : (x, y, w, h)
        The painted surface within the scan, pixels; frames and colour bars lie outside.
    landmarks_xy : (68, 2) float64
        In scan pixels, of the mirrored scan if mirrored.
    attributes : dict of Estimate
    embedding : (128,) float32
        Face embedding, of the scan as it is.
    parts : (h, w) uint8
        Parts map at a working resolution covering the whole scan.
    light : (2,) float64
        Slope of lightness over the face, L* per eye unit, to the right and down.
    tones : (9, 3) float64
        Median Lab of each part; nan where the painting shows none of it.
    mirrored : bool
    figure : Figure, optional
        Shoulders, hands and outline, in scan pixels, of the mirrored scan if mirrored; None where they were not measured.
    """

    name: str
    path: str
    sha256: str
    width_px: int
    height_px: int
    content_box: Box
    landmarks_xy: Float64[np.ndarray, "68 2"]
    attributes: dict[str, Estimate]
    embedding: Float32[np.ndarray, " 128"]
    parts: UInt8[np.ndarray, "h w"] = field(repr=False)
    light: Float64[np.ndarray, " 2"]
    tones: Float64[np.ndarray, "9 3"] = field(repr=False)
    mirrored: bool = False
    figure: Figure | None = field(default=None, repr=False)

    @cached_property
    def turn(self) -> float:
        """Turn of the head, see `models.shape.turn`."""
        return turn(self.landmarks_xy)

    @cached_property
    def shape(self) -> Float64[np.ndarray, "68 2"]:
        """The landmarks in eye units, see `models.shape.to_eye_units`."""
        return to_eye_units(self.landmarks_xy)

    @property
    def eye_distance_px(self) -> float:
        """Between the outer eye corners, in scan pixels."""
        return outer_eye_distance(self.landmarks_xy)

    @property
    def conditions(self) -> Float64[np.ndarray, " 4"]:
        """What the shape model is conditioned on, see `models.shape.shape_conditions`."""
        return shape_conditions(turn=self.turn, female=float(self.value("sex") == "female"),
                                age_years=float(self.value("age_years", UNKNOWN_AGE_YEARS)))

    def value(self, attribute: str, default: Any = None) -> Any:
        """The attribute's value, or `default` where it is unknown or abstained from."""
        estimate = self.attributes.get(attribute)
        return default if estimate is None or estimate.value is None else estimate.value

    def in_mirror(self) -> "View":
        """The same sitter facing the other way."""
        x, y, w, h = self.content_box
        return replace(self, landmarks_xy=mirror(self.landmarks_xy, self.width_px),
                       attributes=_mirrored(self.attributes), parts=np.ascontiguousarray(self.parts[:, ::-1]),
                       light=self.light * [-1.0, 1.0], content_box=(self.width_px - x - w, y, w, h),
                       mirrored=not self.mirrored,
                       figure=None if self.figure is None else self.figure.in_mirror(self.width_px))


def _mirrored(attributes: dict[str, Estimate]) -> dict[str, Estimate]:
    """What is said of a sitter who is seen in a mirror."""
    said = dict(attributes)
    for name in _SIDED:
        if name in said:
            said[name] = replace(said[name], value=_SWAPPED.get(said[name].value, said[name].value))
    for name in _ANGLES:
        angle_deg: Any = said[name].value if name in said else None
        if angle_deg is not None:
            said[name] = replace(said[name], value=-angle_deg)
    return said
