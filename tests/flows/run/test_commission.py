"""A setting of a run is defined once: from there come its option, its parameter of the flow, its check and its place in the
record."""

import inspect

import pytest

from data.errors import UsageError
from flows.cli.main import cli
from flows.run.commission import SETTINGS, Commission
from render.portrait import compose, defaults


def test_every_setting_has_an_option_a_parameter_and_a_place_in_the_record():
    from flows.run.portrait import portrait_flow

    options = {option.opts[0]: option for option in cli.commands["run"].params}
    parameters = inspect.signature(portrait_flow.fn).parameters
    arguments = Commission(corpus="c", out="o").arguments()
    for setting in SETTINGS:
        assert setting.said.option in options, setting.name
        assert parameters[setting.parameter].default in (setting.default, inspect.Parameter.empty), setting.name
        assert (setting.name in arguments) == setting.said.decides, setting.name
        if setting.name not in ("wishes", "person"):    # these two share `--sitter`
            assert options[setting.said.option].default == setting.default, setting.name
    assert set(parameters) == {"corpus", *(setting.parameter for setting in SETTINGS), "force"}


def test_the_record_holds_the_arguments_in_the_order_it_always_had():
    assert list(Commission(corpus="c", out="o").arguments()) == [
        "corpus", "seed", "megapixels", "width_mm", "wishes", "person", "layout", "candidates", "relief_mm", "base_mm",
        "triangles", "engine", "finish", "dream", "dream_strength"]


def test_commands_that_order_a_portrait_share_their_options():
    settings = {setting.said.option for setting in SETTINGS} | {"--force"}
    for name in ("run", "learn", "compose", "walk"):
        held = [option for option in cli.commands[name].params if option.opts[0] in settings]
        assert held == [option for option in cli.commands[name].params if option.opts[0] in settings]
        assert {option.opts[0] for option in held} == settings, name
    texts = [[(option.opts, option.help, option.default) for option in cli.commands[name].params
              if option.opts[0] in settings] for name in ("run", "learn", "compose", "walk")]
    assert all(each == texts[0] for each in texts)


def test_the_number_of_candidates_has_one_home():
    default = inspect.signature(compose.compose).parameters["candidates"].default
    assert Commission(corpus="c", out="o").candidates == default == defaults.CANDIDATES


def test_a_commission_goes_through_the_flow_unchanged(tmp_path):
    (tmp_path / "layout.json").write_text("{}")
    given = Commission(corpus=tmp_path, out=tmp_path / "out", seed=5, megapixels=0.3, wishes={"sex": "female", "age": 30.0},
                       layout=tmp_path / "layout.json", relief_mm=1.5, engine="quilting", finish="neural", jobs=2)
    parameters = given.parameters()
    assert parameters["engine_name"] == "quilting" and parameters["layout"] == str(tmp_path / "layout.json")
    assert Commission.of_parameters(parameters) == given
    assert Commission.of_parameters({"corpus": "c", "out": "o", "cache": "", "person": None}) == Commission("c", "o")


@pytest.mark.parametrize("given, said", [
    ({"candidates": 0}, "--candidates 0: expected 1 to 50"),
    ({"candidates": 51}, "--candidates 51: expected 1 to 50"),
    ({"megapixels": 1e9}, "--megapixels 1e+09: expected a size of the canvas from 0.05 to 400 megapixels, for example "
                          "--megapixels 1"),
    ({"relief_mm": 0.0}, "--relief-mm 0: expected a length above 0 and up to 5000 millimetres"),
    ({"base_mm": float("nan")}, "--base-mm nan: expected a length above 0 and up to 5000 millimetres"),
    ({"seed": -1}, "--seed -1: expected a whole number of 0 or more"),
    ({"triangles": 999}, "--triangles 999: expected at least 1000"),
    ({"engine": "spray"}, "--engine spray: expected one of patch, quilting, neural"),
    ({"finish": "neural", "engine": "neural"}, "--finish neural over --engine neural: expected one of neural, over another "
                                               "engine"),
    ({"jobs": 0}, "--jobs 0: expected at least 1 process"),
    ({"person": "nobody.jpg"}, "--sitter nobody.jpg: no such file"),
    ({"layout": "none.json"}, "--layout none.json: no such file"),
    # Of several faults one is told, always the same.
    ({"jobs": 0, "seed": -1, "candidates": 0, "megapixels": 0}, "--candidates 0: expected 1 to 50"),
    ({"jobs": 0, "engine": "spray", "width_mm": 0.0, "base_mm": 0.0},
     "--width-mm 0: expected a length above 0 and up to 5000 millimetres"),
])
def test_a_setting_that_cannot_be_meant_is_told(given, said):
    with pytest.raises(UsageError) as told:
        Commission(corpus="c", out="o", **given)
    assert str(told.value) == said


def test_a_photograph_and_a_layout_do_not_go_together(tmp_path):
    for name in ("a.png", "a.json"):
        (tmp_path / name).write_text("")
    with pytest.raises(UsageError, match="the photograph decides the layout"):
        Commission(corpus="c", out="o", person=tmp_path / "a.png", layout=tmp_path / "a.json")
