"""How sure a candidate is a face at all: the detector, the mesh's own flag and the two landmark sources together.

The weights were set by eye on 309 doubtful findings in paintings by Titian. For paint that is no face, the mesh's flag is
nearly always below zero; for profiles it is above zero, although the two landmark sources disagree about them.
"""

import numpy as np

from features.face.detection import FaceCandidate
from features.face.geometry import Geometry

# Log odds of "a face" are a sum: a constant, then weights of the detector's log odds, of the mesh's logit, of the disagreement
# (in outer eye distances, less the usual 0.1), and of how far the face fills the picture.
_OFFSET, _DETECTOR, _MESH, _DISAGREEMENT, _FILLS = -0.9, 0.55, 0.22, -7.0, 1.2
_USUAL_DISAGREEMENT, _LEAST_DISAGREEMENT, _MOST_DISAGREEMENT = 0.1, 0.03, 0.2
_MOST_DETECTOR, _MOST_MESH = 4, 12  # log odds and logit beyond which neither counts more
_LEAST_SCORE = 1e-3  # keeps the detector's log odds finite


def face_confidence(candidate: FaceCandidate, geometry: Geometry, share: float = 0.0) -> float:
    """How sure a candidate is a face.

    Parameters
    ----------
    candidate : FaceCandidate
    geometry : Geometry
        Its landmarks.
    share : float
        Side of its box over the picture's longer side. A candidate that fills the picture is more likely to be a face.

    Returns
    -------
    float
        In [0, 1].
    """
    detector = np.log(max(candidate.score, _LEAST_SCORE) / max(1 - candidate.score, _LEAST_SCORE))
    evidence = (_OFFSET + _DETECTOR * np.clip(detector, -_MOST_DETECTOR, _MOST_DETECTOR)
                + _MESH * np.clip(geometry.face_logit, -_MOST_MESH, _MOST_MESH)
                + _DISAGREEMENT * (np.clip(geometry.disagreement, _LEAST_DISAGREEMENT, _MOST_DISAGREEMENT)
                                   - _USUAL_DISAGREEMENT)
                # The bonus begins at a quarter of the picture's longer side and is complete at half of it.
                + _FILLS * np.clip(4 * share - 1, 0, 1))
    return float(1 / (1 + np.exp(-evidence)))
