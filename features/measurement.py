"""What was measured of a painting: its faces, with landmarks and attributes, and how it is painted; as JSON and back."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Float32, Float64

from data.estimate import Estimate
from data.landmarks import check_landmarks
from features.face.proportions import proportions
from features.figure.figure import Figure

ALGORITHM_VERSION = "11"
"""Part of the key of every stored measurement: raise it whenever the same file may measure differently."""
_SURE_LANDMARKS = 0.5  # mean confidence below which landmarks should not be used


@dataclass(frozen=True, eq=False)
class Face:
    """One face: box (x, y, w, h) and landmarks in full-resolution scan pixels; attributes by name.

    `embedding` and `figure` are None for bystanders. `disagreement` is how far the two landmark sources lie apart, in outer
    eye distances. `source` names the kind of view that the face was found in, or is "curator".
    """

    box: tuple[float, float, float, float]
    confidence: float
    landmarks_xy: Float64[np.ndarray, "68 2"]
    landmark_confidence: Float64[np.ndarray, "68"]
    attributes: dict[str, Estimate]
    source: str = "blazeface"
    embedding: Float32[np.ndarray, "128"] | None = None
    disagreement: float = 0.0
    figure: Figure | None = None

    @property
    def doubt(self) -> str | None:
        """Why the landmarks, and what follows from them, should not be used; None if they can be."""
        sure = float(np.mean(self.landmark_confidence))
        if sure >= _SURE_LANDMARKS:
            return None
        return (f"the landmarks are doubtful (confidence {sure:.2f}, two sources {self.disagreement:.2f} eye distances "
                "apart): a strict profile, or a face drawn unlike a face")

    @property
    def proportions(self) -> dict[str, float]:
        """The classical ratios by name, see `features.face.proportions`."""
        return proportions(self.landmarks_xy)

    def to_json(self) -> dict[str, Any]:
        """Plain lists and numbers, rounded to what they are good for."""
        # Proportions are computed from the rounded landmarks, so that reading and writing again changes nothing.
        written = np.round(self.landmarks_xy, 2)
        embedding = None if self.embedding is None else np.round(self.embedding.astype(np.float64), 4).tolist()
        return {"box": [round(float(v), 1) for v in self.box], "confidence": round(float(self.confidence), 4),
                "landmarks": written.tolist(),
                "landmark_confidence": np.round(self.landmark_confidence, 3).tolist(), "source": self.source,
                "doubt": self.doubt, "disagreement": round(float(self.disagreement), 4),
                "proportions": {name: round(value, 4) for name, value in proportions(written).items()},
                "embedding": embedding, "figure": None if self.figure is None else self.figure.to_json(),
                "attributes": {name: value.to_json() for name, value in self.attributes.items()}}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> "Face":
        """The face that `to_json` wrote."""
        x, y, width, height = record["box"]
        return cls((x, y, width, height), record["confidence"], check_landmarks(record["landmarks"]),
                   np.array(record["landmark_confidence"], np.float64),
                   {name: Estimate.from_json(value) for name, value in record["attributes"].items()},
                   record["source"],
                   None if record["embedding"] is None else np.array(record["embedding"], np.float32),
                   record["disagreement"],
                   None if record["figure"] is None else Figure.from_json(record["figure"]))


@dataclass(frozen=True, eq=False)
class Measurement:
    """One painting. Without a face `faces` is empty and `reason` says why; faces are ordered, the sitter first."""

    file: str
    sha256: str
    width_px: int
    height_px: int
    faces: tuple[Face, ...]
    reason: str | None
    brushwork: dict[str, Any] = field(default_factory=dict)
    version: str = ALGORITHM_VERSION

    @property
    def sitter(self) -> Face | None:
        """The first face, or None."""
        return self.faces[0] if self.faces else None

    def to_json(self) -> dict[str, Any]:
        """Plain lists and numbers, as `atelier measure --json` prints them."""
        return {"file": self.file, "width_px": self.width_px, "height_px": self.height_px,
                "faces": [face.to_json() for face in self.faces], "reason": self.reason, "sha256": self.sha256,
                "brushwork": self.brushwork, "version": self.version}

    @classmethod
    def from_json(cls, record: str | Mapping[str, Any]) -> "Measurement":
        """The measurement that `to_json` wrote, as text or already read."""
        if isinstance(record, str):
            record = json.loads(record)
        assert not isinstance(record, str)
        return cls(record["file"], record["sha256"], record["width_px"], record["height_px"],
                   tuple(Face.from_json(face) for face in record["faces"]), record["reason"], record["brushwork"],
                   record["version"])
