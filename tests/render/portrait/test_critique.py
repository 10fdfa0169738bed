"""Claim: every figure of the critique says what it claims to, on pictures and maps whose answer is known."""

import json

import cv2
import numpy as np
import pytest

from data.errors import ShapeError
from data.landmarks import outer_eye_distance
from data.parts import Part
from features.picture import detect_face
from models.texture import TextureStatistics
from render.portrait.critique import (
    Reference,
    critique,
    layout_figures,
    likeness_figures,
    nearest_neighbour_distances,
    person_figures,
    relief_figures,
    sitter_figures,
    source_figures,
    texture_figures,
)


@pytest.fixture(scope="module")
def photograph():
    """The astronaut of scikit-image: a face every detector finds."""
    data = pytest.importorskip("skimage.data")
    return data.astronaut().astype(np.float32) / 255


def source_map():
    ys, xs = np.mgrid[:10, :20]
    source = np.dstack([np.zeros((10, 20), int), ys, xs]).astype(np.int32)
    source[:, 12:, 0] = 1
    source[:, 16:, 0] = 2
    source[3, :12, 1] += 2  # a row at another offset cuts the first painting's piece in two
    return source


def test_shares_add_up_by_painting_and_the_largest_piece_is_found():
    figures = source_figures(source_map(), ["a", "b", "a"])
    assert figures["shares"] == {"a": 0.8, "b": 0.2} and figures["largest_share_painting"] == "a"
    assert figures["largest_region_share"] == pytest.approx(6 * 12 / 200)
    assert figures["regions"] == 5 and figures["largest_region_painting"] == "a"
    assert "2 paintings gave paint, a the most (80 %" in figures["sentence"]
    with pytest.raises(ShapeError, match="2 names"):
        source_figures(source_map(), ["a", "b"])


@pytest.mark.weights
def test_layout_error_is_the_distance_from_the_landmarks_found(photograph):
    score, found = detect_face(photograph)
    assert score > 0.5
    assert layout_figures(photograph, found)[0]["nme"] < 1e-6
    moved = found + [0.05 * outer_eye_distance(found), 0]
    assert layout_figures(photograph, moved)[0]["nme"] == pytest.approx(0.05, abs=1e-4)
    # A picture three times as large is looked at reduced; its landmarks come back in its own texels.
    large = cv2.resize(photograph, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
    again = layout_figures(large, (found + 0.5) * 3 - 0.5)[0]
    assert again["face_found"] and again["nme"] < 0.03


@pytest.mark.weights
def test_no_face_is_said_in_words():
    figures, found = layout_figures(np.full((200, 160, 3), 0.5, np.float32), np.zeros((68, 2)))
    assert found is None and figures["nme"] is None and not figures["face_found"]
    assert "no face" in figures["sentence"]


@pytest.mark.weights
def test_the_nearest_sitter_is_named_with_the_corpus_own_distances(photograph):
    _, found = detect_face(photograph)
    mine = np.array(likeness_figures(photograph, found, Reference(("x", "y"), np.eye(2, 128)))["embedding"])
    rng = np.random.default_rng(0)
    steps = rng.standard_normal((5, 128))
    steps *= np.array([0.3, 0.6, 0.7, 0.8, 0.9])[:, None] / np.linalg.norm(steps, axis=1)[:, None]
    figures = likeness_figures(photograph, found, Reference(tuple("abcde"), (mine + steps).astype(np.float32)))
    assert figures["nearest"] == "a" and figures["distance"] == pytest.approx(0.3, abs=1e-3)
    assert figures["corpus_p25"] <= figures["corpus_median"] and figures["percentile"] == 0.0


def test_pictures_of_one_sitter_are_not_each_other_s_nearest():
    line = np.zeros((4, 128), np.float32)
    line[:, 0] = [0, 1, 5, 7]
    reference = Reference(tuple("abcd"), line)
    np.testing.assert_allclose(nearest_neighbour_distances(reference), [1, 1, 2, 2])
    reference = Reference(tuple("abcd"), line, sitters=("x", "x", "y", "z"))
    np.testing.assert_allclose(nearest_neighbour_distances(reference), [5, 4, 2, 2])
    with pytest.raises(ShapeError, match="embeddings"):
        Reference(("a",), line)


def noise(seed, sigma):
    rng = np.random.default_rng(seed)
    return np.clip(0.5 + 0.3 * cv2.GaussianBlur(rng.standard_normal((160, 160, 3)), (0, 0), sigma), 0, 1).astype(np.float32)


def test_patch_statistics_are_one_for_the_master_s_own_paint_and_more_for_other_paint():
    labels = np.full((160, 160), Part.FACE, np.uint8)
    labels[:, 80:] = Part.HAIR
    works = [TextureStatistics.of(noise(seed, 0.7 + 0.1 * seed), labels) for seed in range(5)]
    own = texture_figures(TextureStatistics.of(noise(9, 0.9), labels), works)
    assert 0.5 < own["ratio"] < 1.2 and set(own["by_part"]) == {"face", "hair"} and len(own["by_scale"]) == 3
    assert texture_figures(TextureStatistics.of(noise(9, 3.0), labels), works)["ratio"] > 2
    assert texture_figures(works[0], works[:2]) is None


def test_slope_and_range_of_a_known_relief():
    ramp = np.tile(np.arange(200) * 0.1 * np.tan(np.radians(30)), (50, 1))  # 0.1 mm a texel, 30 degrees
    figures = relief_figures(ramp, 0.1)
    assert figures["median_slope_deg"] == pytest.approx(30, abs=0.01)
    assert figures["range_mm"] == pytest.approx(0.98 * 199 * 0.1 * np.tan(np.radians(30)), rel=0.01)
    with pytest.raises(ShapeError, match="pitch_mm"):
        relief_figures(ramp, 0)


@pytest.mark.weights
def test_the_whole_critique_is_json_with_a_sentence_for_each_group(photograph):
    _, found = detect_face(photograph)
    height, width = photograph.shape[:2]
    ys, xs = np.mgrid[:height, :width]
    source = np.dstack([(xs > 200).astype(int), ys, xs])
    reference = Reference(("a", "b", "c"), np.eye(3, 128, dtype=np.float32))
    figures = critique(photograph, found, source, ["a", "b"], reference, height_mm=photograph[..., 0], pitch_mm=0.2)
    again = json.loads(json.dumps(figures))
    assert again["texture"] is None and len(again["sentences"]) == 4
    assert all(sentence.endswith(".") for sentence in again["sentences"])


@pytest.mark.weights
def test_the_sitter_is_measured_anew_without_knowing_the_wish(photograph):
    _, found = detect_face(photograph)
    as_she_is = sitter_figures(photograph, found, {"sex": "female", "facing": "frontal", "age": 35.0})
    assert as_she_is["as_asked"] == {"sex": True, "facing": True, "age": True}
    assert "3 of 3" in as_she_is["sentence"]
    other = sitter_figures(photograph, found, {"sex": "male", "facing": "frontal", "age": 90.0})
    assert other["as_asked"] == {"sex": False, "facing": True, "age": False}
    assert "1 of 3" in other["sentence"] and "sex (female for male)" in other["sentence"]


def test_a_person_is_compared_with_the_photograph():
    likeness = {"embedding": [0.1] * 128, "distance": 0.4}
    same = person_figures(likeness, np.full(128, 0.1))
    assert same["distance"] == 0 and same["nearer_than_any_sitter"] is True
    other = person_figures(likeness, np.full(128, 0.2))
    assert other["distance"] == pytest.approx(0.1 * 128 ** 0.5, abs=1e-3) and other["nearer_than_any_sitter"] is False
