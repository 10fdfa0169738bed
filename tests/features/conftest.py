"""One photographed face that ships with scikit-image, small enough to measure in a moment."""

import numpy as np
import pytest


@pytest.fixture(scope="session")
def photo():
    """(512, 512, 3) uint8: the astronaut Eileen Collins, her face around (222, 115), about 110 px wide."""
    from skimage import data
    return np.ascontiguousarray(data.astronaut())


@pytest.fixture(scope="session")
def face(photo):
    """The geometry of the photographed face."""
    from features.face.detection import find_candidates
    from features.face.landmarks import find_landmarks
    return find_landmarks(photo, find_candidates(photo)[0])
