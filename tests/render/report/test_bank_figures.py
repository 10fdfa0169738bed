"""The sliders' mean and modes are the shape model's, pictures come back from their codes, palettes run from dark to light."""

import numpy as np
import pytest

from render.report.bank_figures import SHOWN_PARTS, eigen_portraits, palette, shape_modes


def test_modes_are_the_models_in_falling_order(drawn_bank):
    found = shape_modes(drawn_bank)
    assert np.shape(found["mean"]) == np.shape(found["turn"]) == (68, 2)
    assert np.shape(found["modes"])[1:] == (68, 2) and len(found["modes"]) == len(found["share"])
    assert found["share"] == sorted(found["share"], reverse=True) and sum(found["share"]) <= 1.001
    first = np.array(found["modes"][0])
    np.testing.assert_allclose(np.linalg.norm(first), drawn_bank.shape_model.deviations[0], atol=0.02)


def test_turning_moves_the_nose_against_the_eyes(drawn_bank):
    turn = np.array(shape_modes(drawn_bank)["turn"])
    assert turn[30, 0] - turn[36:48, 0].mean() == pytest.approx(0.5, abs=0.1)    # the definition of a turn of 1


def test_every_eigen_portrait_has_its_pictures(drawn_bank):
    found = eigen_portraits(drawn_bank)
    assert (found["width"], found["height"]) == (128, 160)
    assert len(found["modes"]) == len(found["scale"]) == len(found["extremes"]) == 6
    assert min(found["scale"]) > 1 and all(each.startswith("data:image/png;base64,") for each in found["modes"])


def test_palettes_run_from_dark_to_light_and_name_every_sitter(drawn_bank):
    rows = palette(drawn_bank)
    assert [row.part for row in rows] == [part.name.lower() for part in SHOWN_PARTS]
    for row in rows:
        assert {name for _, name in row.swatches} <= {view.name for view in drawn_bank.views}
        light = [sum(int(colour[i:i + 2], 16) * weight for i, weight in ((1, 0.3), (3, 0.6), (5, 0.1)))
                 for colour, _ in row.swatches]
        assert light == pytest.approx(sorted(light), abs=6)
