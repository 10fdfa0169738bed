"""Claims: the practice master's corpus is what it says it is. dlib finds its faces where the truth has them, the parts lie
around the landmarks, files agree with the catalogue, and painting k depends on the seed and k alone."""

import csv
import json

import cv2
import numpy as np
import pytest
import tifffile

from data.errors import OutputError, UsageError
from data.landmarks import LEFT_EYE, NOSE_TIP, RIGHT_EYE, landmark_error
from data.parts import Part
from render.practice.practice import MM_PER_UNIT, paint_one, paint_practice

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    out = tmp_path_factory.mktemp("practice")
    return out, paint_practice(out, 3, 11, width_px=320)


def test_corpus_has_pictures_catalogue_scans_and_truth(corpus):
    out, paths = corpus
    with open(out / "catalogue.csv", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["file"] for row in rows] == [path.name for path in paths]
    assert [row["height_mm_per_unit"] != "" for row in rows] == [True, False, True]
    for row, path in zip(rows, paths, strict=True):
        with tifffile.TiffFile(path) as tiff:
            picture = tiff.asarray()
            assert tiff.pages[0].tags["XResolution"].value[0] / tiff.pages[0].tags["XResolution"].value[1] == float(row["dpi"])
        assert picture.shape == (400, 320, 3) and picture.dtype == np.uint16
        truth = json.loads((out / "truth" / f"{path.stem}.json").read_text(encoding="utf-8"))
        assert np.shape(truth["landmarks"]) == (68, 2)
        words = truth["attributes"]
        assert {"garment", "sleeves", "hands", "gestures", "held", "background", "ledge", "format"} <= set(words)
        assert len(truth["hands"]) == ("none", "one", "two").index(words["hands"])
        assert all(np.shape(hand["joints"]) == (21, 2) for hand in truth["hands"])
        units = tifffile.imread(out / "truth" / f"{path.stem}.height.tif")
        assert units.dtype == np.uint16 and 0.05 < units.mean() * MM_PER_UNIT < 0.3 and units.max() < 65535
        scan = out / f"{path.stem}.height.tif"
        assert scan.exists() == (row["height_mm_per_unit"] != "")
        assert not scan.exists() or (tifffile.imread(scan) == units).all()
    assert not list(out.rglob("*.partial*"))


def test_parts_lie_around_the_landmarks(corpus):
    out, paths = corpus
    for path in paths:
        parts = cv2.imread(str(out / "truth" / f"{path.stem}.parts.png"), cv2.IMREAD_UNCHANGED)
        points = np.array(json.loads((out / "truth" / f"{path.stem}.json").read_text(encoding="utf-8"))["landmarks"])
        assert set(np.unique(parts)) <= set(Part)
        for place, part in ((points[LEFT_EYE].mean(0), Part.EYES), (points[RIGHT_EYE].mean(0), Part.EYES),
                            (points[NOSE_TIP], Part.NOSE), ((points[51] + points[57]) / 2, Part.LIPS)):
            x, y = np.round(place).astype(int)
            assert parts[y, x] == part
        assert parts[2, 2] == Part.BACKGROUND
        for part in (Part.HAIR, Part.FACE, Part.CLOTHING):
            assert (parts == part).mean() > 0.01


def test_dlib_finds_the_faces_where_the_truth_has_them():
    dlib = pytest.importorskip("dlib")
    models = pytest.importorskip("face_recognition_models")
    detector = dlib.get_frontal_face_detector()
    predictor = dlib.shape_predictor(models.pose_predictor_model_location())
    errors = []
    for number in range(1, 7):
        colour, _, figure = paint_one(7, number)
        picture = np.round(colour * 255).astype(np.uint8)
        boxes = detector(picture, 0)
        assert boxes, f"no face found in painting {number}"
        found = [[(point.x, point.y) for point in predictor(picture, box).parts()] for box in boxes]
        errors.append(min(landmark_error(points, figure.landmarks_xy) for points in found))
    assert np.mean(errors) < 0.05


def test_painting_k_depends_on_seed_and_k_alone(corpus, tmp_path):
    out, paths = corpus
    calls = []
    again = paint_practice(tmp_path / "one", 1, 11, width_px=320, progress=lambda done, total: calls.append((done, total)))
    assert calls == [(0, 1), (1, 1)]
    for name in (again[0].name, f"truth/{again[0].stem}.json", f"truth/{again[0].stem}.height.tif"):
        assert (tmp_path / "one" / name).read_bytes() == (out / name).read_bytes()
    assert paths[1].read_bytes() != paths[0].read_bytes()


def test_processes_share_the_work_and_change_nothing(corpus, tmp_path):
    out, paths = corpus
    again = paint_practice(tmp_path / "two", 2, 11, width_px=320, jobs=2)
    for one, other in zip(paths, again, strict=False):
        assert one.read_bytes() == other.read_bytes()


def test_lightness_says_little_about_height():
    values = []
    for number in range(1, 7):
        colour, height_mm, _ = paint_one(5, number, width_px=320)
        values.append(np.corrcoef(colour.mean(-1).ravel(), height_mm.ravel())[0, 1])
    assert abs(np.mean(values)) < 0.15


@pytest.mark.parametrize("wrong", [{"count": 0}, {"width_px": 20}, {"seed": -1}])
def test_what_cannot_be_painted_is_refused(tmp_path, wrong):
    with pytest.raises(UsageError):
        paint_practice(tmp_path, **{"count": 1, "seed": 0, "width_px": 320} | wrong)


def test_a_folder_that_is_a_file_is_said_in_plain_words(tmp_path):
    (tmp_path / "taken").write_text("x")
    with pytest.raises(OutputError, match="cannot write"):
        paint_practice(tmp_path / "taken", 1, 0, width_px=320)
