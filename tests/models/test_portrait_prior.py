"""Claims: modes give back what they were fitted to and follow their conditions; the prior that is kept draws plausible,
varied sitters that are as asked, the same for the same seed, and is small enough to live in a repository."""

import numpy as np
import pytest

from data.errors import CorpusError, UsageError
from data.landmarks import LEFT_EYE, RIGHT_EYE, mirror, outer_eye_distance
from models.alignment import Frame
from models.portrait_prior import (
    CONDITIONS,
    DEFAULT_PATH,
    Modes,
    PortraitPrior,
    hairline,
    hairline_outline,
    prior_conditions,
    read_labels,
)
from models.shape import turn


@pytest.fixture(scope="module")
def prior():
    return PortraitPrior.load()


def test_modes_follow_their_conditions_and_are_orthonormal():
    rng = np.random.default_rng(0)
    given = rng.standard_normal((200, 2))
    slope, hidden = rng.standard_normal((2, 30)), 0.2 * rng.standard_normal((3, 30))
    values = 5 + given @ slope + rng.standard_normal((200, 3)) @ hidden
    modes = Modes.fit(values, given, 3, ridge=1e-6)
    assert np.allclose(modes.modes @ modes.modes.T, np.eye(3), atol=1e-9)
    assert (np.diff(modes.spread) <= 0).all()
    assert np.abs(modes.expected([1.0, -1.0]) - (5 + slope[0] - slope[1])).max() < 0.4
    left = values - np.stack([modes.expected(row) for row in given])
    assert np.abs(left - left @ modes.modes.T @ modes.modes).max() < 1e-6


def test_eight_bits_keep_modes_to_a_percent():
    rng = np.random.default_rng(1)
    modes = Modes.fit(rng.standard_normal((40, 50)), rng.standard_normal((40, 2)), 5)
    again = Modes.unpacked(modes.packed("x"), "x")
    assert np.abs(again.modes - modes.modes).max() < 0.01 * np.abs(modes.modes).max()
    assert np.abs(again.mean - modes.mean).max() < 1e-4 * np.abs(modes.mean).max()


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


def test_forehead_mirrors_with_the_face(prior):
    points = prior.sample(np.random.default_rng(2), facing="right").landmarks_xy
    there = hairline(points)
    back = hairline(mirror(points, 640))
    assert np.abs(np.stack([639 - back[::-1, 0], back[::-1, 1]], 1) - there).max() < 1e-6
    assert (there[:, 1] < points[:17, 1].max()).all()
    assert hairline_outline(points).shape == (26, 2)


def test_fit_learns_a_condition_from_drawn_faces():
    """Portraits whose colour depends on one attribute: the fitted mean tells the two kinds apart; few are refused."""
    rng = np.random.default_rng(0)
    source = PortraitPrior.load()
    portraits = []
    for number in range(16):
        woman = number % 2
        draw = source.sample(rng, sex=("male", "female")[woman], facing="right", facial_hair="none",
                             frame=Frame(width_px=320, height_px=400))
        picture = np.full((400, 320, 3), 0.35 + 0.3 * woman, np.float32) + rng.normal(0, 0.01, (400, 320, 3)).astype(np.float32)
        portraits.append((picture, draw.landmarks_xy, {**draw.attributes, "facial_hair": ("none", "beard")[number // 8]}))
    with pytest.raises(CorpusError, match="at least 12"):
        PortraitPrior.fit(portraits[:5])
    fitted = PortraitPrior.fit(portraits)
    assert fitted.portraits == 16
    light = {sex: fitted.sample(np.random.default_rng(1), sex=sex, facing="right", facial_hair="none").face.mean()
             for sex in ("male", "female")}
    assert light["female"] > light["male"] + 0.1


def test_labels_name_only_known_words():
    labels = read_labels(DEFAULT_PATH.with_name("portrait_prior_labels.csv"))
    used = [label for label in labels.values() if label]
    assert len(used) > 90
    for label in used:
        assert prior_conditions({**label, "turn": 0.4}).shape == (len(CONDITIONS),)
        assert label["sex"] in ("male", "female") and label["facial_hair"] in ("none", "moustache", "beard")
