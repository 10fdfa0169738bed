"""One sitter or none: every way in which a painting is turned down, and what the catalogue overrides."""

import pytest

from models.sitters import sitter_of
from tests.models.measured import face, painting


@pytest.mark.parametrize("faces, row, reason", [
    ((face(), face(size=95)), {}, "2 faces of like size"),
    ((face(), face(size=20)), {}, None),
    ((face(size=15),), {}, "too small"),
    ((face(confidence=0.1),), {}, "too uncertain"),
    ((face(landmark=0.1),), {}, "too uncertain"),
    ((), {}, "no face"),
    ((face(),), {"duplicate_of": "better.png"}, "the same painting as better.png"),
    ((face(),), {"duplicate_of": float("nan")}, None),
    ((face(),), {"single_sitter_portrait": False}, "says the catalogue"),
    ((face(),), {"single_sitter_portrait": "0"}, "says the catalogue"),
    ((face(), face(size=95)), {"single_sitter_portrait": True}, None),
])
def test_which_paintings_show_one_sitter(faces, row, reason):
    found, why = sitter_of(painting(0, *faces), row)
    assert (found is faces[0] and why is None) if reason is None else (found is None and reason in why)
