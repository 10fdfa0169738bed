"""The fast network learns with photographs that come with installed packages, each painted by the patch engine."""

import numpy as np
import pytest

from render.restyle import school


def test_every_photograph_is_there_and_small():
    pytest.importorskip("skimage.data")
    pictures = school.school_pictures()
    assert len(pictures) == 7 and "astronaut.png" in pictures
    assert all(rgb.dtype == np.float32 and rgb.shape[2] == 3 and max(rgb.shape) <= school.LESSON_PX
               for rgb in pictures.values())


def test_a_lesson_is_a_photograph_and_its_painting(monkeypatch):
    seen = []
    monkeypatch.setattr(school, "restyle", lambda rgb, masters, settings: seen.append(settings) or rgb + 1)
    told = []
    lessons = school.painted_lessons([np.zeros((2, 2, 3)), np.ones((2, 2, 3))], [], 7,
                                     lambda done, total: told.append((done, total)))
    assert [float(painting.mean()) for _, painting in lessons] == [1.0, 2.0] and told == [(1, 2), (2, 2)]
    assert all(settings.engine == "patch" and settings.seed == 7 for settings in seen)
