"""Paintings as they are measured, made up: as much of them as tests of the corpus' statistics look at."""

from types import SimpleNamespace

import numpy as np

from data.estimate import Estimate
from tests.drawn import drawn_face


def face(*, size=100.0, confidence=0.9, landmark=0.8, turned=0.0, **values):
    points = drawn_face(np.random.default_rng(1), turned)
    points = (points - points.mean(0)) * size / 90 + [300, 250]
    return SimpleNamespace(
        box=(250.0, 200.0, size * 1.6, size * 1.6), confidence=confidence, landmarks_xy=points,
        landmark_confidence=np.full(68, landmark), figure=None,
        attributes={name: Estimate(value, 0.8, "drawn") for name, value in values.items()})


def painting(number, *faces, reason=None, brushwork=None):
    return SimpleNamespace(file=f"{number}.png", sha256=str(number), width_px=600, height_px=800, faces=faces, reason=reason,
                           brushwork=brushwork or {})
