"""A measurement is in scan pixels, survives JSON, obeys the curator, and says why where there is no face."""

import json

import cv2
import numpy as np
import pytest

from data.errors import ShapeError
from features.measure import measure_scan
from features.measurement import ALGORITHM_VERSION, Measurement


@pytest.fixture(scope="module")
def scan(tmp_path_factory, photo):
    """The photo, pasted at (300, 500) into a larger canvas, as a PNG; its measurement."""
    path = tmp_path_factory.mktemp("scan") / "sitter.png"
    canvas = np.full((1200, 1000, 3), 70, np.uint8)
    canvas[500:1012, 300:812] = photo
    cv2.imwrite(str(path), canvas[..., ::-1])
    return path, measure_scan(path)


def test_places_are_scan_pixels(scan, face):
    _, found = scan
    assert (found.width_px, found.height_px, len(found.faces)) == (1000, 1200, 1) and found.reason is None
    apart = np.linalg.norm(found.sitter.landmarks_xy - [300, 500] - face.landmarks_xy, axis=1)
    assert apart.mean() < 3
    x, y, width, height = found.sitter.box
    inner = found.sitter.landmarks_xy[17:]
    assert (inner > [x, y]).all() and (inner < [x + width, y + height]).all()


def test_attributes_of_the_photo(scan):
    attributes = scan[1].sitter.attributes
    assert attributes["sex"].value == "female" and attributes["facial_hair"].value == "none"
    assert 25 < attributes["age_years"].value < 60
    assert attributes["facing"].value in ("frontal", "left", "right") and abs(attributes["yaw_deg"].value) < 25
    for name in ("headwear", "hair_tone", "collar", "clothing_tone", "background_tone", "light_from", "skin_ita_deg",
                 "mouth_open", "pitch_deg", "roll_deg"):
        assert 0 <= attributes[name].confidence <= 1 and attributes[name].origin


def test_json_and_back(scan):
    path, found = scan
    text = json.dumps(found.to_json(), allow_nan=False)
    record = json.loads(text)
    assert set(record) >= {"file", "width_px", "height_px", "faces", "reason"}
    assert set(record["faces"][0]) >= {"box", "confidence", "landmarks", "attributes"}
    assert len(record["faces"][0]["landmarks"]) == 68
    again = Measurement.from_json(record)
    assert again.to_json() == record and again.version == ALGORITHM_VERSION
    assert measure_scan(path).to_json() == record


def test_the_curator_wins(scan):
    path, found = scan
    landmarks = found.sitter.landmarks_xy + 3.0
    told = measure_scan(path, {"sex": "male", "age_years": 61, "landmarks": landmarks.ravel().tolist(), "collar": None})
    assert told.sitter.attributes["sex"].value == "male" and told.sitter.attributes["sex"].origin == "catalogue"
    assert told.sitter.attributes["age_years"].value == 61 and told.sitter.confidence == 1.0
    np.testing.assert_allclose(told.sitter.landmarks_xy, landmarks, atol=1e-6)
    x, y, width, height = found.sitter.box
    boxed = measure_scan(path, {"box": f"{x} {y} {width} {height}"})
    assert np.linalg.norm(boxed.sitter.landmarks_xy - found.sitter.landmarks_xy, axis=1).mean() < 4
    with pytest.raises(ShapeError, match="136 numbers"):
        measure_scan(path, {"landmarks": "1 2 3"})


def test_content_box_hides_the_margin(scan):
    path, found = scan
    inside = measure_scan(path, content_box=(300, 500, 512, 512))
    assert np.linalg.norm(inside.sitter.landmarks_xy - found.sitter.landmarks_xy, axis=1).mean() < 3
    assert measure_scan(path, content_box=(0, 0, 1000, 400)).faces == ()


def test_no_face_is_a_result_with_a_reason(tmp_path):
    path = tmp_path / "field.png"
    rng = np.random.default_rng(5)
    cv2.imwrite(str(path), cv2.GaussianBlur(rng.integers(0, 255, (300, 400, 3)).astype(np.uint8), (0, 0), 9))
    found = measure_scan(path)
    assert found.faces == () and found.sitter is None and "no face found" in found.reason


def test_a_small_face_in_a_large_scan_is_read_again(tmp_path, photo):
    path = tmp_path / "large.png"
    canvas = np.full((4200, 3200, 3), 70, np.uint8)
    canvas[1000:1512, 1500:2012] = photo
    cv2.imwrite(str(path), canvas[..., ::-1])
    sitter = measure_scan(path).sitter
    direct = measure_scan(path, content_box=(1500, 1000, 512, 512)).sitter
    assert np.linalg.norm(sitter.landmarks_xy - direct.landmarks_xy, axis=1).mean() < 3


@pytest.mark.parametrize("shape", [(1, 1), (30, 1500), (600, 20), (40, 40)])
def test_odd_shapes_are_measured_without_complaint(tmp_path, shape):
    path = tmp_path / "odd.png"
    cv2.imwrite(str(path), np.random.default_rng(6).integers(0, 255, (*shape, 3)).astype(np.uint8))
    assert measure_scan(path).reason


def test_faces_cut_by_the_edge_are_measured(tmp_path, photo):
    path = tmp_path / "cut.png"
    cv2.imwrite(str(path), photo[:130, 195:, ::-1])
    found = measure_scan(path)
    assert len(found.faces) == 1
    json.dumps(found.to_json(), allow_nan=False)
