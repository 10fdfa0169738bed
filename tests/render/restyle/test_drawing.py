"""A painting takes its drawing from the picture, most in a face, and its tones from the master, most on skin."""

from dataclasses import replace

import cv2
import numpy as np

from data.parts import Part
from render.restyle.drawing import enlarged, with_drawing
from render.restyle.lenders import Master
from render.restyle.preparing import prepare
from tests.render.restyle.drawn_lenders import QUICK


def test_skin_takes_the_masters_tones_and_cloth_keeps_some_of_its_own(photo, lenders):
    pale = np.clip(0.5 + 0.5 * photo[0], 0, 1)
    scene = prepare(pale, [Master(tuple(lenders))], QUICK, faces=[photo[1]])
    drawn = with_drawing(scene, pale)
    shares = {}
    for part in (Part.FACE, Part.CLOTHING):
        chosen, wanted = scene.parts == part, scene.targets[0].tone(part)[0]
        before, after = (np.linalg.norm(cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB)[chosen].mean(0) - wanted) for rgb in (pale, drawn))
        assert before > 10
        shares[part] = after / before
    assert shares[Part.FACE] < 0.25 < shares[Part.CLOTHING] < 0.75


def test_drawing_shows_through_most_at_the_features_of_a_face(photo, lenders):
    scene = prepare(photo[0], [Master(tuple(lenders))], QUICK, faces=[photo[1]])
    drawn = with_drawing(scene, np.full(photo[0].shape, 0.5, np.float32))
    fine = [np.abs(each - cv2.GaussianBlur(each, (0, 0), 2))[..., 1] for each in (drawn, photo[0])]
    shown = {part: fine[0][scene.parts == part].mean() / fine[1][scene.parts == part].mean()
             for part in (Part.EYES, Part.CLOTHING)}
    assert 0.02 < shown[Part.CLOTHING] < 0.6 * shown[Part.EYES]


def test_a_painting_of_the_pictures_size_is_not_enlarged(photo, lenders):
    scene = prepare(photo[0], [Master(tuple(lenders))], replace(QUICK, engine="patch"), faces=[photo[1]])
    painted = np.full(photo[0].shape, 0.5, np.float32)
    assert enlarged(scene, painted, 1.0) is painted


def test_finer_detail_of_the_picture_is_light_and_shade_on_an_enlarged_painting(photo, lenders):
    scene = prepare(photo[0], [Master(tuple(lenders))], replace(QUICK, engine="patch"), faces=[photo[1]])
    result = enlarged(scene, np.full((60, 48, 3), (0.4, 0.5, 0.6), np.float32), 1.0)
    assert result.shape == photo[0].shape and result.dtype == np.float32
    assert np.abs(result / result.mean(2, keepdims=True) - np.float32([0.8, 1.0, 1.2])).max() < 0.02  # no colour of its own
    light = photo[0] @ np.float32([0.299, 0.587, 0.114])
    fine = [each - cv2.GaussianBlur(each, (0, 0), 1) for each in (result[..., 1], light)]
    assert np.corrcoef(fine[0].ravel(), fine[1].ravel())[0, 1] > 0.5
