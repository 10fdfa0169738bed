"""Any photograph takes on the lenders' hand by either engine; faces stay where they were; bad input is told plainly."""

import cv2
import numpy as np
import pytest

from data.errors import CorpusError, ShapeError, UsageError
from data.parts import Part
from render.neural import NeuralSettings
from render.restyle import Lender, find_faces, parts_of, restyle, works_for
from tests.drawn import draw_sitter_picture, drawn_face

QUICK = NeuralSettings(style_layers=("conv1", "fire2", "fire3"), content_layer="fire3", steps=(6, 4), coarsest_px=96)


@pytest.fixture(scope="module")
def lenders(tmp_path_factory):
    folder, made = tmp_path_factory.mktemp("works"), []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        points = drawn_face(rng, 0.0)
        rgb, parts = draw_sitter_picture(rng, points)
        path = folder / f"sitter_{seed}.png"
        cv2.imwrite(str(path), cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))
        made.append(Lender(str(path), path.name, 400, 500, points, parts, (0, 0, 400, 500)))
    return made


@pytest.fixture(scope="module")
def photo():
    rng = np.random.default_rng(7)
    points = drawn_face(rng, 0.0)
    rgb, _ = draw_sitter_picture(rng, points)
    small = cv2.resize(rgb.astype(np.float32) / 255, (160, 200), interpolation=cv2.INTER_AREA)
    return small, (points + 0.5) * 0.4 - 0.5


@pytest.mark.parametrize("engine", ["neural", "patch"])
def test_a_photograph_with_a_face(photo, lenders, engine):
    rgb, face = photo
    settings = QUICK if engine == "neural" else None
    painted = restyle(rgb, lenders, engine=engine, faces=[face], settings=settings, brush_scale=1.0)
    assert painted.shape == rgb.shape and painted.min() >= 0 and painted.max() <= 1
    assert np.abs(painted - rgb).mean() > 0.005
    # What was light stays light: the face is still where it was.
    grey = [cv2.GaussianBlur(cv2.cvtColor(np.float32(each), cv2.COLOR_RGB2GRAY), (0, 0), 3) for each in (rgb, painted)]
    assert np.corrcoef(grey[0].ravel(), grey[1].ravel())[0, 1] > 0.8


@pytest.mark.parametrize("engine", ["neural", "patch"])
def test_a_picture_without_a_face(lenders, engine):
    y, x = np.mgrid[:120, :150].astype(np.float32)
    rgb = np.stack([0.3 + x / 400, 0.4 + y / 400, 0.5 + 0.1 * np.sin(x / 7)], 2).astype(np.float32)
    painted = restyle(rgb, lenders, engine=engine, faces=[], settings=QUICK if engine == "neural" else None)
    assert painted.shape == rgb.shape and np.abs(painted - rgb).mean() > 0.005


def test_works_show_figures_as_large_as_the_canvas(lenders, photo):
    from data.landmarks import outer_eye_distance
    unit = outer_eye_distance(photo[1])
    for work, lender in zip(works_for(lenders, (200, 160), unit), lenders, strict=True):
        eyes_px = outer_eye_distance(lender.landmarks_xy) * work.rgb.shape[1] / lender.width_px
        assert eyes_px * work.scale == pytest.approx(unit, rel=0.02)
        assert Part.FACE in work.parts
    assert not any(work.parts.any() for work in works_for(lenders, (200, 160)))


def test_bad_input_is_told_plainly(photo, lenders):
    with pytest.raises(UsageError, match="unknown engine 'oil'"):
        restyle(photo[0], lenders, engine="oil")
    with pytest.raises(ShapeError, match="32 pixels"):
        restyle(np.zeros((1, 1, 3), np.float32), lenders)
    with pytest.raises(CorpusError, match="at least one painting"):
        restyle(photo[0], [], faces=[])
    faceless = Lender(lenders[0].path, "no face", 400, 500)
    assert restyle(photo[0], [faceless], faces=[photo[1]], settings=QUICK).shape == photo[0].shape


def test_nothing_is_no_face():
    assert find_faces(np.full((80, 90, 3), 0.5, np.float32)) == []
    assert not parts_of(np.full((80, 90, 3), 0.5, np.float32), []).any()
