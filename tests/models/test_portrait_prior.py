"""The prior that is kept draws plausible, varied sitters that are as asked, the same for the same seed, and is small enough
to live in a repository."""

import numpy as np
import pytest

from data.errors import UsageError
from data.landmarks import LEFT_EYE, RIGHT_EYE, outer_eye_distance
from models.alignment import Frame
from models.portrait_prior import DEFAULT_PATH, PortraitPrior, prior_conditions
from models.shape import turn


@pytest.fixture(scope="module")
def prior():
    return PortraitPrior.load()


def test_prior_is_small_and_survives_a_round_trip(prior, tmp_path):
    assert DEFAULT_PATH.stat().st_size < 3 * 2 ** 20
    prior.save(tmp_path / "again.npz")
    first = prior.sample(np.random.default_rng(3))
    again = PortraitPrior.load(tmp_path / "again.npz").sample(np.random.default_rng(3))
    assert np.abs(first.landmarks_xy - again.landmarks_xy).max() < 0.2
    assert np.abs(first.face - again.face).mean() < 0.01


@pytest.mark.parametrize("facing, sign", [("left", -1), ("right", 1)])
def test_sitters_are_as_asked(prior, facing, sign):
    for seed in range(8):
        draw = prior.sample(np.random.default_rng(seed), sex="male", facing=facing, facial_hair="beard", headwear="hat")
        assert sign * turn(draw.landmarks_xy) > 0.1
        assert {key: draw.attributes[key] for key in ("sex", "facing", "facial_hair", "headwear")} == {
            "sex": "male", "facing": facing, "facial_hair": "beard", "headwear": "hat"}


def test_sitters_are_plausible_and_vary(prior):
    frame = Frame()
    draws = [prior.sample(np.random.default_rng(seed), frame=frame) for seed in range(16)]
    for draw in draws:
        points = draw.landmarks_xy
        assert points[LEFT_EYE, 0].mean() < points[RIGHT_EYE, 0].mean()
        assert points[27, 1] < points[33, 1] < points[51, 1] < points[57, 1] < points[8, 1]
        assert 0.7 < outer_eye_distance(points) / frame.eye_distance_px < 1.1
        assert draw.face.shape == draw.bust.shape == (800, 640, 3)
        assert draw.face.dtype == np.float32 and 0 <= draw.face.min() and draw.face.max() <= 1
    for key, words in (("sex", 2), ("facing", 3), ("facial_hair", 3), ("headwear", 2)):
        assert len({draw.attributes[key] for draw in draws}) == words
    apart = [np.abs(a.face - b.face).mean() for i, a in enumerate(draws) for b in draws[:i]]
    assert min(apart) > 0.01


def test_beards_darken_the_chin(prior):
    """The conditional mean knows what a beard is: asked for one, the drawn chin is darker than a shaven one."""
    def chin(hair):
        values = []
        for seed in range(10):
            draw = prior.sample(np.random.default_rng(seed), sex="male", facing="frontal", facial_hair=hair, age_years=35)
            x, y = ((draw.landmarks_xy[8] + draw.landmarks_xy[57]) / 2).astype(int)
            values.append(draw.face[y - 3:y + 4, x - 6:x + 7].mean())
        return np.mean(values)
    assert chin("beard") < 0.85 * chin("none")


def test_same_seed_same_sitter_and_wishes_are_checked(prior):
    first, second = (prior.sample(np.random.default_rng(5)) for _ in range(2))
    assert (first.face == second.face).all() and (first.landmarks_xy == second.landmarks_xy).all()
    with pytest.raises(UsageError, match="facing must be one of left, frontal, right"):
        prior.sample(np.random.default_rng(0), facing="up")


def test_a_wish_does_not_change_the_rest_of_the_sitter(prior):
    free = prior.sample(np.random.default_rng(7))
    asked = prior.sample(np.random.default_rng(7), headwear={"none": "hat", "hat": "none"}[free.attributes["headwear"]])
    assert {k: v for k, v in asked.attributes.items() if k not in ("headwear", "yaw_deg")} == {
        k: v for k, v in free.attributes.items() if k not in ("headwear", "yaw_deg")}


def test_beards_turn_white_with_age():
    def white(age_years, hair):
        return prior_conditions({"turn": -0.4, "sex": "male", "age_years": age_years, "facial_hair": hair,
                                 "headwear": "none"})[6]

    assert white(40, "beard") == 0 and white(52.5, "beard") == 0.5 and white(80, "beard") == 1 and white(80, "none") == 0
