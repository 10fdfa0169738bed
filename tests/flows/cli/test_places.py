"""Places that a command cannot read or write are refused before work begins."""

import pytest

from data.errors import UsageError
from flows.cli.places import check_picture_name, check_writable, needed


def test_a_file_of_a_run_is_found_or_asked_for(tmp_path):
    (tmp_path / "height.tif").write_text("")
    assert needed(tmp_path, "height.tif") == tmp_path / "height.tif"
    with pytest.raises(UsageError, match="has no portrait.tif: expected the folder of a finished"):
        needed(tmp_path, "portrait.tif")


def test_a_folder_is_made_and_a_file_in_its_place_is_refused(tmp_path):
    check_writable(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="is a file: name a folder"):
        check_writable(tmp_path / "file")


@pytest.mark.parametrize("name, fine", [("a.png", True), ("a.TIF", True), ("a.jpeg", True), ("a.gif", False), ("a", False)])
def test_names_of_pictures_end_as_pictures_do(tmp_path, name, fine):
    if fine:
        check_picture_name(tmp_path / name)
        return
    with pytest.raises(UsageError, match="expected a name that ends in one of"):
        check_picture_name(tmp_path / name)
