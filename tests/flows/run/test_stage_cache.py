"""A stage is done once for what goes into it; a damaged or missing result is made again; a cut one keeps its checkpoint."""

import json
from dataclasses import dataclass

import pytest

from flows.run.stage_cache import carry_out, carry_out_into
from flows.run.stage_result import StageResult, large
from flows.run.stamp import read_stamp


@dataclass(frozen=True, eq=False)
class Text(StageResult):
    """A fact, and a text in a file."""

    length: int
    text: str = large(lambda folder, text: (folder / "result.txt").write_text(text),
                      lambda folder: (folder / "result.txt").read_text())


def counting(calls, text="made"):
    def make(folder):
        calls.append(folder)
        return Text(len(text), text)

    return make


def test_an_unchanged_stage_is_reused(tmp_path):
    calls = []
    first = carry_out(tmp_path, "learn", Text, ["a", 1], counting(calls))
    again = carry_out(tmp_path, "learn", Text, ["a", 1], counting(calls))
    assert len(calls) == 1 and not first.reused and again.reused
    assert again.digest == first.digest and again.facts == {"length": 4} and again.seconds == first.seconds
    assert again.result.text == "made" and again.result.length == 4


def test_other_inputs_make_it_again_in_an_empty_folder(tmp_path):
    first = carry_out(tmp_path, "learn", Text, ["a"], counting([]))
    (first.folder / "stray.txt").write_text("left over")
    second = carry_out(tmp_path, "learn", Text, ["b"], counting([], "other"))
    assert not second.reused and second.digest != first.digest and list(second.files) == ["result.txt"]


@pytest.mark.parametrize("harm", [lambda path: path.write_text("changed"), lambda path: path.unlink()])
def test_a_harmed_result_is_made_again_to_the_same_digest(tmp_path, harm):
    calls = []
    first = carry_out(tmp_path, "learn", Text, ["a"], counting(calls))
    harm(first.path("result.txt"))
    second = carry_out(tmp_path, "learn", Text, ["a"], counting(calls))
    assert len(calls) == 2 and second.digest == first.digest


def cut(folder):
    folder.mkdir(exist_ok=True)
    (folder / "checkpoint.npz").write_text("half")
    raise KeyboardInterrupt


def test_a_cut_stage_finds_its_checkpoint_again_and_leaves_none(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        carry_out(tmp_path, "paint", Text, ["a"], cut)
    done = carry_out(tmp_path, "paint", Text, ["a"],
                     lambda folder: Text(1, (folder / "checkpoint.npz").read_text() + " and whole"))
    assert done.result.text == "half and whole"
    assert list(done.files) == ["result.txt"] and not (done.folder / "checkpoint.npz").exists()


def test_a_checkpoint_of_other_inputs_is_not_found(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        carry_out(tmp_path, "paint", Text, ["a"], cut)
    seen = []
    carry_out(tmp_path, "paint", Text, ["b"],
              lambda folder: seen.append((folder / "checkpoint.npz").exists()) or Text(0, ""))
    assert seen == [False]


def test_in_a_folder_that_others_share_only_its_own_files_are_stamped(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "others.txt").write_text("not ours")
    make = lambda folder: (Text(4, "made"), ["result.txt"])
    done = carry_out_into(out, out / "work", "export", Text, ["a"], make)
    assert list(done.files) == ["result.txt"] and (out / "work" / "export" / "stage.json").is_file()
    assert carry_out_into(out, out / "work", "export", Text, ["a"], make).reused
    assert not carry_out_into(out, out / "work", "export", Text, ["b"], make).reused
    assert (out / "others.txt").read_text() == "not ours"


def test_a_stamp_that_cannot_be_read_is_none(tmp_path):
    (tmp_path / "stage.json").write_text("{")
    assert read_stamp(tmp_path / "stage.json") is None
    (tmp_path / "stage.json").write_text(json.dumps([1]))
    assert read_stamp(tmp_path / "stage.json") is None and read_stamp(tmp_path / "none.json") is None
