"""The fit of the portrait prior learns what portraits have in common; labels name only known words."""

import numpy as np
import pytest

from benchmarks.fit_portrait_prior import fit_prior, read_labels
from data.errors import CorpusError
from models.alignment import Frame
from models.portrait_prior import CONDITIONS, DEFAULT_PATH, PortraitPrior, prior_conditions


def test_fit_learns_a_condition_from_drawn_faces():
    """Portraits whose colour depends on one attribute: the fitted mean tells the two kinds apart; few are refused."""
    rng = np.random.default_rng(0)
    source = PortraitPrior.load()
    portraits, told = [], []
    for number in range(16):
        woman = number % 2
        draw = source.sample(rng, sex=("male", "female")[woman], facing="right", facial_hair="none",
                             frame=Frame(width_px=320, height_px=400))
        picture = np.full((400, 320, 3), 0.35 + 0.3 * woman, np.float32) + rng.normal(0, 0.01, (400, 320, 3)).astype(np.float32)
        portraits.append((picture, draw.landmarks_xy, {**draw.attributes, "facial_hair": ("none", "beard")[number // 8]}))
    with pytest.raises(CorpusError, match="at least 12"):
        fit_prior(portraits[:5])
    fitted = fit_prior(portraits, lambda done, total: told.append((done, total)))
    assert fitted.portraits == 16 and told == [(n, 16) for n in range(1, 17)]
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
