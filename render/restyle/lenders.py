"""Paintings that lend a master's hand to a picture, and the masters who have them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import cv2
import numpy as np
from jaxtyping import Bool, Float, Float32, UInt8

from data.coordinates import rescale_points
from data.errors import UsageError
from data.estimate import Estimate
from data.scan import read_scan, scan_info
from features.picture import LOOK_SIDE_PX, attributes_of_faces, find_faces, parts_of_faces

if TYPE_CHECKING:
    from models.feedforward_style import FastStyle  # delays torch
    from models.view import View

_LEAST_READ_PX = 48  # longer side of the smallest version of a painting that is read
_RIM_PX = 1  # width of the rim of the painted surface that is not used: its edge is known to a pixel only


class Reading(NamedTuple):
    """A painting as it was read: `valid` is its painted surface, `scale` its size over the scan's."""

    rgb: Float32[np.ndarray, "h w 3"]
    parts: UInt8[np.ndarray, "h w"]
    valid: Bool[np.ndarray, "h w"]
    scale: float


@dataclass(frozen=True, eq=False)
class Lender:
    """A painting that lends its master's hand.

    Parameters
    ----------
    path, name : str
        Of the scan.
    width_px, height_px : int
        Of the scan.
    landmarks_xy : (68, 2) or None
        In scan pixels; None without a face.
    parts : (h, w) uint8 or None
        `data.parts.Part` over the whole scan, at any resolution.
    content_box : (x, y, width, height) or None
        The painted surface in scan pixels; None for all of the scan.
    sha256 : str
        Of the file, where known.
    attributes : dict of Estimate
        Of the sitter, by name, as measured.
    """

    path: str
    name: str
    width_px: int
    height_px: int
    landmarks_xy: Float[np.ndarray, "68 2"] | None = None
    parts: UInt8[np.ndarray, "h w"] | None = field(default=None, repr=False)
    content_box: tuple[float, float, float, float] | None = None
    sha256: str = ""
    attributes: Mapping[str, Estimate] = field(default_factory=dict, repr=False)

    @classmethod
    def of_view(cls, view: View) -> Lender:
        """A sitter of the bank, as painted."""
        if view.mirrored:
            raise UsageError(f"{view.name} is seen in a mirror: give the bank's own views")
        return cls(view.path, view.name, view.width_px, view.height_px, view.landmarks_xy, view.parts, view.content_box,
                   view.sha256, view.attributes)

    @classmethod
    def of_file(cls, path: Path | str, name: str | None = None) -> Lender:
        """A single picture, measured here; its name is its path unless another is given."""
        info = scan_info(path)
        rgb = read_scan(path, max_side_px=LOOK_SIDE_PX)
        faces = find_faces(rgb)
        if not faces:
            return cls(str(path), name or str(path), info.width_px, info.height_px)
        scale, attributes = info.width_px / rgb.shape[1], attributes_of_faces(rgb, faces)
        return cls(str(path), name or str(path), info.width_px, info.height_px, rescale_points(faces[0], scale),
                   parts_of_faces(rgb, faces, attributes), attributes=attributes[0])

    @property
    def face_xy(self) -> Float[np.ndarray, "68 2"]:
        """The landmarks, of a lender that has a face."""
        assert self.landmarks_xy is not None, f"{self.name} shows no face"
        return self.landmarks_xy

    def read(self, scale: float) -> Reading:
        """The painting at a share of its scan's size, or a little larger; never enlarged beyond it."""
        longest = max(self.width_px, self.height_px)
        side = max(_LEAST_READ_PX, int(np.ceil(longest * min(1.0, scale))))
        rgb = read_scan(self.path, max_side_px=side if side < longest else None).astype(np.float32)
        height, width = rgb.shape[:2]
        used = width / self.width_px
        parts: np.ndarray = np.zeros((height, width), np.uint8)
        if self.parts is not None:
            parts = cv2.resize(self.parts, (width, height), interpolation=cv2.INTER_NEAREST)
        return Reading(rgb, parts, self._painted_surface(height, width, used), used)

    def _painted_surface(self, height: int, width: int, scale: float) -> Bool[np.ndarray, "h w"]:
        valid = np.ones((height, width), bool)
        if self.content_box is not None:
            x, y, w, h = (int(round(v * scale)) for v in self.content_box)
            valid[:] = False
            valid[y + _RIM_PX:y + h - _RIM_PX, x + _RIM_PX:x + w - _RIM_PX] = True
        return valid


@dataclass(frozen=True, eq=False)
class Master:
    """One hand: the paintings that lend it, or a `network` that was taught it.

    `weight`: in a mixture of several masters. `most_similar`: the lenders whose paint is laid over the face at hand, the most
    similar first; chosen when a picture is made ready.
    """

    lenders: tuple[Lender, ...] = ()
    weight: float = 1.0
    network: FastStyle | None = None
    most_similar: tuple[Lender, ...] = ()

    @property
    def key(self) -> list[Any]:
        """What tells one master from another, JSON-able."""
        taught = None if self.network is None else self.network.record
        return [[(lender.name, lender.sha256) for lender in self.lenders], self.weight, taught]
