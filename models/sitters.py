"""Which paintings show one sitter from whom the master's way of painting people can be learned."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from data.landmarks import outer_eye_distance
from features.measurement import Face, Measurement

LEAST_CONFIDENCE = 0.35
"""Least confidence of a face, and of its landmarks, that is learned from: below it, errors of the detector would be learned."""
LEAST_EYES_PX = 22.0
"""Least distance between the outer eye corners: below it, an eyelid is thinner than a pixel."""
RIVAL_SHARE = 0.45
"""A second face larger than this share of the sitter's is a second sitter; a smaller one is a bystander or an angel."""
RIVAL_CONFIDENCE = 0.5
"""Second faces of less confidence do not count: about half of them are folds of cloth or foliage."""
LEAST_SHARE = 0.045
"""Size of the face over the picture's longer side: below it, the picture is a scene and not a portrait."""


def sitter_of(measurement: Measurement, row: Mapping[Any, Any] | None = None) -> tuple[Face | None, str | None]:
    """The face of a painting's one sitter, or why there is none.

    Parameters
    ----------
    measurement : Measurement
    row : mapping, optional
        The catalogue's row. A copy of another painting lends nothing; a curator's `single_sitter_portrait` wins.

    Returns
    -------
    (Face or None, str or None)
        The face, and the reason where there is none.
    """
    row = row or {}
    marked = row.get("single_sitter_portrait")
    unusable = _turned_down(row.get("duplicate_of"), marked) or _unmeasurable(measurement)
    if unusable:
        return None, unusable
    face, *others = measurement.faces
    if _said(marked):
        return face, None
    rivals = [other for other in others if _size(other) > RIVAL_SHARE * _size(face) and other.confidence > RIVAL_CONFIDENCE]
    if rivals:
        return None, f"{1 + len(rivals)} faces of like size: not a portrait of one sitter"
    if _size(face) < LEAST_SHARE * max(measurement.width_px, measurement.height_px):
        return None, "the face is a small part of the picture: not a portrait"
    return face, None


def _turned_down(duplicate_of: Any, marked: Any) -> str | None:
    """Why the catalogue turns a painting down, if it does."""
    if _said(duplicate_of):
        return f"the same painting as {duplicate_of}"
    if _said(marked) and str(marked).strip().lower() in ("0", "0.0", "false", "no"):
        return "not a portrait of one sitter, says the catalogue"
    return None


def _unmeasurable(measurement: Measurement) -> str | None:
    """Why nothing can be learned from a painting's first face, if so."""
    if not measurement.faces:
        return measurement.reason or "no face found"
    face = measurement.faces[0]
    if outer_eye_distance(face.landmarks_xy) < LEAST_EYES_PX:
        return f"the face is too small in this scan (eyes less than {LEAST_EYES_PX:g} pixels apart)"
    if face.confidence < LEAST_CONFIDENCE or np.mean(face.landmark_confidence) < LEAST_CONFIDENCE:
        return "the face is too uncertain to learn from"
    return None


def _size(face: Face) -> float:
    """Of the face's box: the side of a square of its area."""
    return (max(face.box[2], 0) * max(face.box[3], 0)) ** 0.5


def _said(value: Any) -> bool:
    """Whether a catalogue's cell says anything (pandas gives NaN for an empty one)."""
    return value is not None and value == value and str(value).strip() != ""
