"""A corpus that cannot be used is refused by its name, with what was expected."""

import pytest

from data.errors import CorpusError, UsageError
from flows.corpus.folder import check_corpus


def test_what_is_no_folder_with_scans_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="no folder .*none: expected a folder with scans"):
        check_corpus(tmp_path / "none")
    with pytest.raises(UsageError, match="file is a file"):
        check_corpus(tmp_path / "file")
    (tmp_path / "empty").mkdir()
    with pytest.raises(CorpusError, match="empty is empty"):
        check_corpus(tmp_path / "empty")


def test_any_file_will_do_for_the_start(tmp_path):
    (tmp_path / "file").write_text("")
    check_corpus(tmp_path)
