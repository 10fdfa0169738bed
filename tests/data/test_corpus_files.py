"""Claim: every file of a folder is sorted by what it is, in the order a person would list it, and nothing is lost silently."""

import pytest

from data.corpus_files import height_of, landmarks_of, list_corpus, natural_order, shown_name
from data.errors import CorpusError


def test_every_file_goes_where_it_belongs(tmp_path):
    for name in ("b_2.JPG", "b_10.jpg", "a.tif", "a.height.tif", "A.HEIGHT.TIFF", "a.landmarks.json", "a.parts.png", "x.psd",
                 "notes.txt", "catalogue.csv", ".hidden.png", "sub/b_1.webp", "sub/catalogue.csv", "truth/b_1.jpg",
                 ".thumbs/a.png", "__MACOSX/a.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = list_corpus(tmp_path)
    assert found.pictures == ["a.tif", "b_2.JPG", "b_10.jpg", "sub/b_1.webp", "x.psd"]
    assert found.heights == ["A.HEIGHT.TIFF", "a.height.tif"] or found.heights == ["a.height.tif", "A.HEIGHT.TIFF"]
    assert found.landmarks == ["a.landmarks.json"] and found.notes == []
    assert found.ignored == 3  # parts, notes, and a catalogue that lies too deep to be the corpus' own


def test_what_is_no_folder_is_refused(tmp_path):
    with pytest.raises(CorpusError, match="there is no folder"):
        list_corpus(tmp_path / "none")
    (tmp_path / "file").touch()
    with pytest.raises(CorpusError, match="is a file"):
        list_corpus(tmp_path / "file")


def test_names_are_ordered_as_a_person_would_and_lead_to_their_picture():
    names = ["Titian_10.jpg", "titian_2.jpg", "Titian_1.jpg", "Æ_3.jpg"]
    assert sorted(names, key=natural_order) == ["Titian_1.jpg", "titian_2.jpg", "Titian_10.jpg", "Æ_3.jpg"]
    assert height_of("sub/a.b.height.TIF") == "sub/a.b" and landmarks_of("sub/a.b.landmarks.json") == "sub/a.b"
    assert shown_name("Doña.png") == "Doña.png"
    assert shown_name(b"latin-\xe9.png".decode("utf-8", errors="surrogateescape")) == "latin-\\xe9.png"
