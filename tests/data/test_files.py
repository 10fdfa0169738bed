"""Claim: a file under its final name is whole; what fails leaves the old one, nothing beside it, and plain words."""

import errno
import hashlib

import pytest

from data.errors import OutputError
from data.files import replacing, sha256_file


def test_a_file_appears_whole_and_replaces_the_old_one(tmp_path):
    path = tmp_path / "new folder" / "a.json"
    for words in ("first", "second"):
        with replacing(path) as beside:
            beside.write_text(words)
            assert beside.parent == path.parent and beside.suffix == path.suffix
        assert path.read_text() == words
    assert [each.name for each in path.parent.iterdir()] == ["a.json"]


def test_a_failure_leaves_the_old_file_and_nothing_beside_it(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("old")
    with pytest.raises(KeyError), replacing(path) as beside:
        beside.write_text("half of the n")
        raise KeyError("in between")
    assert path.read_text() == "old" and len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("number, words", [(errno.ENOSPC, "no space left"), (errno.EACCES, "no permission"),
                                           (errno.EIO, "cannot write .*a.json")])
def test_what_the_disk_refuses_is_said_in_plain_words(tmp_path, number, words):
    with pytest.raises(OutputError, match=words), replacing(tmp_path / "a.json"):
        raise OSError(number, "as the system says")
    assert list(tmp_path.iterdir()) == []


def test_a_checksum_is_that_of_the_bytes(tmp_path):
    (tmp_path / "a").write_bytes(b"paint" * 100_000)
    assert sha256_file(tmp_path / "a") == hashlib.sha256(b"paint" * 100_000).hexdigest()
