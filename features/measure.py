"""Measure one painting: faces, landmarks, attributes. A pure function of the file and of what a curator said.

Faces are sought on the painting reduced to at most 1400 px a side; where a face comes out small there and the scan has
more, its surroundings are read again, finer. All places are given in full-resolution scan pixels.
"""

import json
from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from data.errors import ShapeError
from data.estimate import Estimate
from data.files import sha256_file
from data.landmarks import check_landmarks
from data.parts import Part
from data.scan import read_scan, reduced_size, scan_info
from features.face.detection import candidate_from_box, enough, overlap, search
from features.face.landmarks import find_landmarks, given_landmarks
from features.face.proportions import proportions
from features.paint.brushwork import lab_lightness, measure_brushwork
from features.paint.surface import measure_surface
from features.sitter.attributes import estimate_attributes

# Part of the key of every stored measurement: raise it whenever the same file may measure differently.
ALGORITHM_VERSION = "10"
WORKING_SIDE_PX = 1400
# A face is measured at this many pixels from eyes to chin or so; small ones are read again if the scan has more.
_FINE_FACE_PX = 130
# Weave and cracks are looked for in a piece of this side at full resolution.
_SURFACE_SIDE_PX = 400
_KEEP_CONFIDENCE = 0.5
_FULLY_MEASURED = 3
_SURE_LANDMARKS = 0.5
_BESIDE_SURE = 0.4
# Faces of this share of the picture are worth every look.
_SITTER_SHARE = 0.15
_CURATED_ATTRIBUTES = ("sex", "age_years", "facing", "yaw_deg", "pitch_deg", "roll_deg", "facial_hair", "headwear",
                       "hair_tone", "collar", "clothing_tone", "background_tone", "light_from", "skin_ita_deg",
                       "clothing_hue", "mouth_open", "expression", "gaze", "gaze_yaw_deg")


@dataclass(frozen=True, eq=False)
class Face:
    """One face: box (x, y, w, h) and landmarks (68, 2) in full-resolution scan pixels; attributes by name.

    `embedding` (128,) is None for bystanders; `disagreement` is how far the two landmark sources lie apart, in outer
    eye distances.
    """

    box: tuple[float, float, float, float]
    confidence: float
    landmarks_xy: np.ndarray
    landmark_confidence: np.ndarray
    attributes: dict[str, Estimate]
    source: str = "blazeface"
    embedding: np.ndarray | None = None
    disagreement: float = 0.0

    @property
    def doubt(self):
        """Why the landmarks, and what rests on them, had better not be used; None if they may be."""
        sure = float(np.mean(self.landmark_confidence))
        if sure >= _SURE_LANDMARKS:
            return None
        return (f"the landmarks are doubtful (confidence {sure:.2f}, two sources {self.disagreement:.2f} eye distances "
                "apart): a strict profile, or a face drawn unlike a face")

    @property
    def proportions(self):
        """The classical ratios by name, see `features.face.proportions`."""
        return proportions(self.landmarks_xy)

    def to_json(self):
        # Derived numbers come from what is written, so that reading and writing again changes nothing.
        written = np.round(self.landmarks_xy, 2)
        embedding = None if self.embedding is None else np.round(self.embedding.astype(np.float64), 4).tolist()
        return {"box": [round(float(v), 1) for v in self.box], "confidence": round(float(self.confidence), 4),
                "landmarks": written.tolist(),
                "landmark_confidence": np.round(self.landmark_confidence, 3).tolist(), "source": self.source,
                "doubt": self.doubt, "disagreement": round(float(self.disagreement), 4),
                "proportions": {name: round(value, 4) for name, value in proportions(written).items()},
                "embedding": embedding,
                "attributes": {name: value.to_json() for name, value in self.attributes.items()}}

    @classmethod
    def from_json(cls, record):
        return cls(tuple(record["box"]), record["confidence"], check_landmarks(record["landmarks"]),
                   np.array(record["landmark_confidence"], np.float64),
                   {name: Estimate.from_json(value) for name, value in record["attributes"].items()},
                   record["source"],
                   None if record["embedding"] is None else np.array(record["embedding"], np.float32),
                   record["disagreement"])


@dataclass(frozen=True, eq=False)
class Measurement:
    """One painting. Without a face `faces` is empty and `reason` says why; faces are ordered, the sitter first."""

    file: str
    sha256: str
    width_px: int
    height_px: int
    faces: tuple[Face, ...]
    reason: str | None
    brushwork: dict = field(default_factory=dict)
    version: str = ALGORITHM_VERSION

    @property
    def sitter(self):
        """The first face, or None."""
        return self.faces[0] if self.faces else None

    def to_json(self):
        """Plain lists and numbers, as `atelier measure --json` prints them."""
        return {"file": self.file, "width_px": self.width_px, "height_px": self.height_px,
                "faces": [face.to_json() for face in self.faces], "reason": self.reason, "sha256": self.sha256,
                "brushwork": self.brushwork, "version": self.version}

    @classmethod
    def from_json(cls, record):
        if isinstance(record, str):
            record = json.loads(record)
        return cls(record["file"], record["sha256"], record["width_px"], record["height_px"],
                   tuple(Face.from_json(face) for face in record["faces"]), record["reason"], record["brushwork"],
                   record["version"])


def measure_scan(path, curated=None, content_box=None):
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
    """
    info = scan_info(path)
    curated = _said(curated)
    window = tuple(int(v) for v in content_box) if content_box is not None else (0, 0, info.width_px, info.height_px)
    picture = _read_bytes(path, window)
    faces = _curated_faces(picture, curated) or _found_faces(picture)
    faces = [_finer(path, picture, face) for face in faces]
    faces, reason = _judged(faces)
    measured, brushwork = [], {}
    for i, face in enumerate(faces):
        thorough = i == 0 or _matters(i, face, faces[0])
        face = _carefully(face) if thorough else face
        found, bust = _measured(face, curated if i == 0 else {}, thorough)
        measured.append(found)
        if i == 0:
            brushwork = _brushwork(path, face.picture, bust, face.geometry.unit_px)
    return Measurement(str(path), sha256_file(path), info.width_px, info.height_px, tuple(measured), reason, brushwork)


@dataclass(frozen=True, eq=False)
class _Picture:
    """A region of the scan in memory: pixel p lies at `offset + step * p` of the scan."""

    rgb: np.ndarray
    offset: np.ndarray
    step: np.ndarray
    window: tuple

    def to_scan(self, points_xy):
        return self.offset + self.step * np.asarray(points_xy, np.float64)

    def from_scan(self, points_xy):
        return (np.asarray(points_xy, np.float64) - self.offset) / self.step


@dataclass(frozen=True, eq=False)
class _Found:
    candidate: object
    geometry: object
    picture: _Picture
    confidence: float
    careful: bool = True
    taken: list = field(default_factory=list)


def _read_bytes(path, window, max_side_px=WORKING_SIDE_PX):
    x, y, width, height = window
    info = scan_info(path)
    whole = (x, y, width, height) == (0, 0, info.width_px, info.height_px)
    rgb = read_scan(path, max_side_px=max_side_px, window=None if whole else window, dtype=np.uint8)
    size = np.array(reduced_size(width, height, max_side_px))
    step = np.array([width, height]) / size
    return _Picture(rgb, np.array([x, y]) + 0.5 * step - 0.5, step, window)


def _found_faces(picture):
    found, seen = [], []
    for step, candidates in enumerate(search(picture.rgb)):
        for rank, candidate in enumerate(candidates):
            # Beside a sure face, doubtful findings are spared the trouble: they are paint that is no face, mostly.
            if seen and candidate.score < _BESIDE_SURE or any(overlap(candidate, earlier) > 0.3 for earlier in seen):
                continue
            careful = (step, rank) == (0, 0) or candidate.side_px > _SITTER_SHARE * max(picture.rgb.shape[:2])
            taken = []
            geometry = find_landmarks(picture.rgb, candidate, unless=_hopeless, careful=careful, taken=taken)
            if geometry is None:
                continue
            confidence = face_confidence(candidate, geometry, candidate.side_px / max(picture.rgb.shape[:2]))
            if _plain_profile(step, candidate, max(picture.rgb.shape[:2])):
                confidence = max(confidence, _KEEP_CONFIDENCE)
            face = _Found(candidate, geometry, picture, confidence, careful, taken)
            found.append(face)
            # A doubtful finding does not stand in the way of a closer look at the same place.
            if face.confidence >= _KEEP_CONFIDENCE:
                seen.append(candidate)
        sides = [(face.confidence, face.candidate.side_px) for face in found]
        if enough(step, sides, max(picture.rgb.shape[:2]), sure=_KEEP_CONFIDENCE):
            break
    return found


def _hopeless(candidate, face_logit):
    """A weak finding that the mesh takes for no face: not worth dlib's time. In hatching the mesh sees nothing at first."""
    return candidate.score < 0.75 and face_logit < -1 and candidate.source != "blazeface-calm"


def _plain_profile(step, candidate, longest_px):
    """A large face in the first look at the picture: the mesh does not know strict profiles, the detector does."""
    return step == 0 and candidate.score > 0.8 and candidate.side_px > 0.12 * longest_px


def _curated_faces(picture, curated):
    if "landmarks" in curated:
        geometry = given_landmarks(picture.rgb, picture.from_scan(curated["landmarks"]))
        return [_Found(None, geometry, picture, 1.0)]
    if "box" in curated:
        x, y, width, height = curated["box"]
        low, size = picture.from_scan([x, y]), np.array([width, height]) / picture.step
        candidate = candidate_from_box(picture.rgb, (*low, *size))
        return [_Found(candidate, find_landmarks(picture.rgb, candidate), picture, 1.0)]
    return []


def _finer(path, picture, face):
    """The same face measured on a finer reading of its surroundings, where that exists and helps."""
    size = face.geometry.unit_px
    if size >= _FINE_FACE_PX or face.candidate is None or (picture.step < 1.3).all() or face.confidence < 0.2:
        return face
    centre = face.geometry.landmarks_xy.mean(0)
    low = picture.to_scan(centre - 3.0 * size).astype(int)
    high = picture.to_scan(centre + 3.0 * size).astype(int)
    x, y, width, height = picture.window
    low = np.clip(low, [x, y], [x + width - 2, y + height - 2])
    high = np.clip(high, low + 2, [x + width, y + height])
    finest = float((6 * size * picture.step).max())
    longest = max(64, round(min(finest, 12 * _FINE_FACE_PX)))
    near = _read_bytes(path, (*(int(v) for v in low), *(int(v) for v in high - low)), longest)
    candidate = face.candidate
    moved = replace(candidate, centre_xy=near.from_scan(picture.to_scan(candidate.centre_xy)),
                    side_px=candidate.side_px * float((picture.step / near.step).mean()),
                    keypoints_xy=near.from_scan(picture.to_scan(candidate.keypoints_xy)))
    taken = []
    geometry = find_landmarks(near.rgb, moved, careful=False, taken=taken)
    if geometry.face_logit < face.geometry.face_logit - 2:
        return face
    share = candidate.side_px / max(picture.rgb.shape[:2])
    confidence = 1.0 if candidate.source == "curator" else face_confidence(candidate, geometry, share)
    return _Found(moved, geometry, near, confidence, False, taken)


def _carefully(face):
    """A face that got only a quick look in the search, looked at with care."""
    if face.careful:
        return face
    geometry = find_landmarks(face.picture.rgb, face.candidate, taken=face.taken)
    return replace(face, geometry=geometry, careful=True)


def face_confidence(candidate, geometry, share=0.0):
    """How sure a candidate is a face: the detector, the mesh's own flag and the two landmark sources together.

    `share` is the side of its box over the picture's longer side: what fills a picture and looks like a face is one.

    Set by eye on 309 doubtful findings in Titians: paint that is no face has the mesh's flag below zero nearly always;
    profiles have it above, though the two sources disagree about them.
    """
    detector = np.log(max(candidate.score, 1e-3) / max(1 - candidate.score, 1e-3))
    evidence = (-0.9 + 0.55 * np.clip(detector, -4, 4) + 0.22 * np.clip(geometry.face_logit, -12, 12)
                - 7.0 * (np.clip(geometry.disagreement, 0.03, 0.2) - 0.1) + 1.2 * np.clip(4 * share - 1, 0, 1))
    return float(1 / (1 + np.exp(-evidence)))


def _judged(faces):
    """Sure faces, the sitter first; faces found twice are kept once; and the reason if none is left."""
    if not faces:
        return [], "no face found: no detector saw one"
    ordered = sorted(faces, key=lambda f: -f.confidence)
    kept = []
    for face in ordered:
        centre = face.picture.to_scan(face.geometry.landmarks_xy.mean(0))
        unit = _size_px(face)
        if all(np.linalg.norm(centre - c) > 0.6 * min(unit, u) for c, u, _ in kept):
            kept.append((centre, unit, face))
    sure = [face for _, _, face in kept if face.confidence >= _KEEP_CONFIDENCE]
    if not sure:
        best = ordered[0].confidence
        return [], f"no face found: the best of {len(kept)} candidates is a face with confidence {best:.2f} only"
    largest = max(_size_px(f) for f in sure)
    return sorted(sure, key=lambda f: -f.confidence * _size_px(f) / largest), None


def _measured(face, curated, thorough):
    picture, geometry = face.picture, face.geometry
    points = picture.to_scan(geometry.landmarks_xy)
    attributes, embedding, bust = estimate_attributes(picture.rgb, geometry, thorough=thorough)
    for name in _CURATED_ATTRIBUTES:
        if name in curated:
            attributes[name] = Estimate(curated[name], 1.0, "catalogue")
    source = "curator" if face.candidate is None else face.candidate.source
    return Face(_box(points), face.confidence, points, geometry.landmark_confidence, attributes, source, embedding,
                geometry.disagreement), bust


def _matters(rank, face, sitter):
    """Whether a face besides the sitter gets the full description: crowds would cost seconds."""
    return rank < _FULLY_MEASURED and _size_px(face) > 0.75 * _size_px(sitter)


def _size_px(face):
    return face.geometry.unit_px * float(face.picture.step.mean())


def _box(points_xy):
    """The box around the landmarks and the forehead: brows to hairline is about a third of brows to chin."""
    low, high = points_xy.min(0), points_xy.max(0)
    top = low[1] - 0.3 * (high[1] - low[1])
    return float(low[0]), float(top), float(high[0] - low[0]), float(high[1] - top)


def _said(curated):
    """A curator's row without its empty cells, landmarks and box as arrays."""
    said = {}
    for name, value in dict(curated or {}).items():
        if value is None or (isinstance(value, float) and np.isnan(value)) or (isinstance(value, str) and not value):
            continue
        said[name] = value
    if "sitter_sex" in said:
        said.setdefault("sex", said["sitter_sex"])
    if "sitter_age" in said:
        said.setdefault("age_years", said["sitter_age"])
    if "landmarks" in said:
        said["landmarks"] = check_landmarks(_numbers(said["landmarks"], "landmarks", 136).reshape(68, 2))
    if "box" in said:
        said["box"] = tuple(_numbers(said["box"], "box", 4))
    return said


def _numbers(value, name, count):
    if isinstance(value, str):
        value = json.loads(value) if value.lstrip().startswith("[") else value.replace(",", " ").split()
    numbers = np.asarray(value, np.float64).reshape(-1)
    if len(numbers) != count or not np.isfinite(numbers).all():
        raise ShapeError(f"the curator's {name} must be {count} numbers, got {len(numbers)}")
    return numbers


def _brushwork(path, picture, bust, unit_px):
    """Brushwork around the sitter's head, shoulders included, at the resolution it was measured at, and the surface."""
    # Farther out clothing and background only say the same again.
    rows, columns = np.nonzero(np.isin(bust.parts, (Part.FACE, Part.NOSE, Part.EYES)))
    if not len(rows):
        return {}
    centre = np.array([columns.mean(), rows.mean()]) / bust.scale + bust.window[:2]
    low = np.maximum(centre - np.array([1.0, 1.0]) * unit_px, bust.window[:2]).astype(int)
    high = np.minimum(centre + np.array([1.0, 1.4]) * unit_px, bust.window[2:]).astype(int)
    region = np.ascontiguousarray(picture.rgb[low[1]:high[1], low[0]:high[0]])
    matrix = np.hstack([np.diag(bust.scale), (bust.from_picture(low))[:, None]])
    parts = cv2.warpAffine(bust.parts, matrix, tuple(int(v) for v in high - low),
                           flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE)
    scale = float(picture.step.mean())
    return {"scan_px_per_pixel": round(scale, 4), **_surface(path, picture, centre, region, unit_px * scale),
            **measure_brushwork(region, parts, unit_px=unit_px)}


def _surface(path, picture, centre, region, face_px):
    """The surface around the face, read at full resolution where the picture in memory is a reduced one."""
    if (picture.step > 1.3).any():
        x, y, width, height = picture.window
        size = np.minimum(_SURFACE_SIDE_PX, [width, height])
        low = np.clip(picture.to_scan(centre) - size / 2, [x, y], [x + width, y + height] - size).astype(int)
        region = read_scan(path, window=(*(int(v) for v in low), *(int(v) for v in size)), dtype=np.uint8)
    else:
        low = np.maximum(np.array(region.shape[1::-1]) - _SURFACE_SIDE_PX, 0) // 2
        region = region[low[1]:low[1] + _SURFACE_SIDE_PX, low[0]:low[0] + _SURFACE_SIDE_PX]
    return measure_surface(lab_lightness(region), face_px)
