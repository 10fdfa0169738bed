"""Likeness: each criterion moves each choice the way its weight's reason says, and by the amount that its unit says."""

from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from data.estimate import Estimate
from data.parts import Part
from models import likeness
from models.alignment import Frame
from models.likeness import (
    ROLE_WEIGHTS,
    broad_form_misfit,
    ground_misfit,
    paint_gap_lab,
    pose_misfit,
    restyle_misfit,
    role_misfit,
    softness_lab,
)
from models.likeness_criteria import UNKNOWN_TONE_GAP_LAB, octaves_enlarged, tone_gap_lab
from models.view import View
from tests.drawn import drawn_face

FRAME = Frame().scaled(240)
FEATURES = ("eyes", "nose", "mouth")
BARE_MAN = {"sex": "male", "age_years": 40.0, "facial_hair": "none", "headwear": "none", "clothing_tone": "dark",
            "background_tone": "dark", "light_from": "left"}


def estimates(confidence=1.0, **values):
    return {name: Estimate(value, confidence, "drawn") for name, value in values.items()}


def painted(*, turned=0.0, size=1.0, **changes):
    """A painting that fills the frame and shows a bare man of forty, or whom `changes` say."""
    values = {**BARE_MAN, **changes}
    return View("painted.png", "painted.png", "", round(400 * size), round(500 * size), (0, 0, 400 * size, 500 * size),
                size * drawn_face(np.random.default_rng(0), turned), estimates(**values), np.zeros(128, np.float32),
                np.zeros((50, 40), np.uint8), np.zeros(2), np.full((9, 3), 50.0))


@dataclass
class Asked:
    """The sitter to be painted: a bare man of forty, facing as `painted()` does."""

    attributes: dict = field(default_factory=lambda: dict(BARE_MAN))
    wishes: dict = field(default_factory=dict)
    turn: float = field(default_factory=lambda: painted().turn)
    age_years: float = 40.0


def misfit(view, role, sitter=None, frame=FRAME, **cast):
    return role_misfit(view, sitter or Asked(), role, frame, {"body": painted(), **cast})


def cost(role, changed, sitter=None, **cast):
    """What it costs to differ."""
    return misfit(changed, role, sitter, **cast) - misfit(painted(), role, sitter, **cast)


def test_a_painting_of_the_very_sitter_fits_every_role():
    for role in FEATURES:
        assert misfit(painted(), role) == 0
    assert misfit(painted(), "head") == 0
    assert misfit(painted(), "body") == likeness.FRAME_NOT_COVERED * (1 - likeness.coverage(painted(), FRAME))


def test_another_turn_costs_every_role_the_same():
    turned = painted(turned=0.5)
    expected = ((turned.turn - painted().turn) / likeness.ROLE_TURN) ** 2
    for role in ("head", *FEATURES):
        assert cost(role, turned) == pytest.approx(expected)
    assert expected > 1


def test_the_head_tells_the_sex_most():
    costs = {role: cost(role, painted(sex="female")) for role in ROLE_WEIGHTS}
    assert max(costs, key=costs.get) == "head" and min(costs.values()) > 0
    # Nobody knows the sex of the painted sitter: the benefit of the doubt.
    assert cost("head", painted(sex=None)) == 0


def test_age_shows_in_faces_and_childhood_in_clothes():
    elder, child = painted(age_years=70.0), painted(age_years=9.0)
    assert cost("body", elder) == 0
    assert cost("body", child) == likeness.OTHER_CHILDHOOD
    for role in ("head", *FEATURES):
        assert cost(role, elder) == pytest.approx(ROLE_WEIGHTS[role].age * 4)  # twice fifteen years


def test_who_lends_a_feature_must_be_sharp():
    small = painted(size=0.25)
    needed = {role: cost(role, small) for role in ("head", *FEATURES)}
    assert sorted(needed, key=needed.get) == ["head", "nose", "mouth", "eyes"]
    octaves = np.log2(FRAME.eye_distance_px / small.eye_distance_px)
    assert octaves > 0 and needed["eyes"] == pytest.approx(ROLE_WEIGHTS["eyes"].enlarged * octaves)
    assert cost("eyes", painted(size=3)) == 0


def test_a_beard_matters_where_it_grows():
    bearded = painted(facial_hair="beard")
    costs = {role: cost(role, bearded) for role in ROLE_WEIGHTS}
    assert costs["head"] == costs["mouth"] > costs["body"] > costs["eyes"] == costs["nose"] > 0
    # Not found counts as none.
    assert cost("mouth", painted(facial_hair=None)) == 0


def test_a_head_must_show_what_was_asked_for_and_be_sure_of_it():
    sitter = Asked({**BARE_MAN, "headwear": "hat"}, {"headwear": "hat"})
    hat, bare = painted(headwear="hat"), painted()
    assert misfit(bare, "head", sitter) - misfit(hat, "head", sitter) == likeness.WISH_NOT_SHOWN + likeness.OTHER_HEADWEAR
    perhaps = replace(hat, attributes={**hat.attributes, **estimates(0.5, headwear="hat")})
    assert misfit(perhaps, "head", sitter) == likeness.WISH_IN_DOUBT * 0.5
    # What was drawn, and not asked for, may be in doubt.
    assert misfit(perhaps, "head", Asked({**BARE_MAN, "headwear": "hat"})) == 0


def test_a_head_must_go_with_the_body_in_clothes_and_neck():
    def with_tone(part, apart):
        tones = painted().tones.copy()
        tones[part, 0] += apart
        return replace(painted(), tones=tones)

    assert cost("head", with_tone(Part.CLOTHING, likeness.CLOTHING_TONE_LAB)) == pytest.approx(1)
    assert cost("head", with_tone(Part.NECK, likeness.NECK_TONE_LAB)) == pytest.approx(1)
    # The ground is another painting's: what stood behind the head does not matter.
    assert cost("head", with_tone(Part.BACKGROUND, 30)) == 0
    assert cost("eyes", with_tone(Part.CLOTHING, likeness.CLOTHING_TONE_LAB)) == 0
    assert tone_gap_lab(painted(), with_tone(Part.NECK, np.nan), Part.NECK) == UNKNOWN_TONE_GAP_LAB


def test_a_body_must_fill_the_frame_and_wear_what_was_asked_for():
    narrow = replace(painted(), content_box=(100, 0, 200, 500))
    assert cost("body", narrow) > 1
    assert cost("body", painted(clothing_tone="light")) == pytest.approx(likeness.OTHER_CLOTHING_TONE)
    red = Asked({**BARE_MAN, "clothing_hue": "red"}, {"clothing_hue": "red"})
    assert cost("body", painted(clothing_hue="red"), red) == pytest.approx(-likeness.OTHER_CLOTHING_HUE)
    assert cost("body", painted(clothing_hue="red")) == 0
    # Its own ground and hat are left behind.
    for changed in (painted(background_tone="light"), painted(headwear="hat")):
        assert cost("body", changed) == cost("body", changed, Asked(wishes={"background_tone": "dark"})) == 0


def ground_cost(background_lab, clothing_lab, **wishes):
    tones = painted().tones.copy()
    tones[Part.BACKGROUND] = background_lab
    sitter = Asked({**BARE_MAN, **wishes}, wishes)
    return ground_misfit(replace(painted(ground="curtain"), tones=tones), sitter, painted(), np.array(clothing_lab))


def test_dark_clothes_want_a_ground_that_is_lighter_but_does_not_glare():
    dark = (15.0, 0.0, 0.0)
    assert ground_cost((30, 0, 0), dark) == 0
    assert ground_cost((15, 0, 0), dark) == ground_cost((5, 0, 0), dark) == likeness.LOST_ON_GROUND
    glaring = 15 + likeness.GLARING_GROUND_LAB + 2 * likeness.GLARING_EACH_LAB
    assert ground_cost((glaring, 0, 0), dark) == pytest.approx(2)
    # Light clothes stand out from a dark ground as well.
    assert ground_cost((15, 0, 0), (45.0, 0.0, 0.0)) == 0


def test_a_ground_is_what_was_asked_for_and_shares_the_bodys_light():
    clothes, ground = (15.0, 0.0, 0.0), (30, 0, 0)
    assert ground_cost(ground, clothes, background_tone="light") == likeness.OTHER_BACKGROUND_TONE
    assert ground_cost(ground, clothes, background_tone="dark") == ground_cost(ground, clothes, ground="curtain") == 0
    assert ground_cost(ground, clothes, ground="landscape") == likeness.OTHER_GROUND
    assert ground_cost((np.nan, 0, 0), clothes) == np.inf
    lit = replace(painted(), light=np.array([2 * likeness.ROLE_LIGHT, 0.0]))
    same = ground_misfit(lit, Asked(), lit, np.array([80.0, 0, 0]))
    assert ground_misfit(lit, Asked(), painted(), np.array([80.0, 0, 0])) == pytest.approx(same + 1)


def test_features_are_lit_as_the_head_and_the_head_as_the_body():
    lit = replace(painted(), light=np.array([likeness.ROLE_LIGHT, 0.0]))
    assert cost("head", lit) == pytest.approx(1)
    assert misfit(lit, "eyes", head=lit) == 0 and misfit(painted(), "eyes", head=lit) == pytest.approx(1)
    other = painted(light_from="right")
    assert cost("nose", other) == 0
    assert cost("nose", other, Asked(wishes={"light_from": "left"})) == likeness.OTHER_LIGHT_FROM


def test_broad_form_is_learned_from_faces_alike():
    def fault(view, light=None):
        return broad_form_misfit(view, Asked(), painted().turn, light)

    assert fault(painted()) == 0
    assert fault(painted(sex="female")) == likeness.BROAD_FORM_OTHER_SEX == fault(painted(sex=None))
    assert fault(painted(facial_hair="beard")) == likeness.BROAD_FORM_OTHER_FACIAL_HAIR
    assert fault(painted(facial_hair=None)) == 0
    assert fault(painted(age_years=60.0)) == 1
    assert fault(painted(turned=0.2)) > 0
    assert fault(painted(), np.array([0.0, likeness.BROAD_FORM_LIGHT])) == pytest.approx(1)


def test_exemplars_are_turned_alike_and_large_enough():
    wanted, eyes = painted().turn, painted().eye_distance_px
    assert pose_misfit(painted(), wanted, eyes) == 0
    assert pose_misfit(painted(), wanted + 0.3, eyes) == pytest.approx(0.3)
    assert pose_misfit(painted(), wanted, 2 * eyes) == likeness.EXEMPLAR_ENLARGED_TURN
    np.testing.assert_allclose(softness_lab([painted(), painted(size=0.25)], eyes), [0, 2 * likeness.SOFT_PAINT_LAB])


def test_paint_of_another_part_is_farther_than_paint_of_another_shade():
    parts = np.full((1, 4), Part.FACE, np.uint8)
    lab = np.full((1, 4, 3), 50, np.float32)
    other, cloth, valid = lab.copy(), parts.copy(), np.ones((1, 4), bool)
    other[0, 1, 0] += 10
    cloth[0, 2], valid[0, 3] = Part.CLOTHING, False
    gap = paint_gap_lab(other, cloth, valid, lab, parts)
    np.testing.assert_allclose(gap, [[0, 10, likeness.OTHER_PART_LAB, likeness.NO_PAINT_LAB]])


def test_a_restyled_face_takes_paint_from_faces_alike():
    face, known = drawn_face(np.random.default_rng(0), 0.0), estimates(**BARE_MAN)

    def fault(turned=0.0, size=2.0, **changes):
        return restyle_misfit(size * drawn_face(np.random.default_rng(0), turned), estimates(**{**BARE_MAN, **changes}), face,
                              known)

    assert fault() == 0
    assert fault(facial_hair="beard") > fault(sex="female") > fault(headwear="hat") > 0
    assert fault(facial_hair=None) == 0 == restyle_misfit(2 * face, {}, face, known)
    assert fault(turned=0.5) > 0.2
    assert fault(size=0.5) == pytest.approx(np.log2(likeness.RESTYLE_ENOUGH_PX / (0.5 * painted().eye_distance_px)))


def test_a_face_is_never_too_large():
    assert octaves_enlarged(200, 100) == 0 and octaves_enlarged(25, 100) == 2
