"""Every run leaves the same files, whose sources can be looked up; a height map that is read back does not claim to know where
each texel came from; a picture is written as its name says."""

import json

import numpy as np
import pytest
import tifffile
from PIL import Image

from models.view_key import ViewKey
from render.export.files import write_height
from render.export.picture import write_picture
from render.export.read_back import read_relief
from render.export.run_files import PrintableRun, write_run_files
from render.relief.relief import Origin, Relief


@pytest.fixture(scope="module")
def run():
    rng = np.random.default_rng(0)
    source = np.zeros((40, 32, 3), np.int32)
    source[:, 16:, 0] = 1
    relief = Relief(rng.random((40, 32)).astype(np.float32) * 0.2, 0.5, np.full((40, 32), Origin.MEASURED, np.uint8))
    return PrintableRun(rng.random((40, 32, 3)).astype(np.float32), relief, source,
                        (ViewKey("a.png", False), ViewKey("b.png", True)), (0.5, 0.5), 2.0, 3000)


def test_all_files_are_there_and_named(run, tmp_path):
    told = []
    written = write_run_files(run, tmp_path, lambda done, total: told.append((done, total)))
    assert {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()} == set(written.names)
    assert len(set(written.names)) == len(written.names) and told == [(n, 8) for n in range(1, 9)]
    assert "16.0 x 20.0" in written.solid and written.exaggeration >= 1
    sources = json.loads((tmp_path / "sources.json").read_text(encoding="utf-8"))["sources"]
    assert sources == [{"file": "a.png", "mirrored": False, "share": 0.5}, {"file": "b.png", "mirrored": True, "share": 0.5}]
    numbers = tifffile.imread(tmp_path / "sources.tif")
    assert (numbers[:, :16] == 1).all() and (numbers[:, 16:] == 2).all()
    assert json.loads((tmp_path / "height.json").read_text())["origin"] == {"measured": 1.0, "carried": 0.0, "inferred": 0.0}


def test_a_height_map_read_back_does_not_say_where_each_texel_came_from(run, tmp_path):
    write_height(tmp_path / "height.tif", run.relief.z_mm, 0.5, record={"origin": run.relief.shares()})
    relief = read_relief(tmp_path / "height.tif", width_mm=64.0)
    assert relief.pitch_mm == 2.0 and (relief.origin == Origin.UNKNOWN).all()
    assert relief.provenance == {"origin": run.relief.shares()}
    np.testing.assert_allclose(relief.z_mm, run.relief.z_mm, atol=1e-5)
    assert read_relief(tmp_path / "height.tif").pitch_mm == 0.5


@pytest.mark.parametrize("name, kind, depth", [("a.png", "PNG", 8), ("a.JPG", "JPEG", 8), ("a.tif", "TIFF", 16)])
def test_a_picture_is_written_as_its_name_says(tmp_path, name, kind, depth):
    rgb = np.full((16, 12, 3), 0.5, np.float32)
    write_picture(tmp_path / name, rgb, 300.0)
    if depth == 16:
        assert tifffile.imread(tmp_path / name).dtype == np.uint16
        return
    with Image.open(tmp_path / name) as picture:
        assert picture.format == kind and picture.size == (12, 16) and round(picture.info["dpi"][0]) == 300
        assert np.abs(np.asarray(picture).astype(int) - 128).max() <= 1
