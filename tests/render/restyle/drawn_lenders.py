"""Drawn sitters as lenders, a drawn photograph, and settings small enough for a test."""

import cv2
import numpy as np

from data.coordinates import rescale_points
from render.neural.settings import NeuralSettings
from render.restyle.lenders import Lender
from render.restyle.settings import RestyleSettings
from tests.drawn import draw_sitter_picture, drawn_face

QUICK = RestyleSettings(brush_scale=1.0, neural=NeuralSettings(style_layers=("conv1", "fire2", "fire3"), coarsest_px=96,
                                                               content_layer="fire3", steps=(3, 2)))


def draw_lenders(folder):
    """Three paintings of 400 x 500 pixels, whose landmarks and parts are known."""
    made = []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        points = drawn_face(rng, 0.0)
        rgb, parts = draw_sitter_picture(rng, points)
        path = folder / f"sitter_{seed}.png"
        cv2.imwrite(str(path), cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))
        made.append(Lender(str(path), path.name, 400, 500, points, parts, (0, 0, 400, 500)))
    return made


def draw_photo():
    """A picture (120, 96, 3) of another sitter, and the landmarks in it."""
    rng = np.random.default_rng(7)
    points = drawn_face(rng, 0.0)
    rgb, _ = draw_sitter_picture(rng, points)
    small = cv2.resize(rgb.astype(np.float32) / 255, (96, 120), interpolation=cv2.INTER_AREA)
    return small, rescale_points(points, 0.24)
