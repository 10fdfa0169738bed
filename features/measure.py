"""Measure one painting: faces, landmarks, attributes. A pure function of the file and of what a curator said.

Faces are sought on the painting reduced to at most 1400 px a side; where a face comes out small there and the scan has
more, its surroundings are read again, finer. All places are given in full-resolution scan pixels.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from jaxtyping import Float, UInt8

from data.files import sha256_file
from data.parts import Part
from data.scan import read_scan, scan_info
from features.curated import Curated
from features.face_search import (
    FoundFace,
    curated_faces,
    judge_faces,
    looked_at_with_care,
    read_finer,
    search_faces,
)
from features.figure.measuring import MeasuredFigure, measure_figure
from features.measurement import ALGORITHM_VERSION, Face, Measurement
from features.paint.brushwork import lab_lightness, measure_brushwork
from features.paint.surface import measure_surface
from features.scan_region import ScanRegion, read_region
from features.sitter.attributes import SitterFeatures, estimate_attributes
from features.sitter.bust import Bust

__all__ = ["ALGORITHM_VERSION", "Face", "Measurement", "measure_scan"]

WORKING_SIDE_PX = 1400
# Weave and cracks are looked for in a piece of this side. It is read at full resolution if a pixel of the picture in memory
# covers more than this many scan pixels.
_SURFACE_SIDE_PX, _SURFACE_STEP = 400, 1.3
# At most this many faces, the sitter's among them, are fully described, and only those larger than this share of the sitter's.
_FULLY_MEASURED, _AS_LARGE = 3, 0.75
_FOREHEAD = 0.3  # brows to hairline over brows to chin
# Brushwork is measured this far around the head: to either side and up, and down, in lengths of the face. Clothing and
# background farther out show the same strokes again.
_AROUND, _BELOW = 1.0, 1.4


def measure_scan(path: Path | str, curated: Mapping[str, Any] | None = None,
                 content_box: Sequence[float] | None = None) -> Measurement:
    """Everything we can tell of one painting.

    Parameters
    ----------
    path : path
    curated : mapping or None
        A curator's row: any attribute by name, `box` as (x, y, w, h), `landmarks` as 68 points or as their 136
        numbers, all in full-resolution pixels. What a curator says wins; empty cells say nothing.
    content_box : (x, y, w, h) or None
        Where the painting lies in the scan; frames, colour bars and margins lie outside.

    Returns
    -------
    Measurement

    Raises
    ------
    data.errors.ScanError
        If the file cannot be read.
    data.errors.ShapeError
        If the curator's `landmarks` is not 136 numbers or `box` not 4.
    """
    info, said = scan_info(path), Curated.of_row(curated)
    x, y, width, height = content_box if content_box is not None else (0, 0, info.width_px, info.height_px)
    region = read_region(path, (int(x), int(y), int(width), int(height)), WORKING_SIDE_PX)
    found = curated_faces(region, said) or search_faces(region)
    judged = judge_faces([read_finer(path, face) for face in found])
    measured, brushwork = [], {}
    for rank, face in enumerate(judged.faces):
        thorough = rank == 0 or _matters(rank, face, judged.faces[0])
        face = looked_at_with_care(face) if thorough else face
        seen = estimate_attributes(face.region.rgb, face.geometry, thorough=thorough)
        figure = _figure(region, face, seen) if rank == 0 else None
        measured.append(_face(face, seen, said if rank == 0 else Curated(), figure))
        if rank == 0 and seen.bust is not None:
            brushwork = _brushwork(path, face.region, seen.bust, face.geometry.face_px)
    return Measurement(str(path), sha256_file(path), info.width_px, info.height_px, tuple(measured), judged.reason, brushwork)


def _matters(rank: int, face: FoundFace, sitter: FoundFace) -> bool:
    """Whether a face besides the sitter is fully described; describing all faces of a crowd would take seconds."""
    return rank < _FULLY_MEASURED and face.size_px > _AS_LARGE * sitter.size_px


def _figure(region: ScanRegion, face: FoundFace, seen: SitterFeatures) -> MeasuredFigure:
    """The sitter's figure, which lies in the whole picture even where the face was read again, finer."""
    landmarks = region.from_scan(face.region.to_scan(face.geometry.landmarks_xy))
    return measure_figure(region.rgb, landmarks, seen.attributes, region.to_scan)


def _face(face: FoundFace, seen: SitterFeatures, curated: Curated, figure: MeasuredFigure | None) -> Face:
    """A face in scan pixels with its figure, if that was measured, and what the curator said of it."""
    points = face.region.to_scan(face.geometry.landmarks_xy)
    told = {} if figure is None else figure.attributes
    return Face(_box(points), face.confidence, points, face.geometry.landmark_confidence,
                seen.attributes | told | curated.attributes, face.source, seen.embedding, face.geometry.disagreement,
                None if figure is None else figure.figure)


def _box(points_xy: Float[np.ndarray, "68 2"]) -> tuple[float, float, float, float]:
    """The box (x, y, w, h) around the landmarks and the forehead."""
    low, high = points_xy.min(0), points_xy.max(0)
    top = low[1] - _FOREHEAD * (high[1] - low[1])
    return float(low[0]), float(top), float(high[0] - low[0]), float(high[1] - top)


def _brushwork(path: Path | str, region: ScanRegion, bust: Bust, face_px: float) -> dict[str, Any]:
    """Brushwork around the sitter's head, shoulders included, at the resolution it was measured at, and the surface."""
    rows, columns = np.nonzero(np.isin(bust.parts, (Part.FACE, Part.NOSE, Part.EYES)))
    if not len(rows):
        return {}
    centre = np.array([columns.mean(), rows.mean()]) / bust.scale + bust.window[:2]
    low = np.maximum(centre - np.array([_AROUND, _AROUND]) * face_px, bust.window[:2]).astype(int)
    high = np.minimum(centre + np.array([_AROUND, _BELOW]) * face_px, bust.window[2:]).astype(int)
    rgb = np.ascontiguousarray(region.rgb[low[1]:high[1], low[0]:high[0]])
    matrix = np.hstack([np.diag(bust.scale), (bust.from_picture(low))[:, None]])
    parts = cv2.warpAffine(bust.parts, matrix, tuple(int(v) for v in high - low),
                           flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE)
    scale = float(region.step.mean())
    surface = measure_surface(lab_lightness(_surface(path, region, centre, rgb)), face_px * scale)
    return {"scan_px_per_pixel": round(scale, 4), **surface, **measure_brushwork(rgb, parts, face_px=face_px)}


def _surface(path: Path | str, region: ScanRegion, centre: Float[np.ndarray, "2"],
             rgb: UInt8[np.ndarray, "h w 3"]) -> UInt8[np.ndarray, "s t 3"]:
    """The piece around a face that shows its surface: of the picture in memory (`rgb`), or read at full resolution."""
    if (region.step > _SURFACE_STEP).any():
        x, y, width, height = region.window
        size = np.minimum(_SURFACE_SIDE_PX, [width, height])
        low = np.clip(region.to_scan(centre) - size / 2, [x, y], [x + width, y + height] - size).astype(int)
        return read_scan(path, window=(*(int(v) for v in low), *(int(v) for v in size)), dtype=np.uint8)
    low = np.maximum(np.array(rgb.shape[1::-1]) - _SURFACE_SIDE_PX, 0) // 2
    return rgb[low[1]:low[1] + _SURFACE_SIDE_PX, low[0]:low[0] + _SURFACE_SIDE_PX]
