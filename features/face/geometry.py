"""The landmarks of one face, and how far they can be trusted."""

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float, Float64

from features.face.upright import eyes_to_mouth

# The error to expect, log NME, from the logs of disagreement and spread and a tenth of the logit: fitted to 300 practice
# portraits redrawn in pencil, ink, dabs, flat and wild colours, stretched and bent (1800 looks, correlation 0.84).
_ERROR_MODEL = np.array([0.062, 0.377, 0.593, -0.115])
_LEAST_FIGURE = 1e-3  # smaller values of disagreement and spread are taken to be this
_LEAST_LOGIT, _MOST_LOGIT, _LOGITS_A_STEP = -10, 40, 10
# Expected error at which confidence is one half: half of the points with this expected error are off by more than 0.08.
_HALF_WRONG = 0.075
_STEEPNESS = 4  # of the fall of confidence around it


@dataclass(frozen=True, eq=False)
class Geometry:
    """Landmarks of one face, in the pixels of the picture they were found in.

    `landmarks_xy` (68, 2); `landmark_confidence` (68,) in [0, 1]; `mesh_xyz` (468, 3), depth in pixels, smaller is
    nearer; `mesh_68_xy` and `dlib_xy` the two sources; `disagreement` their mean distance over the outer eye distance;
    `spread` the same between views of one source; `face_logit` the mesh's own "this is a face"; `point_error` (68,) the
    error to expect of each point, 0 where landmarks were given by hand.
    """

    landmarks_xy: Float64[np.ndarray, "68 2"]
    landmark_confidence: Float64[np.ndarray, "68"]
    mesh_xyz: Float64[np.ndarray, "468 3"]
    mesh_68_xy: Float64[np.ndarray, "68 2"]
    dlib_xy: Float64[np.ndarray, "68 2"]
    disagreement: float
    spread: float
    face_logit: float
    point_error: Float64[np.ndarray, "68"] = field(default_factory=lambda: np.zeros(68))

    @property
    def expected_error(self) -> float:
        """The error (NME) to expect of these landmarks, from what the two sources say of themselves and each other."""
        measured = [1.0, np.log(max(self.disagreement, _LEAST_FIGURE)), np.log(max(self.spread, _LEAST_FIGURE)),
                    np.clip(self.face_logit, _LEAST_LOGIT, _MOST_LOGIT) / _LOGITS_A_STEP]
        return float(np.exp(_ERROR_MODEL @ measured))

    @property
    def face_px(self) -> float:
        """Size of the face: twice the distance from eyes to mouth, which changes little when the head turns."""
        return 2 * eyes_to_mouth(self.landmarks_xy)


def confidence_of(point_error: Float[np.ndarray, "68"]) -> Float64[np.ndarray, "68"]:
    """Confidence in [0, 1] of points that expect these errors, in outer eye distances."""
    return 1 / (1 + (point_error / _HALF_WRONG) ** _STEEPNESS)
