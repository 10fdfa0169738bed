"""Each criterion of likeness is 0 for a match, has the unit it says, and treats what is unknown as it says."""

from types import SimpleNamespace

import numpy as np
import pytest

from data.parts import Part
from models.likeness_criteria import (
    UNKNOWN_TONE_GAP_LAB,
    age_gap_years,
    age_years_of,
    breaks_wish,
    differs,
    light_gap,
    octaves_enlarged,
    tone_gap_lab,
)
from models.view import UNKNOWN_AGE_YEARS


def view(light=(0.0, 0.0), tone=50.0, **values):
    return SimpleNamespace(light=np.array(light), tones=np.full((9, 3), tone),
                           value=lambda name, default=None: values.get(name, default))


def test_enlarging_is_counted_in_doublings_and_reducing_costs_nothing():
    assert octaves_enlarged(25, 100) == 2 and octaves_enlarged(100, 100) == octaves_enlarged(400, 100) == 0


def test_ages_and_light_are_plain_differences():
    assert age_gap_years(view(age_years=31.0), 40.0) == 9 and age_years_of(view()) == UNKNOWN_AGE_YEARS
    assert light_gap(view((3.0, 0.0)), np.array([0.0, 4.0])) == 5


def test_a_part_that_is_not_shown_counts_as_clearly_different():
    assert tone_gap_lab(view(tone=50.0), view(tone=54.0), Part.NECK) == pytest.approx(4 * 3 ** 0.5)
    assert tone_gap_lab(view(tone=np.nan), view(), Part.NECK) == UNKNOWN_TONE_GAP_LAB


def test_what_is_not_wanted_is_met_and_what_is_unknown_counts_as_told():
    assert not differs(view(sex="male"), "sex", {}) and differs(view(sex="male"), "sex", {"sex": "female"})
    assert not differs(view(), "facial_hair", {"facial_hair": "none"}, unknown="none")
    assert differs(view(), "clothing_tone", {"clothing_tone": "dark"})


def test_only_wishes_can_be_broken():
    drawn = SimpleNamespace(attributes={"light_from": "left"}, wishes={})
    asked = SimpleNamespace(attributes={"light_from": "left"}, wishes={"light_from": "left"})
    assert not breaks_wish(view(light_from="right"), "light_from", drawn)
    assert breaks_wish(view(light_from="right"), "light_from", asked)
    assert not breaks_wish(view(light_from="left"), "light_from", asked)
