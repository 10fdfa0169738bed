"""Every engine that settings may name is there and has what a scene engine has; names and modules agree."""

import pytest

from render.restyle import engines
from render.restyle.scene import SceneEngine
from render.restyle.settings import RESTYLE_ENGINES


def test_settings_and_modules_name_the_same_engines():
    assert set(engines._MODULES) == set(RESTYLE_ENGINES)


@pytest.mark.parametrize("name", RESTYLE_ENGINES)
def test_an_engine_prepares_and_paints(name):
    engine = engines.engine_named(name)
    assert isinstance(engine, SceneEngine) and callable(engine.prepare) and callable(engine.paint)


def test_the_neural_engine_alone_goes_on_from_frame_to_frame():
    able = [name for name in RESTYLE_ENGINES if engines.engine_named(name).paint_next is not None]
    assert able == ["neural"] == [name for name in RESTYLE_ENGINES if engines.engine_named(name).obeys_strength]
