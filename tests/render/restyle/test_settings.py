"""Settings that cannot be meant are refused with what was expected; the usual ones pass."""

import pytest

from data.errors import UsageError
from render.restyle.settings import FACE_WISHES, RESTYLE_ENGINES, RestyleSettings


@pytest.mark.parametrize("given, words", [
    ({"engine": "oil"}, "unknown engine 'oil': expected one of neural, patch, fast"),
    ({"strength": 1.1}, "strength must lie between 0 and 1, got 1.1"), ({"strength": float("nan")}, "strength must lie"),
    ({"faces": "maybe"}, "faces must be auto, yes or no, got 'maybe'"), ({"brush_scale": 11.0}, "brush scale must lie"),
    ({"brush_px": 0.01}, "width of the brush must lie between 0.1 and 1000, got 0.01")])
def test_what_cannot_be_meant_is_refused(given, words):
    with pytest.raises(UsageError, match=words):
        RestyleSettings(**given).check()


@pytest.mark.parametrize("engine", RESTYLE_ENGINES)
@pytest.mark.parametrize("faces", FACE_WISHES)
def test_every_engine_goes_with_every_wish_about_faces(engine, faces):
    RestyleSettings(engine, faces=faces, brush_px=40.0, strength=0.0).check()
