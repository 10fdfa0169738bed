"""What tests of several rooms share: the public-domain corpora, where they are at hand."""

import os
from pathlib import Path

import pytest

from tests.drawn import drawn_bank  # noqa: F401  a fixture for every room


@pytest.fixture(scope="session")
def shared():
    """The folder with the public-domain corpora; the test is skipped, and says so, where there is none."""
    folder = Path(os.environ.get("ATELIER_SHARED", Path(__file__).resolve().parents[1].parent / "shared"))
    if not (folder / "corpora").is_dir():
        pytest.skip(f"no corpora at {folder}: set ATELIER_SHARED to the folder that holds corpora/")
    return folder


@pytest.fixture(scope="session")
def corpora(shared):
    """corpora("titian") gives that corpus' folder; the test is skipped, and says so, where it is missing."""
    def folder_of(name):
        folder = shared / "corpora" / name
        if not folder.is_dir():
            pytest.skip(f"no corpus at {folder}")
        return folder

    return folder_of
