"""Which paintings show one sitter from whom the master's way of painting people can be learned."""

import numpy as np

from data.landmarks import outer_eye_distance

LEAST_CONFIDENCE = 0.35
LEAST_EYES_PX = 22.0
RIVAL_SHARE = 0.45
LEAST_SHARE = 0.045


def sitter_of(measurement, row=None):
    """The face of a painting's one sitter, or why there is none.

    Parameters
    ----------
    measurement : features.measure.Measurement
    row : mapping, optional
        The catalogue's row. A copy of another painting lends nothing; a curator's `single_sitter_portrait` wins.

    Returns
    -------
    (Face or None, str or None)
        The face, and the reason where there is none.
    """
    row = row or {}
    if _said(row.get("duplicate_of")):
        return None, f"the same painting as {row['duplicate_of']}"
    marked = row.get("single_sitter_portrait")
    if _said(marked) and str(marked).strip().lower() in ("0", "0.0", "false", "no"):
        return None, "not a portrait of one sitter, says the catalogue"
    if not measurement.faces:
        return None, measurement.reason or "no face found"
    face, *others = measurement.faces
    if outer_eye_distance(face.landmarks_xy) < LEAST_EYES_PX:
        return None, f"the face is too small in this scan (eyes less than {LEAST_EYES_PX:g} pixels apart)"
    if face.confidence < LEAST_CONFIDENCE or np.mean(face.landmark_confidence) < LEAST_CONFIDENCE:
        return None, "the face is too uncertain to learn from"
    if _said(marked):
        return face, None
    rivals = [other for other in others if _size(other) > RIVAL_SHARE * _size(face) and other.confidence > 0.5]
    if rivals:
        return None, f"{1 + len(rivals)} faces of like size: not a portrait of one sitter"
    if _size(face) < LEAST_SHARE * max(measurement.width_px, measurement.height_px):
        return None, "the face is a small part of the picture: not a portrait"
    return face, None


def _size(face):
    return (max(face.box[2], 0) * max(face.box[3], 0)) ** 0.5


def _said(value):
    """Whether a catalogue's cell says anything (pandas gives NaN for an empty one)."""
    return value is not None and value == value and str(value).strip() != ""
