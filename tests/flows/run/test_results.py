"""What a stage hands on comes back whole: every fact, every array, and only what is asked for is read."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from data.catalogue import Catalogue
from flows.corpus.store import plain
from flows.run import results
from flows.run.stage_result import StageResult
from models.alignment import Frame
from models.composition import describe_work
from models.composition_likeness import CompositionIndex
from models.relief import ReliefModel
from models.view_key import ViewKey
from render.portrait.guide import Guide
from render.portrait.provenance import NOBODY, Provenance
from render.relief.assemble import PaintedRelief
from render.relief.relief import Origin, Relief


def a_guide():
    rng = np.random.default_rng(0)
    return Guide(rng.random((5, 4, 3)).astype(np.float32), rng.integers(0, 9, (5, 4)).astype(np.uint8),
                 rng.random((5, 4)).astype(np.float32), rng.random((68, 2)) * 4,
                 {"body": ViewKey("a.png", True), "head": ViewKey("b.png", False)},
                 Provenance((ViewKey("a.png", True),), np.where(rng.random((5, 4)) < 0.5, 0, NOBODY).astype(np.uint8),
                            rng.random((5, 4, 2)).astype(np.float32)), {"floating": 1 / 3})


def a_relief():
    rng = np.random.default_rng(1)
    return Relief(rng.random((5, 4)).astype(np.float32), 25.4 / 300, rng.choice(list(Origin), (5, 4)).astype(np.uint8),
                  {"reach_texels": 24.0, "canvas": True})


def compositions(bank):
    frame, views = Frame().scaled(120), bank.views[:2]
    return CompositionIndex.learn([view.name for view in views], [describe_work(view, frame) for view in views], frame)


@pytest.fixture
def handed_on(drawn_bank):
    """One of each."""
    rng, table = np.random.default_rng(2), pd.DataFrame({"file": ["a.png", "b.png"], "rejected": [None, "cut short"],
                                                         "content_box": [[0, 0, 4, 5], None]}, dtype="object")
    return [
        results.Ingested(2, 1, 0, {"a.png": "00", "b.png": None}, Catalogue(table, ("a note",), 3)),
        results.Measured(1, {"b.png": "cut short"}, 1, [{"file": "a.png", "faces": [{"box": [0.1, 1, 2, 3]}], "text": "é"}]),
        results.Learned(8, "a man", "practice", {"sentence": "a man", "n": [1, 0.1]}, drawn_bank, ReliefModel.default(),
                        compositions(drawn_bank)),
        results.Composed({"sex": "male", "age": 40.5}, "a man", {"body": ViewKey("a.png", True)}, "a.png", 1 / 3,
                         {"unseen": 0.0, "floating": 0.1}, [0.1] * 128, Frame(64, 80, 0.125 * 1.1, (0.5, 0.27 + 0.02)),
                         a_guide()),
        results.Painted((ViewKey("a.png", False), ViewKey("a.png", True)), [1 / 3, 2 / 3],
                        rng.integers(0, 65536, (5, 4, 3)).astype(np.uint16), rng.integers(0, 9, (5, 4, 3)).astype(np.int32),
                        rng.random((5, 4)) > 0.5),
        results.Relieved.of(PaintedRelief(a_relief(), a_relief())),
        results.Exported("80 x 100 x 2 mm", 4.0, 2, 25.4 / 300, 300.0),
        results.Criticised(["good"], {"layout": {"nme": 0.01}, "sentences": ["good"]}),
        results.Reported(), results.Walked("a man", "a woman"),
    ]


def same(one, other):
    """Equal in type and value, to the bit; large things by what they hold, numbers by their value."""
    if isinstance(one, np.ndarray):
        return type(other) is np.ndarray and one.dtype == other.dtype and (
            np.array_equal(one, other, equal_nan=one.dtype.kind == "f"))
    if isinstance(one, pd.DataFrame):
        return one.equals(other)
    if dataclasses.is_dataclass(one):
        return type(one) is type(other) and all(same(getattr(one, each.name), getattr(other, each.name))
                                                for each in dataclasses.fields(one))
    if isinstance(one, (tuple, list)):
        return type(one) is type(other) and len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    numbers = isinstance(one, (int, float)) and isinstance(other, (int, float))
    return (numbers or type(one) is type(other)) and one == other


def test_all_that_is_saved_is_loaded(handed_on, tmp_path):
    kinds = {each for each in vars(results).values() if isinstance(each, type) and issubclass(each, StageResult)}
    assert {type(each) for each in handed_on} == kinds - {StageResult}
    for number, result in enumerate(handed_on):
        folder = tmp_path / str(number)
        folder.mkdir()
        facts = plain(result.save(folder))
        loaded = type(result).load(folder, facts)
        for each in dataclasses.fields(result):
            assert same(getattr(result, each.name), getattr(loaded, each.name)), (type(result), each.name)


def test_nothing_stands_for_an_array_that_is_not_there(handed_on, tmp_path):
    painted = dataclasses.replace(handed_on[4], moved=None)
    assert results.Painted.load(tmp_path, plain(painted.save(tmp_path))).moved is None
    assert not (tmp_path / "moved.npy").exists()


def test_large_things_are_read_when_they_are_asked_for_and_passing_ones_are_not_held(handed_on, tmp_path):
    facts = plain(handed_on[4].save(tmp_path))
    loaded = results.Painted.load(tmp_path, facts)
    (tmp_path / "source.npy").unlink()
    assert loaded.names == ["a.png", "a.png"] and loaded.rgb.dtype == np.float32
    np.testing.assert_array_equal(np.round(loaded.rgb * 65535), handed_on[4].colour)
    (tmp_path / "colour.npy").unlink()
    with pytest.raises(FileNotFoundError):
        _ = loaded.colour
    with pytest.raises(AttributeError, match="holds no varnish"):
        _ = loaded.varnish


def test_a_fact_that_an_earlier_version_did_not_keep_is_missing(handed_on, tmp_path):
    facts = plain(handed_on[3].save(tmp_path))
    del facts["frame"]
    loaded = results.Composed.load(tmp_path, facts)
    assert loaded.nearest == "a.png" and getattr(loaded, "frame", None) is None


def test_a_guide_of_an_earlier_version_knows_no_lenders_and_no_faults(tmp_path):
    guide = a_guide()
    np.savez(tmp_path / "guide.npz", colour=guide.colour, parts=guide.parts, fidelity=guide.fidelity,
             landmarks=guide.landmarks, cast="{}")
    loaded = Guide.load(tmp_path / "guide.npz")
    assert loaded.join_faults == {} and not loaded.provenance.known.any()


def test_the_bank_is_read_once_until_its_files_change(drawn_bank, tmp_path):
    drawn_bank.save(tmp_path)
    first = results.load_bank(tmp_path)
    assert results.load_bank(tmp_path) is first
    (tmp_path / "bank.json").write_text((tmp_path / "bank.json").read_text() + "\n")
    assert results.load_bank(tmp_path) is not first


def test_exemplars_are_found_in_the_bank_both_ways_round(handed_on, drawn_bank):
    keys = (ViewKey(drawn_bank.views[2].name, True), ViewKey(drawn_bank.views[0].name, False))
    views = results.exemplar_views(handed_on[2], dataclasses.replace(handed_on[4], exemplars=keys))
    assert [(view.name, view.mirrored) for view in views] == list(keys)


def test_a_relief_is_put_together_again(handed_on, tmp_path):
    loaded, relief = results.Relieved.load(tmp_path, plain(handed_on[5].save(tmp_path))), a_relief()
    for again in (loaded.relief, loaded.relief):
        assert same(again, relief) and not again.z_mm.flags.writeable


def test_what_only_later_stages_need_is_kept_and_not_told():
    facts = {"relief_mm": 0.2, "shares": {"inferred": 1.0}, "provenance": {}, "pitch_mm": 0.25}
    assert results.Relieved.told(facts) == {"relief_mm": 0.2, "shares": {"inferred": 1.0}, "provenance": {}}
    assert results.Composed.told({"frame": {}, "nearest": "a.tif"}) == {"nearest": "a.tif"}
