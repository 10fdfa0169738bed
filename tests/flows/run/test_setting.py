"""From one declaration come type, default and need of a setting; checks say what was expected."""

from dataclasses import dataclass, fields
from pathlib import Path

from flows.run.setting import a_file, declared, one_of, setting, within


@dataclass
class Order:
    out: Path = setting("--out", "Where.", decides=False)
    size: float = setting("--size", "How large.", default=1.0, check=within(0, 5, "expected 0 to 5"))
    name: str | None = setting("--name", default=None, parameter="called")
    wishes: dict[str, int] = setting("--wish", default_factory=dict, many=True)


OUT, SIZE, NAME, WISHES = (declared(each, Order) for each in fields(Order))


def test_types_defaults_and_need_are_made_out():
    assert (OUT.type, OUT.needed, OUT.optional) == (Path, True, False)
    assert (SIZE.type, SIZE.default, SIZE.needed) == (float, 1.0, False)
    assert (NAME.type, NAME.optional, NAME.parameter) == (str, True, "called") and SIZE.parameter == "size"
    assert WISHES.default is None and WISHES.optional and WISHES.said.many


def test_labels_name_option_and_value_as_given():
    assert SIZE.label(2.0) == "--size 2" and OUT.label("x") == "--out x"


def test_ranges_include_both_ends_unless_they_begin_above():
    check, above = within(0, 5, "expected it"), within(0, 5, "expected it", above=True)
    assert check(0, "--size 0", None) is check(5, "--size 5", None) is above(5, "--size 5", None) is None
    assert check(6, "--size 6", None) == "--size 6: expected it" and above(0, "--size 0", None) == "--size 0: expected it"
    assert check(float("nan"), "--size nan", None) == "--size nan: expected it"


def test_names_and_files_are_looked_up(tmp_path):
    assert one_of(("a", "b"))("c", "--engine c", None) == "--engine c: expected one of a, b"
    assert one_of(("a", "b"))("a", "--engine a", None) is None
    (tmp_path / "here").write_text("")
    assert a_file(tmp_path / "here", "--layout here", None) is None
    assert a_file(tmp_path, "--layout folder", None) == "--layout folder: no such file"
