"""dlib's landmark predictor, read from its file and run by us, gives the points that dlib's library gives."""

import numpy as np
import pytest

from features.networks.packaged import PREDICTOR_FILE, run_predictor
from features.networks.runtime import package_file

pytestmark = pytest.mark.weights


def test_the_trees_give_the_points_dlib_gives(photo):
    import dlib

    theirs = dlib.shape_predictor(package_file(*PREDICTOR_FILE))
    boxes = [(160, 40, 290, 170), (178, 64, 266, 152), (-40, -30, 90, 100), (400, 380, 560, 540)]
    for mirrored in (False, True):
        seen = np.ascontiguousarray(photo[:, ::-1]) if mirrored else photo
        expected = [[(point.x, point.y) for point in theirs(seen, dlib.rectangle(*box)).parts()] for box in boxes]
        np.testing.assert_array_equal(run_predictor(photo, boxes, [mirrored] * len(boxes)), expected)
