"""A folder is taken for one commission; foreign files stay, and --force removes only what a run leaves."""

from dataclasses import replace

import pytest

from data.errors import OutputError, UsageError
from flows.run.commission import Commission
from flows.run.run_folder import RESULTS, claim, planned


@pytest.fixture
def commission(tmp_path):
    return Commission(tmp_path / "corpus", tmp_path / "out", seed=3)


def test_the_same_commission_goes_on_and_another_is_refused(commission):
    assert claim(commission) is False and claim(commission) is True
    with pytest.raises(OutputError, match="holds a run with other arguments"):
        claim(replace(commission, seed=4))


def test_force_removes_results_and_nothing_else(commission):
    claim(commission)
    for name in ("portrait.tif", "notes.txt"):
        (commission.out / name).write_text("old")
    (commission.out / "slices").mkdir()
    assert claim(replace(commission, seed=4), force=True) is False
    assert sorted(path.name for path in commission.out.iterdir()) == ["notes.txt", "work"]
    assert {"portrait.tif", "slices", "work"} <= set(RESULTS)


def test_foreign_files_are_not_painted_over(commission):
    commission.out.mkdir()
    (commission.out / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match="holds other files"):
        claim(commission)


def test_nothing_is_written_into_a_corpus(commission):
    for out in (commission.corpus, commission.corpus / "out"):
        with pytest.raises(UsageError, match="nothing is ever written into a corpus"):
            claim(replace(commission, out=out))


def test_the_plan_is_read_back_with_what_may_change(commission, tmp_path):
    claim(commission)
    assert planned(commission.out, cache=tmp_path, jobs=2) == replace(commission, cache=tmp_path, jobs=2)
    with pytest.raises(UsageError, match="is not the folder of a run"):
        planned(tmp_path)
