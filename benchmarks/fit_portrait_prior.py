"""Fit the prior that the practice master draws sitters from.

    python -m benchmarks.fit_portrait_prior CORPUS... --labels models/portrait_prior_labels.csv

writes models/portrait_prior.npz (`--out` elsewhere). Every scan below the folders with one clear face is measured, which
takes a second or two each; labels win over what is measured, and only files named there are used.
"""

import argparse
import csv
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from jaxtyping import Bool, Float, Float32, Float64

from data.catalogue import ingest
from data.colour import rgb_to_lab
from data.coordinates import rescale_points
from data.errors import CorpusError, ScanError
from data.landmarks import JAW, LEFT_BROW, NOSE_BRIDGE, NOSE_TIP, RIGHT_BROW, check_landmarks, mirror
from data.progress import Progress
from data.scan import read_scan
from features.measure import measure_scan
from features.measurement import Face
from models.alignment import Frame, place_in_frame
from models.conditional_modes import Modes
from models.hairline import hairline_outline
from models.portrait_prior import (
    BUST_PX,
    DEFAULT_PATH,
    FACE_PX,
    MODE_COUNTS,
    PortraitPrior,
    chroma_mask,
    face_field,
    prior_conditions,
    run_on,
)
from models.shape import to_eye_units, turn

LEAST_PORTRAITS = 12
LABELLED = ("sex", "age_years", "facial_hair", "headwear")
FACE_EYES_PX = 60.0
"""Outer eye distance in the mean layout."""
FACE_EYES_DOWN = 0.42
"""Height of the eyes in it, as a share of its height."""
FOREHEAD = 0.5
"""How far up the face is learned, as `models.hairline.hairline` takes it; above, hats and fringes differ too much."""
_CELL_PX = 4
"""The mean layout is small: its warps are evaluated on a finer grid than those of a whole picture."""
_READ_PX = 1200
"""Longest side at which a scan is read."""
_SURE_FACE = 0.5
_PITCH_SMOOTHED, _PITCH_SIGMA = 1.2, 0.45
"""A scan that is read with steps longer than the one, in its pixels, is smoothed first, by that share of a step."""
_BUST_SIGMA = 0.8
"""Blur of the bust in its own texels: until no painting can be told."""
_CALMED = 0.7
"""How far the mean chroma of a face is drawn to the corpus' median: reproductions differ more than skins do."""

_log = logging.getLogger(__name__)


class Portrait(NamedTuple):
    """What is learned from: `rgb` (H, W, 3) float32 sRGB, `landmarks_xy` (68, 2) in its pixels, `attributes` by the names
    of `LABELLED`."""

    rgb: Float32[np.ndarray, "H W 3"]
    landmarks_xy: Float[np.ndarray, "68 2"]
    attributes: Mapping[str, Any]


def fit_prior(portraits: Sequence[Portrait], progress: Progress | None = None) -> PortraitPrior:
    """Fit to portraits, at least twelve; CorpusError if there are fewer."""
    if len(portraits) < LEAST_PORTRAITS:
        raise CorpusError(f"the portrait prior wants at least {LEAST_PORTRAITS} faces, got {len(portraits)}: give it more "
                          "folders")
    layout = _mean_layout([landmarks for _, landmarks, _ in portraits])
    inside = _face_mask(layout)
    rows: dict[str, list[np.ndarray]] = {"shape": [], "light": [], "chroma": [], "bust": []}
    conditions = []
    for index, (rgb, landmarks, attributes) in enumerate(portraits):
        rgb, landmarks = _facing_right(np.asarray(rgb, np.float32), landmarks)
        conditions.append(prior_conditions({**attributes, "turn": turn(landmarks)}))
        for name, values in _learned(rgb, landmarks, layout, inside).items():
            rows[name].append(values)
        if progress:
            progress(index + 1, len(portraits))
    tables = {name: np.array(values) for name, values in rows.items()}
    tables["chroma"] = _calm_chroma(tables["chroma"])
    hairy = np.array([attributes["facial_hair"] != "none" for _, _, attributes in portraits])
    return PortraitPrior(layout, inside, len(portraits), _modes(tables, np.array(conditions), hairy))


def _learned(rgb: Float32[np.ndarray, "H W 3"], landmarks: Float64[np.ndarray, "68 2"],
             layout: Float64[np.ndarray, "68 2"], inside: Bool[np.ndarray, "h w"]) -> dict[str, np.ndarray]:
    """What one portrait, facing right, says of shape, light, chroma and bust, a flat array each."""
    lab = _clear_forehead(_shape_free(rgb, landmarks, layout), layout, inside)
    shown = chroma_mask(inside)
    chroma = cv2.resize(lab[..., 1:], shown.shape[::-1], interpolation=cv2.INTER_AREA)
    return {"shape": to_eye_units(landmarks).ravel(), "light": lab[..., 0][inside], "chroma": chroma[shown].ravel(),
            "bust": _low_bust(rgb, landmarks).ravel()}


def _modes(tables: Mapping[str, np.ndarray], conditions: Float64[np.ndarray, "N C"],
           hairy: Bool[np.ndarray, " N"]) -> dict[str, Modes]:
    """Modes by the names of `MODE_COUNTS`, each from the portraits that it speaks of."""
    modes = {}
    for name, count in MODE_COUNTS.items():
        kind, _, hair = name.partition("_")
        used: Any = {"bare": ~hairy, "hairy": hairy}.get(hair, slice(None))
        modes[name] = Modes.fit(tables[kind][used], conditions[used], count)
    return modes


def _mean_layout(landmarks: Sequence[Float[np.ndarray, "68 2"]]) -> Float64[np.ndarray, "68 2"]:
    """The mean face, in texels of FACE_PX."""
    shapes = [to_eye_units(_facing_right(None, points)[1]) for points in landmarks]
    mean = np.mean(shapes, axis=0)
    return mean * FACE_EYES_PX + [FACE_PX[0] / 2 - mean[JAW, 0].mean() * FACE_EYES_PX, FACE_PX[1] * FACE_EYES_DOWN]


def _facing_right(rgb: Float32[np.ndarray, "H W 3"] | None, landmarks: Float[np.ndarray, "68 2"]) -> tuple[Any, np.ndarray]:
    """The picture and landmarks, mirrored where the nose points left. Width matters only with a picture."""
    if turn(landmarks) >= 0:
        return rgb, check_landmarks(landmarks)
    width = rgb.shape[1] if rgb is not None else 1
    return (None if rgb is None else rgb[:, ::-1]), mirror(landmarks, width)


def _face_mask(layout: Float64[np.ndarray, "68 2"]) -> Bool[np.ndarray, "h w"]:
    """Where faces are learned: within the outline, and two texels beyond."""
    width, height = FACE_PX
    mask = np.zeros((height, width), np.uint8)
    cv2.fillPoly(mask, [np.round(hairline_outline(layout, rise=FOREHEAD)).astype(np.int32)], 1)
    return cv2.dilate(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))).astype(bool)


def _shape_free(rgb: Float32[np.ndarray, "H W 3"], landmarks: Float64[np.ndarray, "68 2"],
                layout: Float64[np.ndarray, "68 2"]) -> Float32[np.ndarray, "h w 3"]:
    """The face as Lab in the mean layout."""
    field = face_field(layout, landmarks, FACE_PX, _CELL_PX)
    pitch = np.abs(np.diff(field[..., 0], axis=1)).mean()
    if pitch > _PITCH_SMOOTHED:  # a large scan is smoothed to the pitch it is read at
        rgb = cv2.GaussianBlur(rgb, (0, 0), _PITCH_SIGMA * pitch)
    seen = cv2.remap(np.ascontiguousarray(rgb), field[..., 0], field[..., 1], cv2.INTER_CUBIC,
                     borderMode=cv2.BORDER_REPLICATE)
    return rgb_to_lab(np.clip(seen, 0, 1))


def _clear_forehead(lab: Float32[np.ndarray, "h w 3"], layout: Float64[np.ndarray, "68 2"],
                    inside: Bool[np.ndarray, "h w"]) -> Float32[np.ndarray, "h w 3"]:
    """Take hair and hats off the forehead: what is not of the skin's colour there is filled from the skin below.

    All lengths are texels of the mean layout, all differences CIE Lab.
    """
    rows, columns = np.mgrid[:FACE_PX[1], :FACE_PX[0]]
    middle = layout[[NOSE_BRIDGE.start, NOSE_TIP]].mean(0)
    brow_line = layout[LEFT_BROW.start:RIGHT_BROW.stop]
    brows = np.interp(columns[0], brow_line[:, 0], brow_line[:, 1]) - 3
    # Forehead and temples, where something else may lie over the skin; and cheeks and nose, which are skin for sure.
    rim_depth = cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, 5)
    upper = inside & ((rows < brows) | ((rim_depth < 12) & (rows < layout[2, 1])))
    sure = inside & (np.abs(columns - middle[0]) < 30) & (rows > brows - 8) & (rows < layout[NOSE_TIP, 1])
    skin = np.median(lab[sure], axis=0)
    # Darkness counts less than another hue, and only beyond what a shadow does.
    other = np.hypot(lab[..., 1] - skin[1], lab[..., 2] - skin[2]) + 0.4 * np.maximum(skin[0] - 12 - lab[..., 0], 0)
    keep = inside & ~(upper & (other > 9))
    keep = cv2.erode(keep.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(bool) | (inside & ~upper & (rows > brows + 6))
    filled = run_on(lab, keep)
    soft = cv2.GaussianBlur(keep.astype(np.float32), (0, 0), 2)[..., None] * keep[..., None]
    return np.where(inside[..., None], soft * lab + (1 - soft) * filled, lab)


def _low_bust(rgb: Float32[np.ndarray, "H W 3"], landmarks: Float64[np.ndarray, "68 2"]) -> Float32[np.ndarray, "h w 3"]:
    """The whole picture in the frame at BUST_PX, blurred until no painting can be told, Lab."""
    frame = Frame()
    placing = place_in_frame(landmarks, frame)
    matrix = placing.matrix * (BUST_PX[0] / frame.width_px)
    scale = placing.scale * BUST_PX[0] / frame.width_px
    blurred = cv2.GaussianBlur(rgb, (0, 0), _BUST_SIGMA / scale)
    seen = cv2.warpAffine(blurred, matrix, BUST_PX, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return rgb_to_lab(np.clip(seen, 0, 1))


def _calm_chroma(rows: Float32[np.ndarray, "N D"]) -> Float32[np.ndarray, "N D"]:
    """Faces with their mean a*, b* drawn towards the corpus' median."""
    faces = rows.reshape(len(rows), -1, 2)
    means = faces.mean(1, keepdims=True)
    median = np.median(means, axis=0, keepdims=True)
    return (faces - _CALMED * (means - median)).reshape(len(rows), -1)


def read_labels(path: Path | str) -> dict[str, dict[str, Any] | None]:
    """What a curator says of the portraits: {file name: attributes or None where it is not to be used}."""
    with open(path, newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    return {row["file"]: {**{key: row[key] for key in LABELLED}, "age_years": float(row["age_years"])}
            if row["use"] == "1" else None for row in rows}


def read_portraits(corpora: Iterable[Path], labels: Mapping[str, Any] | None = None) -> Iterator[Portrait]:
    """Every scan below the folders with one clear sitter.

    `labels` (see `read_labels`) win over what is measured, and where they are given only files named there are used.
    """
    for corpus in corpora:
        table = ingest(corpus).table
        for row in table[table["rejected"].isna()].to_dict("records"):
            path = Path(corpus) / row["file"]
            said = None if labels is None else labels.get(path.name)
            if labels is not None and said is None:
                continue
            try:
                measured = measure_scan(path)
                rgb = read_scan(path, max_side_px=_READ_PX)
            except ScanError as error:
                _log.warning("%s left out: %s", path.name, error)
                continue
            faces = [face for face in measured.faces if face.confidence >= _SURE_FACE]
            if not faces:
                _log.warning("%s left out: no face was found", path.name)
                continue
            face = max(faces, key=lambda face: face.box[2] * face.box[3])
            attributes = said or _measured_attributes(face)
            if any(value is None for value in attributes.values()):
                _log.warning("%s left out: the measure abstained on some attribute", path.name)
                continue
            yield Portrait(rgb, rescale_points(face.landmarks_xy, rgb.shape[1] / measured.width_px), attributes)


def _measured_attributes(face: Face) -> dict[str, Any]:
    """Values by the names of `LABELLED`, None where the measure abstains."""
    estimates = {key: face.attributes.get(key) for key in LABELLED}
    return {key: estimate and estimate.value for key, estimate in estimates.items()}


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fit_portrait_prior",
                                     description="Fit the practice master's prior to folders of portraits.")
    parser.add_argument("corpora", nargs="+", type=Path, metavar="CORPUS")
    parser.add_argument("--labels", type=Path, help="CSV of file, sex, age_years, facial_hair, headwear, use (1 or 0)")
    parser.add_argument("--out", type=Path, default=DEFAULT_PATH)
    options = parser.parse_args(arguments)
    labels = read_labels(options.labels) if options.labels else None
    prior = fit_prior(list(read_portraits(options.corpora, labels)))
    prior.save(options.out)
    print(f"{options.out}: {prior.portraits} portraits, {options.out.stat().st_size / 2 ** 20:.1f} MiB")


if __name__ == "__main__":
    main()
