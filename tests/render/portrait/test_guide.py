"""Guides: the new face has its features where the layout wants them, figure and head are those of the cast and keep their
paint, thumbnail and full size are one composition."""

import cv2
import numpy as np

from data.colour import rgb_to_lab
from data.parts import Part
from models.view_key import views_by_key
from models.warping import warped
from render.portrait.cast import FACE_ROLES, Cast
from render.portrait.guide import Guide, compose_guide


def test_features_lie_where_the_layout_wants_them(composed):
    guide, landmarks = composed.guide, composed.layout.landmarks(composed.frame)
    np.testing.assert_allclose(guide.landmarks, landmarks)
    lightness = rgb_to_lab(guide.colour)[..., 0]
    for span in (slice(36, 42), slice(42, 48)):
        x, y = np.round(landmarks[span].mean(0)).astype(int)
        assert guide.parts[y, x] == Part.EYES
        assert lightness[y, x] < lightness[y + 14, x] - 10
    assert guide.fidelity.max() > 2 * np.median(guide.fidelity)


def test_the_guide_names_its_cast(composed):
    assert composed.guide.cast == {role: (view.name, view.mirrored) for role, view in composed.cast.items()}


def test_what_is_saved_is_read_back_whole(composed, tmp_path):
    composed.guide.save(tmp_path / "guide.npz")
    again = Guide.load(tmp_path / "guide.npz")
    for name in ("colour", "parts", "fidelity", "landmarks"):
        before, after = getattr(composed.guide, name), getattr(again, name)
        assert before.dtype == after.dtype
        np.testing.assert_array_equal(before, after)
    assert again.cast == composed.guide.cast and again.join_faults == composed.guide.join_faults
    assert again.provenance.lenders == composed.guide.provenance.lenders
    for name in ("lender", "field"):
        np.testing.assert_array_equal(getattr(again.provenance, name), getattr(composed.guide.provenance, name))


def test_below_the_head_the_figure_is_left_as_it_is(composed):
    built = composed.figure.layers(composed.frame).figure
    down = np.arange(composed.frame.height_px)[:, None]
    far = down > composed.guide.landmarks[:, 1].max() + 0.6 * composed.frame.eye_distance_px
    far = far & (cv2.erode(built.layer.valid.astype(np.uint8), np.ones((7, 7))) > 0) & (composed.guide.parts == Part.CLOTHING)
    assert far.sum() > 1000
    assert np.quantile(np.abs(rgb_to_lab(composed.guide.colour) - built.layer.lab)[far], 0.99) < 0.5
    np.testing.assert_array_equal(composed.guide.provenance.field[far], built.layer.provenance.field[far])


def test_paint_is_its_lenders_and_the_skin_of_the_new_face_is_nobodys(composed):
    guide, whose = composed.guide, composed.guide.provenance
    by_key = views_by_key(composed.views)
    assert set(whose.lenders) <= set(guide.cast.values()) <= set(by_key)
    for place, role in ((guide.landmarks[30], "nose"), (guide.landmarks[36:42].mean(0), "eyes"),
                        (guide.landmarks[48:60].mean(0), "mouth")):
        x, y = np.round(place).astype(int)
        assert whose.lender[y, x] == whose.lenders.index(guide.cast[role])
    x, y = np.round(guide.landmarks[[2, 31]].mean(0)).astype(int)
    assert guide.parts[y, x] == Part.FACE and not whose.known[y - 3:y + 4, x - 3:x + 4].any()
    assert whose.known[guide.parts == Part.CLOTHING].mean() > 0.7 and whose.known[guide.parts == Part.HAIR].mean() > 0.3
    assert not whose.known[guide.parts == Part.BACKGROUND].mean() > 0.1


def test_thumbnail_and_full_size_are_one_composition(composed):
    large = compose_guide(composed.views, composed.layout, composed.figure, composed.cast, composed.frame.scaled(480),
                          np.random.default_rng(9))
    small = cv2.resize(large.colour, composed.frame.size_px, interpolation=cv2.INTER_AREA)
    gap, ground = small - composed.guide.colour, composed.guide.parts == Part.BACKGROUND
    assert np.abs(gap[~ground]).mean() < 0.02
    # The grain of a plain ground is made for each size, and so is nothing of it that is broader.
    assert np.abs(cv2.GaussianBlur(gap, (0, 0), 8)[ground]).mean() < 0.015


def test_a_cast_that_keeps_its_face_gives_that_face_in_the_masters_tones(composed):
    head = composed.cast["head"]
    cast = Cast({**composed.cast, **dict.fromkeys(FACE_ROLES, head)}, keeps_face=True)
    kept = compose_guide(composed.views, composed.layout, composed.figure, cast, composed.frame, np.random.default_rng(9))
    own = warped(head, composed.guide.landmarks, composed.frame).colour
    x, y = np.round(composed.guide.landmarks[27:36].mean(0)).astype(int)
    nose = np.s_[y - 12:y + 12, x - 12:x + 12, 0]

    def alike(guide):
        return np.corrcoef(guide.colour[nose].ravel(), own[nose].ravel())[0, 1]

    assert alike(kept) > max(0.96, alike(composed.guide))
