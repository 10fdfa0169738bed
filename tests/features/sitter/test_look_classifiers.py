"""A look is a few fixed vectors that move and turn with the face; its classifiers know the photographed face and abstain where
a part is missing."""

import cv2
import numpy as np
import pytest

from features.face.embedding import face_embedding
from features.sitter.look_classifiers import PARTS_OF_LOOK, _weights, look, probability, probability_male

pytestmark = pytest.mark.weights


@pytest.fixture(scope="module")
def seen(photo, face):
    return look(photo, face.landmarks_xy, face_embedding(photo, face.landmarks_xy), -2.5)


def test_the_weights_fit_the_features(seen):
    for name, parts in PARTS_OF_LOOK.items():
        assert len(_weights()[name]) == sum(len(seen[part]) for part in parts) + 1
    assert _weights()["sex_logit_only"].shape == (2,) and _weights()["sex_logit_only"][0] > 0
    assert all(vector.dtype == np.float32 and vector.ndim == 1 for vector in seen.values())


def test_the_photographed_woman_has_no_beard_and_no_hat(seen):
    assert probability_male(seen) < 0.2
    assert max(probability(name, seen) for name in ("beard", "facial_hair")) < 0.1 and probability("hat", seen) < 0.5


def test_without_an_embedding_only_sex_is_told(photo, face):
    brief = look(photo, face.landmarks_xy, None, -2.5)
    assert "embedding" not in brief
    assert [probability(name, brief) for name in ("sex", "beard", "facial_hair", "hat")] == [None] * 4
    told = [probability_male(look(photo, face.landmarks_xy, None, logit)) for logit in (-3.0, 0.0, 3.0)]
    assert told[0] < 0.3 < told[1] < told[2] > 0.7


def test_thumbnails_turn_with_the_face(photo, face, seen):
    matrix = cv2.getRotationMatrix2D((222, 115), 30, 1.0)
    turned = cv2.warpAffine(photo, matrix, (512, 512), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    again = look(turned, face.landmarks_xy @ matrix[:, :2].T + matrix[:, 2], None, 0.0)
    for name in ("head", "chin"):
        assert np.corrcoef(again[name], seen[name])[0, 1] > 0.9


def test_a_black_beard_painted_on_makes_a_beard_likelier(photo, face):
    painted = photo.copy()
    chin = np.vstack([face.landmarks_xy[2:15], face.landmarks_xy[[54, 57, 48]] + [0, 6]]).astype(np.int32)
    cv2.fillPoly(painted, [chin], (25, 20, 18))
    before, after = (look(rgb, face.landmarks_xy, face_embedding(rgb, face.landmarks_xy), 0.0) for rgb in (photo, painted))
    assert probability("beard", after) > 4 * probability("beard", before)
