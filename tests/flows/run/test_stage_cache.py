"""A stage is done once for what goes into it; a damaged or missing result is made again; a cut one keeps its checkpoint."""

import json

import pytest

from flows.run.stage_cache import carry_out, read_stamp


def counting(calls, text="made"):
    def function(folder):
        calls.append(folder)
        (folder / "result.txt").write_text(text)
        return {"length": len(text)}

    return function


def test_an_unchanged_stage_is_reused(tmp_path):
    calls = []
    first = carry_out(tmp_path, "learn", ["a", 1], counting(calls))
    again = carry_out(tmp_path, "learn", ["a", 1], counting(calls))
    assert len(calls) == 1 and not first.reused and again.reused
    assert again.digest == first.digest and again.facts == {"length": 4} and again.seconds == first.seconds
    assert again.path("result.txt").read_text(encoding="utf-8") == "made"


def test_other_inputs_make_it_again_in_an_empty_folder(tmp_path):
    first = carry_out(tmp_path, "learn", ["a"], counting([]))
    (first.folder / "stray.txt").write_text("left over")
    second = carry_out(tmp_path, "learn", ["b"], counting([], "other"))
    assert not second.reused and second.digest != first.digest and list(second.files) == ["result.txt"]


@pytest.mark.parametrize("harm", [lambda path: path.write_text("changed"), lambda path: path.unlink()])
def test_a_harmed_result_is_made_again_to_the_same_digest(tmp_path, harm):
    calls = []
    first = carry_out(tmp_path, "learn", ["a"], counting(calls))
    harm(first.path("result.txt"))
    second = carry_out(tmp_path, "learn", ["a"], counting(calls))
    assert len(calls) == 2 and second.digest == first.digest


def test_a_cut_stage_finds_its_checkpoint_again_and_leaves_none(tmp_path):
    def cut(folder):
        (folder / "checkpoint.npz").write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        carry_out(tmp_path, "paint", ["a"], cut)

    def resume(folder):
        text = (folder / "checkpoint.npz").read_text(encoding="utf-8")
        (folder / "result.txt").write_text(text + " and whole")

    done = carry_out(tmp_path, "paint", ["a"], resume)
    assert done.path("result.txt").read_text(encoding="utf-8") == "half and whole"
    assert list(done.files) == ["result.txt"] and not (done.folder / "checkpoint.npz").exists()


def test_a_checkpoint_of_other_inputs_is_not_found(tmp_path):
    def cut(folder):
        (folder / "checkpoint.npz").write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        carry_out(tmp_path, "paint", ["a"], cut)
    seen = []
    carry_out(tmp_path, "paint", ["b"], lambda folder: seen.append((folder / "checkpoint.npz").exists()))
    assert seen == [False]


def test_a_stamp_that_cannot_be_read_is_none(tmp_path):
    (tmp_path / "stage.json").write_text("{")
    assert read_stamp(tmp_path / "stage.json") is None
    (tmp_path / "stage.json").write_text(json.dumps([1]))
    assert read_stamp(tmp_path / "stage.json") is None and read_stamp(tmp_path / "none.json") is None
