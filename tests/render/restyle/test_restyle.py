"""Any photograph takes on the lenders' hand by either engine; faces stay where they were; bad input is told plainly."""

from dataclasses import replace
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from data.coordinates import rescale_points
from data.errors import CorpusError, NoFaceError, ShapeError, UsageError
from render.restyle.lenders import Lender, Master
from render.restyle.preparing import prepare
from render.restyle.restyle import paint_scene, restyle
from tests.drawn import Kept
from tests.render.restyle.drawn_lenders import QUICK

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("engine", ["neural", "patch"])
def test_a_photograph_with_a_face(photo, lenders, engine):
    rgb, face = photo
    painted = restyle(rgb, [Master(tuple(lenders))], replace(QUICK, engine=engine), faces=[face])
    assert painted.shape == rgb.shape and painted.min() >= 0 and painted.max() <= 1
    assert np.abs(painted - rgb).mean() > 0.005
    # What was light stays light: the face is still where it was.
    grey = [cv2.GaussianBlur(cv2.cvtColor(np.float32(each), cv2.COLOR_RGB2GRAY), (0, 0), 3) for each in (rgb, painted)]
    assert np.corrcoef(grey[0].ravel(), grey[1].ravel())[0, 1] > 0.8


def test_patches_do_not_blur_the_features_of_a_face(photo, lenders):
    rgb, face = photo
    painted = restyle(rgb, [Master(tuple(lenders))], replace(QUICK, engine="patch"), faces=[face])
    low, high = np.floor(face[17:].min(0)).astype(int), np.ceil(face[17:].max(0)).astype(int)
    drawn = [cv2.cvtColor(np.float32(each), cv2.COLOR_RGB2GRAY) for each in (rgb, painted)]
    fine = [(each - cv2.GaussianBlur(each, (0, 0), 3))[low[1]:high[1], low[0]:high[0]] for each in drawn]
    assert np.corrcoef(fine[0].ravel(), fine[1].ravel())[0, 1] > 0.75


@pytest.mark.parametrize("engine", ["neural", "patch"])
def test_a_picture_without_a_face(lenders, engine):
    y, x = np.mgrid[:64, :80].astype(np.float32)
    rgb = np.stack([0.3 + x / 400, 0.4 + y / 400, 0.5 + 0.1 * np.sin(x / 7)], 2).astype(np.float32)
    painted = restyle(rgb, [Master(tuple(lenders))], replace(QUICK, engine=engine), faces=[])
    assert painted.shape == rgb.shape and np.abs(painted - rgb).mean() > 0.005


def test_works_without_faces_paint_a_face_too(photo, lenders):
    faceless = Lender(lenders[0].path, "no face", 400, 500)
    assert restyle(photo[0], [Master((faceless,))], QUICK, faces=[photo[1]]).shape == photo[0].shape


@pytest.mark.parametrize("engine", ["neural", "patch"])
def test_strength_and_the_photographs_own_colours(photo, lenders, engine):
    rgb, hand = photo[0], [Master(tuple(lenders))]
    gaps = [np.abs(restyle(rgb, hand, replace(QUICK, engine=engine, strength=strength), faces=[photo[1]]) - rgb).mean()
            for strength in (0.0, 0.4, 1.0)]
    assert gaps[0] == 0 < gaps[1] < gaps[2]
    kept = restyle(rgb, hand, replace(QUICK, engine=engine, keep_colours=True), faces=[photo[1]])
    lab = [cv2.cvtColor(np.float32(each), cv2.COLOR_RGB2LAB) for each in (rgb, kept)]
    assert np.median(np.abs(lab[0] - lab[1])[..., 1:]) < 1.5 < np.abs(lab[0] - lab[1])[..., 0].max()


def test_a_mask_keeps_masters_apart(lenders, tmp_path):
    """Two hands, one that paints everything red and one that paints everything blue."""
    hands = []
    for name, base in (("red", (0.7, 0.1, 0.1)), ("blue", (0.1, 0.1, 0.7))):
        noise = np.random.default_rng(3).normal(0, 0.08, (120, 150, 1))
        rgb = np.clip(np.float32(base) + cv2.GaussianBlur(noise, (0, 0), 1.5)[..., None] * 3, 0, 1)
        cv2.imwrite(str(tmp_path / f"{name}.png"), np.round(rgb[..., ::-1] * 255).astype(np.uint8))
        hands.append(Master((Lender(str(tmp_path / f"{name}.png"), name, 150, 120),)))
    photo = np.full((64, 128, 3), 0.4, np.float32) + np.linspace(0, 0.2, 128, dtype=np.float32)[:, None]
    regions = np.zeros((64, 128), np.uint8)
    regions[:, 64:] = 1
    for engine in ("neural", "patch"):
        painted = restyle(photo, hands, replace(QUICK, engine=engine), faces=[], regions=regions)
        redder = (painted[..., 0] - painted[..., 2])
        assert redder[:, :44].mean() > 0.05 > -0.05 > redder[:, 84:].mean()
        both = restyle(photo, hands, replace(QUICK, engine=engine), faces=[])
        assert abs((both[..., 0] - both[..., 2]).mean()) < 0.5 * abs(redder[:, :44].mean())


def test_a_run_cut_short_ends_in_the_same_bytes(photo, lenders):
    kept, hand = Kept(), [Master(tuple(lenders))]
    whole = restyle(photo[0], hand, QUICK, faces=[photo[1]], checkpoint=kept)
    # Stopped among the patches, and between two levels of the neural half.
    for number in (1, len(kept.states) - 2):
        again = restyle(photo[0], hand, QUICK, faces=[photo[1]], checkpoint=Kept(kept.states[:number + 1]))
        assert again.tobytes() == whole.tobytes()


def test_a_canvas_larger_than_the_works_can_show_is_enlarged_in_strokes(photo, lenders, tmp_path):
    coarse = []
    for lender in lenders:
        path = tmp_path / lender.name
        cv2.imwrite(str(path), cv2.resize(cv2.imread(lender.path), (100, 125), interpolation=cv2.INTER_AREA))
        coarse.append(Lender(str(path), lender.name, 100, 125, rescale_points(lender.landmarks_xy, 0.25), lender.parts))
    size, face = (768, 960), rescale_points(photo[1], 8)
    large = cv2.resize(photo[0], size, interpolation=cv2.INTER_CUBIC).clip(0, 1)
    scene = prepare(large, [Master(tuple(coarse))], replace(QUICK, engine="patch"), faces=[face])
    assert scene.reduced.shape == (320, 256)
    painted, small = paint_scene(scene), paint_scene(scene.reduced)
    assert painted.shape == large.shape and painted.dtype == np.float32 and painted.min() >= 0 and painted.max() <= 1
    assert np.abs(cv2.resize(painted, (256, 320), interpolation=cv2.INTER_AREA) - small).mean() < 0.03
    # What is finer is not the small painting's own: strokes lie over it.
    plain = cv2.resize(small, size, interpolation=cv2.INTER_CUBIC)
    fine = [each - cv2.GaussianBlur(each, (0, 0), 1.5) for each in (painted, plain)]
    assert np.corrcoef(fine[0].ravel(), fine[1].ravel())[0, 1] < 0.8 and fine[0].std() > 0.5 * fine[1].std()
    # Where the works have all the detail, nothing is enlarged.
    fine = prepare(photo[0], [Master(tuple(lenders))], replace(QUICK, engine="patch"), faces=[photo[1]])
    assert fine.painted_share == 1


def test_bad_input_is_told_plainly(photo, lenders):
    hand = [Master(tuple(lenders))]
    for change, message in (({"engine": "oil"}, "unknown engine 'oil'"), ({"strength": 1.5}, "strength"),
                            ({"faces": "some"}, "auto, yes or no"), ({"brush_px": 0.0}, "brush"),
                            ({"engine": "fast"}, "learn --fast")):
        with pytest.raises(UsageError, match=message):
            restyle(photo[0], hand, replace(QUICK, **change), faces=[])
    with pytest.raises(ShapeError, match="32 pixels"):
        restyle(np.zeros((1, 1, 3), np.float32), hand)
    with pytest.raises(CorpusError, match="at least one painting"):
        restyle(photo[0], [Master()], faces=[])
    with pytest.raises(UsageError, match="above 0"):
        restyle(photo[0], [Master(tuple(lenders), 0.0)], faces=[])
    with pytest.raises(ShapeError, match="mask must have the picture's size"):
        restyle(photo[0], hand, faces=[], regions=np.zeros((5, 5), np.uint8))
    with pytest.raises(NoFaceError, match="no face was found"):
        restyle(np.full((80, 90, 3), 0.5, np.float32), hand, replace(QUICK, faces="yes"))


def test_networks_meet_by_weight_or_hold_their_regions(photo):
    def taught(value):
        return SimpleNamespace(paint=lambda rgb: np.full_like(rgb, value), record={})

    masters, told = [Master(network=taught(0.2), weight=1.0), Master(network=taught(0.8), weight=3.0)], []
    fast = replace(QUICK, engine="fast")
    mixed = restyle(photo[0], masters, fast, progress=lambda *at: told.append(at))
    assert np.allclose(mixed, 0.65) and told == [(1, 2), (2, 2)]
    regions = np.zeros((120, 96), np.uint8)
    regions[60:] = 1
    split = restyle(photo[0], masters, fast, regions=regions)
    assert np.all(split[:60] == np.float32(0.2)) and np.all(split[60:] == np.float32(0.8))
    assert np.allclose(restyle(photo[0], masters, replace(fast, strength=0.5)), 0.5 * (photo[0] + mixed))
