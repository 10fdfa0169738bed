"""Views of the bank made from measured scans: parts, light, tones and embedding are taken from a reduced reading."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from jaxtyping import Shaped

from data.coordinates import rescale_points
from data.errors import CorpusError
from data.scan import read_scan
from features.face.embedding import face_embedding
from features.measure import measure_scan
from features.measurement import Face, Measurement
from features.sitter.parts import parts_map
from models.bank import make_view
from models.view import View

VIEW_SIDE_PX = 1024
"""Longer side of the reading in which parts are told apart: outlines of hair and collar need no more."""

Box = tuple[int, int, int, int]
"""(x, y, w, h) in pixels of the scan."""


def measured_view(path: Path | str, measurement: Measurement, face: Face, content_box: Box | None) -> View:
    """One sitter for the bank, read from the scan.

    Parameters
    ----------
    path : path
        Where the scan lies.
    measurement : Measurement
        Of this scan.
    face : Face
        The sitter's, one of the measurement's.
    content_box : (x, y, w, h) or None
        The painted surface within the scan, pixels; None for all of it.

    Returns
    -------
    View
    """
    rgb = read_scan(path, max_side_px=VIEW_SIDE_PX)
    landmarks = rescale_points(np.asarray(face.landmarks_xy), rgb.shape[1] / measurement.width_px)
    return make_view(path, measurement.file, measurement.sha256, face, width_px=measurement.width_px,
                     height_px=measurement.height_px, parts=parts_map(rgb, landmarks, attributes=face.attributes),
                     embedding=face_embedding(rgb, landmarks), content_box=content_box, figure=face.figure)


def view_arrays(path: Path | str, measurement: Measurement, face: Face,
                content_box: Box | None) -> dict[str, Shaped[np.ndarray, "..."]]:
    """The arrays that `measured_view` computes beside the measurement, by name, to be kept between runs.

    Parameters
    ----------
    path, measurement, face, content_box
        As for `measured_view`.

    Returns
    -------
    dict
        "embedding", "parts", "light" and "tones" of the View.
    """
    view = measured_view(path, measurement, face, content_box)
    return {"embedding": view.embedding, "parts": view.parts, "light": view.light, "tones": view.tones}


def view_from_arrays(path: Path | str, measurement: Measurement, face: Face, content_box: Box | None,
                     arrays: Mapping[str, Shaped[np.ndarray, "..."]]) -> View:
    """The view that `measured_view` gives, from what `view_arrays` worked out before.

    Parameters
    ----------
    path, measurement, face, content_box
        As for `measured_view`.
    arrays : mapping
        From `view_arrays`.

    Returns
    -------
    View
    """
    return View(measurement.file, str(path), measurement.sha256, measurement.width_px, measurement.height_px,
                content_box or (0, 0, measurement.width_px, measurement.height_px),
                np.asarray(face.landmarks_xy, np.float64), dict(face.attributes), arrays["embedding"],
                arrays["parts"], arrays["light"], arrays["tones"], figure=face.figure)


def view_of_photograph(path: Path | str) -> View:
    """A photographed person as a view, which can lend everything but paint; the largest face in the picture is taken.

    Raises
    ------
    CorpusError
        If there is no face in the photograph, or none is clear.
    """
    measurement = measure_scan(path)
    faces = [face for face in measurement.faces if face.embedding is not None]
    if not faces:
        raise CorpusError(f"--sitter {path}: no clear face in this photograph ({measurement.reason or 'none found'}): expected "
                          "one person, seen from the front or in three-quarter view, the face at least 80 pixels wide")
    return measured_view(path, measurement, max(faces, key=lambda found: found.box[2] * found.box[3]), None)
