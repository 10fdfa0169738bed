"""Progress goes to stderr, results alone to stdout; without a terminal each stage ends in one line."""

from flows.run.progress import bar, say


def test_a_stage_ends_in_a_line_on_stderr(capsys):
    with bar("paint", unit="texel") as progress:
        progress(1, 4)
        progress(4, 4)
    out, err = capsys.readouterr()
    assert out == "" and err.splitlines()[-1].startswith("paint ") and err.rstrip().endswith("s")


def test_quiet_work_says_nothing(capsys):
    with bar("paint", quiet=True) as progress:
        progress(1, 1)
    assert capsys.readouterr() == ("", "")


def test_talk_goes_to_stderr(capsys):
    say("one line")
    assert capsys.readouterr() == ("", "one line\n")
