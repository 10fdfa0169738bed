"""The critic of bodies weighs what is measured, ranks a broken body behind a whole one, and says what it saw."""

from types import SimpleNamespace

import numpy as np
import pytest

from data.colour import rgb_to_lab
from data.landmarks import JAW
from data.parts import Part
from models.view_key import ViewKey
from render.portrait.body_faults import BODY_WEIGHTS, body_figures, body_measures, weighed
from render.portrait.figure.build import BuiltFigure
from render.portrait.layer import Layer
from render.portrait.provenance import Provenance

EYE_PX, HEIGHT, WIDTH = 40.0, 320, 256
YY, XX = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
BODY = (YY > 150) & (np.abs(XX - 128) < 30 + 0.9 * (YY - 150))


def measured(step=0.0, stretch=1.0):
    second = BODY & (XX > 128)
    grey = np.where(BODY, 0.3 + 0.1 * np.sin(XX / 9 + YY / 25) + step * second, 0.6).astype(np.float32)
    parts = np.where(BODY, Part.CLOTHING, Part.BACKGROUND).astype(np.uint8)
    field = np.dstack([XX, YY * stretch]).astype(np.float32)
    provenance = Provenance.nobody(BODY.shape).covered(BODY, ViewKey("one", False), field)
    landmarks = np.full((68, 2), 110.0)
    landmarks[JAW] = np.stack([np.linspace(98, 158, 17), 135 - (np.linspace(-1, 1, 17) ** 2) * 35], 1)
    built = BuiltFigure(Layer(np.zeros((HEIGHT, WIDTH, 3), np.float32), parts, BODY, provenance), np.zeros_like(BODY), second)
    guide = SimpleNamespace(colour=np.dstack([grey] * 3), parts=parts, landmarks=landmarks)
    ground_lab = rgb_to_lab(np.full((HEIGHT, WIDTH, 3), 0.6, np.float32))
    return body_measures(guide, built, ground_lab, SimpleNamespace(eye_distance_px=EYE_PX))


def test_a_whole_body_costs_little_and_a_broken_one_much():
    whole, patched, stretched = (sum(weighed(measured(**broken)).values()) for broken in ({}, {"step": 0.3}, {"stretch": 6.0}))
    assert whole < 0.3 < patched - whole and stretched - whole > 0.5


def test_every_measure_has_a_weight_and_a_reason():
    assert set(measured()) <= set(BODY_WEIGHTS)
    assert all(weight > 0 and reason for weight, reason in BODY_WEIGHTS.values())


def test_a_fault_twice_as_large_is_worse_but_not_twice_as_bad():
    one, two = (weighed({"step": size})["step"] for size in (3.0, 6.0))
    assert one < two < 2 * one
    assert weighed({"moved": 3.0, "step": -1.0}) == {"moved": 3.0, "step": 0.0}


def test_figures_name_the_worst_first_and_leave_other_critics_out():
    figures = body_figures({"step": 0.4, "stretched": 1.2, "moved": 5.0, "fog": 0.01})
    assert figures["points"] == pytest.approx(1.61) and "moved" not in figures["faults"]
    assert figures["sentence"].index(BODY_WEIGHTS["stretched"][1]) < figures["sentence"].index(BODY_WEIGHTS["step"][1])
    assert BODY_WEIGHTS["fog"][1] not in figures["sentence"]
    assert body_figures({"moved": 1.0})["sentence"].startswith("Nothing")
