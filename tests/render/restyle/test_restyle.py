"""Any photograph takes on the lenders' hand by either engine; faces stay where they were; bad input is told plainly."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from data.errors import CorpusError, NoFaceError, ShapeError, UsageError
from data.estimate import Estimate
from data.parts import Part
from render.neural.settings import NeuralSettings
from render.restyle.lenders import Lender, Master, most_similar, stroke_width_px, works_for
from render.restyle.restyle import RestyleSettings, Scene, _liveliness, restyle
from tests.drawn import Kept, draw_sitter_picture, drawn_face

QUICK = RestyleSettings(brush_scale=1.0, neural=NeuralSettings(style_layers=("conv1", "fire2", "fire3"), coarsest_px=96,
                                                               content_layer="fire3", steps=(3, 2)))


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
    small = cv2.resize(rgb.astype(np.float32) / 255, (96, 120), interpolation=cv2.INTER_AREA)
    return small, (points + 0.5) * 0.24 - 0.5


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


def test_works_show_figures_as_large_as_the_canvas(lenders, photo):
    from data.landmarks import outer_eye_distance
    unit = outer_eye_distance(photo[1])
    for work, lender in zip(works_for(lenders, (120, 96), unit), lenders, strict=True):
        eyes_px = outer_eye_distance(lender.landmarks_xy) * work.rgb.shape[1] / lender.width_px
        assert eyes_px * work.scale == pytest.approx(unit, rel=0.02)
        assert Part.FACE in work.parts
    assert not any(work.parts.any() for work in works_for(lenders, (120, 96)))


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


def test_a_wider_brush_learns_wider_strokes(photo, lenders):
    from data.landmarks import outer_eye_distance
    unit = outer_eye_distance(photo[1])
    natural = stroke_width_px(lenders, (120, 96), unit)
    assert 1 < natural < 60
    assert stroke_width_px(lenders, (240, 192), 2 * unit) == pytest.approx(2 * natural)
    scenes = [Scene.of(photo[0], [Master(tuple(lenders))], replace(QUICK, brush_px=width), [photo[1]])
              for width in (natural, 2 * natural)]
    same = Scene.of(photo[0], [Master(tuple(lenders))], QUICK, [photo[1]])
    layer = "fire2"
    vectors = [scene.targets[0].sample_for(0, layer, Part.CLOTHING) for scene in (*scenes, same)]
    assert np.array_equal(vectors[0], vectors[2]) and not np.array_equal(vectors[1], vectors[2])


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
        coarse.append(Lender(str(path), lender.name, 100, 125, (lender.landmarks_xy + 0.5) / 4 - 0.5, lender.parts))
    size, face = (768, 960), (photo[1] + 0.5) * 8 - 0.5
    large = cv2.resize(photo[0], size, interpolation=cv2.INTER_CUBIC).clip(0, 1)
    scene = Scene.of(large, [Master(tuple(coarse))], replace(QUICK, engine="patch"), [face])
    assert scene.small.parts.shape == (320, 256)
    painted, small = scene.painted(), scene.small.painted()
    assert painted.shape == large.shape and painted.dtype == np.float32 and painted.min() >= 0 and painted.max() <= 1
    assert np.abs(cv2.resize(painted, (256, 320), interpolation=cv2.INTER_AREA) - small).mean() < 0.03
    # What is finer is not the small painting's own: strokes lie over it.
    plain = cv2.resize(small, size, interpolation=cv2.INTER_CUBIC)
    fine = [each - cv2.GaussianBlur(each, (0, 0), 1.5) for each in (painted, plain)]
    assert np.corrcoef(fine[0].ravel(), fine[1].ravel())[0, 1] < 0.8 and fine[0].std() > 0.5 * fine[1].std()
    # Where the works have all the detail, nothing is enlarged.
    assert Scene.of(photo[0], [Master(tuple(lenders))], replace(QUICK, engine="patch"), [photo[1]]).share == 1


def test_paint_is_laid_by_lenders_like_the_sitter(photo, lenders):
    def with_beard(lender, value):
        return replace(lender, name=value, attributes={"facial_hair": Estimate(value, 0.9, "model")})

    bearded = [with_beard(lender, "beard") for lender in lenders]
    bare = [with_beard(lender, "none") for lender in lenders]
    for wanted in ("beard", "none"):
        chosen = most_similar(bearded + bare, photo[1], {"facial_hair": Estimate(wanted, 0.9, "model")})
        assert [lender.name for lender in chosen[:3]] == [wanted] * 3
    # Nothing is known of the sitter: the way they sit decides alone.
    turned = replace(lenders[0], landmarks_xy=drawn_face(np.random.default_rng(1), 0.9))
    assert most_similar([turned, lenders[1]], photo[1], {})[0] is lenders[1]


def test_skin_takes_the_masters_tones_and_cloth_keeps_some_of_its_own(photo, lenders):
    pale = np.clip(0.5 + 0.5 * photo[0], 0, 1)
    scene = Scene.of(pale, [Master(tuple(lenders))], QUICK, [photo[1]])
    drawn = scene.drawn_into(pale)
    shares = {}
    for part in (Part.FACE, Part.CLOTHING):
        chosen, wanted = scene.parts == part, scene.targets[0].tone(part)[0]
        before, after = (np.linalg.norm(cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB)[chosen].mean(0) - wanted) for rgb in (pale, drawn))
        assert before > 10
        shares[part] = after / before
    assert shares[Part.FACE] < 0.25 < shares[Part.CLOTHING] < 0.75


def test_calm_places_are_painted_from_calm_passages(tmp_path):
    rng, places = np.random.default_rng(5), np.mgrid[:160, :200]
    rough = cv2.GaussianBlur(rng.standard_normal((160, 200)).astype(np.float32), (0, 0), 1.2)
    works = []
    for number in range(2):  # by their tones alone, the lively halves would do better
        busy = places[0] > 80 if number else places[0] < 80
        grey = np.clip(np.where(busy, 0.5 + 0.3 * rough, 0.36 + 0.02 * rough), 0, 1)
        path = tmp_path / f"work_{number}.png"
        cv2.imwrite(str(path), np.repeat(np.round(grey * 255).astype(np.uint8)[..., None], 3, 2))
        works.append(Lender(str(path), path.name, 200, 160))
    lines = np.where((places[1] > 100) & (places[1] % 16 < 8), 0.58, 0.5).astype(np.float32)
    rgb = np.repeat(lines[..., None], 3, 2)
    painted = restyle(rgb, [Master(tuple(works))], replace(QUICK, engine="patch"), faces=[])
    fine = painted[..., 1] - cv2.GaussianBlur(painted[..., 1], (0, 0), 4)
    assert fine[10:-10, 10:80].std() < 0.012 < 0.03 < fine[10:-10, 120:190].std()


def test_the_liveliness_of_a_place_is_its_rank_in_the_picture():
    rng = np.random.default_rng(1)
    rgb = np.full((120, 160, 3), 0.7, np.float32)
    rgb[:, 120:] += 0.05 * rng.standard_normal((120, 40, 1)).astype(np.float32)
    ranks = _liveliness(rgb, 20.0)
    assert ranks.dtype == np.uint8 and ranks[:, :100].max() == 0 and ranks[:, 140:].min() > 70
    assert np.abs(_liveliness(0.7 + 0.2 * (rgb - 0.7), 20.0)[:, 130:].astype(int) - ranks[:, 130:]).mean() < 2  # contrast aside
    assert _liveliness(np.full_like(rgb, 0.7), 20.0).max() == 0
