"""A bank of drawn sitters: flat shapes in oil-like colours, every landmark and label known."""

from types import SimpleNamespace
from typing import NamedTuple

import cv2
import numpy as np
import pytest

from data.estimate import Estimate
from data.landmarks import JAW, LEFT_BROW, LEFT_EYE, OUTER_LIP, RIGHT_BROW, RIGHT_EYE
from data.parts import Part
from models.bank import Bank, make_view


class Held(NamedTuple):
    """A state as it was kept, and in which phase of the work."""

    level: int
    state: dict
    phase: str


class Kept:
    """Checkpoints as a flow keeps them, by value; the last one is taken up again."""

    def __init__(self, states=(), phase=""):
        self.states, self.phase = list(states), phase

    def save(self, level, state):
        self.states.append(Held(level, {name: np.array(each) for name, each in state.items()}, self.phase))

    def load(self):
        return self.states[-1][:2] if self.states and self.states[-1].phase == self.phase else None

    def in_phase(self, name):
        other = Kept(phase=name)
        other.states = self.states
        return other


def drawn_face(rng, turned):
    """(68, 2) of a face about 90 px wide between the outer eye corners, around (200, 170)."""
    angles = np.linspace(np.pi, 0, 17)
    jaw = np.stack([85 * np.cos(angles), 20 + 105 * np.sin(angles)], 1)
    brow = np.stack([np.linspace(-52, -14, 5), -28 - 6 * np.sin(np.linspace(0, np.pi, 5))], 1)
    bridge = np.stack([np.zeros(4), np.linspace(-8, 26, 4)], 1)
    nostrils = np.stack([np.linspace(-15, 15, 5), 36 + 3 * np.sin(np.linspace(0, np.pi, 5))], 1)
    turns = np.array([np.pi, 4 * np.pi / 3, 5 * np.pi / 3, 0, np.pi / 3, 2 * np.pi / 3])
    eye = np.stack([-30 + 14 * np.cos(turns), -6 + 6 * np.sin(turns)], 1)
    around = np.linspace(np.pi, 3 * np.pi, 12, endpoint=False)
    lips = np.stack([30 * np.cos(around), 66 + 11 * np.sin(around)], 1)
    inner = np.stack([18 * np.cos(around), 66 + 4 * np.sin(around)], 1)[[0, 2, 3, 4, 6, 8, 9, 10]]
    points = np.vstack([jaw, brow, brow[::-1] * [-1, 1], bridge, nostrils, eye, eye[[3, 2, 1, 0, 5, 4]] * [-1, 1], lips,
                        inner])
    points[27:36, 0] += 26 * turned
    points[:17, 0] -= 8 * turned
    wobble = rng.normal(0, 1, (4, 2))
    points[48:] += wobble[0] * [2, 3]
    points[17:27] += wobble[1] * [1, 3]
    points[5:12] += wobble[2] * [1, 5]
    return points * rng.uniform(0.92, 1.08) + [200 + rng.uniform(-8, 8), 170 + rng.uniform(-8, 8)]


def draw_sitter_picture(rng, points):
    """RGB uint8 (500, 400, 3) and its parts map."""
    height, width = 500, 400
    rgb, parts = np.zeros((height, width, 3), np.uint8), np.zeros((height, width), np.uint8)

    def put(polygon, colour, part):
        polygon = [np.round(polygon).astype(np.int32)]
        cv2.fillPoly(rgb, polygon, tuple(int(c) for c in colour), cv2.LINE_AA)
        cv2.fillPoly(parts, polygon, int(part))

    rgb[:] = rng.integers(40, 80, 3)
    centre = points[27:31].mean(0)
    ring = np.linspace(0, 2 * np.pi, 60)
    cloth = rng.integers(30, 150, 3)
    put(np.array([[centre[0] - 190, 499], [centre[0] - 120, 330], [centre[0], 270], [centre[0] + 120, 330],
                  [centre[0] + 190, 499]]), cloth, Part.CLOTHING)
    put(np.stack([centre[0] + 40 * np.cos(ring), centre[1] + 120 + 50 * np.sin(ring)], 1), (196, 160, 130), Part.NECK)
    put(np.stack([centre[0] + 98 * np.cos(ring), centre[1] - 20 + 110 * np.sin(ring)], 1), rng.integers(20, 110, 3),
        Part.HAIR)
    skin = np.array([215, 175, 145]) + rng.integers(-12, 12)
    put(cv2.convexHull(np.vstack([points[JAW], points[17:27] - [0, 45]]).astype(np.float32))[:, 0], skin, Part.FACE)
    for span, colour, part in ((slice(27, 36), skin - 25, Part.NOSE), (LEFT_BROW, (70, 50, 40), Part.BROWS),
                               (RIGHT_BROW, (70, 50, 40), Part.BROWS), (LEFT_EYE, (40, 50, 70), Part.EYES),
                               (RIGHT_EYE, (40, 50, 70), Part.EYES), (OUTER_LIP, (170, 70, 70), Part.LIPS)):
        put(cv2.convexHull(points[span].astype(np.float32))[:, 0], colour, part)
    noise = cv2.GaussianBlur(rng.normal(0, 40, (height, width)), (0, 0), 1.2)[..., None]
    return np.clip(rgb + noise, 0, 255).astype(np.uint8), parts


@pytest.fixture(scope="session")
def drawn_bank(tmp_path_factory):
    """Eight drawn sitters of both sexes, turned every way."""
    folder = tmp_path_factory.mktemp("drawn")
    rng = np.random.default_rng(3)
    views = []
    for number in range(8):
        turned = (-0.7, -0.4, 0.0, 0.5)[number % 4]
        points = drawn_face(rng, turned)
        rgb, parts = draw_sitter_picture(rng, points)
        path = folder / f"sitter{number}.png"
        cv2.imwrite(str(path), rgb[..., ::-1])
        values = {"sex": "female" if number % 2 else "male", "age_years": 30.0 + 4 * number, "facial_hair": "none",
                  "headwear": "none", "facing": "left" if turned < -0.2 else "right" if turned > 0.2 else "frontal"}
        attributes = {key: Estimate(value, 0.9, "drawn") for key, value in values.items()}
        face = SimpleNamespace(landmarks_xy=points, attributes=attributes)
        embedding = np.zeros(128, np.float32)
        embedding[number] = 0.4
        views.append(make_view(path, path.name, str(number), face, width_px=400, height_px=500, parts=parts,
                               embedding=embedding))
    return Bank.learn(views)
