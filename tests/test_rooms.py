"""Imports point one way, between rooms and between the rooms within them; only flows knows Prefect; rooms import cheaply.

What may import what is said once, in the table of CONTRIBUTING.md; here it is compared with every import there is.
"""

import re
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from graphlib import CycleError, TopologicalSorter

import pytest

from docs.make_commands import COMMAND_MODULE
from tests.source import ROOMS, ROOT, imports, of_rooms

MOST_LATE_IMPORTS = 20
HEADING = "## What may import what"


def arrows():
    """{"render.export": {"data", "render.relief"}}: the table of CONTRIBUTING.md."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = text.partition(HEADING)[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `([\w.]+)` \| ([^|]*) \|", section, re.MULTILINE)
    assert rows, f"CONTRIBUTING.md has no table below '{HEADING}'"
    return {room: set(re.findall(r"`([\w.]+)`", allowed)) for room, allowed in rows}


ARROWS = arrows()


def room_of(module):
    """The row of the table that a module belongs to: the longest that its name begins with."""
    rows = [room for room in ARROWS if module == room or module.startswith(room + ".")]
    return max(rows, key=len) if rows else None


def test_the_table_has_a_row_for_every_module_and_no_other_rows():
    packages = {name for name, path in of_rooms().items() if path.name == "__init__.py"}
    stale = sorted(room for room in {*ARROWS, *(name for allowed in ARROWS.values() for name in allowed)} - packages)
    assert not stale, f"CONTRIBUTING.md names rooms that are not there: {', '.join(stale)}"
    without = sorted(str(path.relative_to(ROOT)) for name, path in of_rooms().items()
                     if path.name != "__init__.py" and room_of(name) is None)
    assert not without, f"no row in CONTRIBUTING.md for {', '.join(without)}"


def test_the_table_itself_points_one_way():
    try:
        tuple(TopologicalSorter(ARROWS).static_order())
    except CycleError as error:
        pytest.fail(f"CONTRIBUTING.md lets rooms import each other: {' <- '.join(error.args[1])}")
    for room, allowed in ARROWS.items():
        left = ROOMS[:ROOMS.index(room.split(".")[0]) + 1]
        assert {name.split(".")[0] for name in allowed} <= set(left), f"{room} may not look to the right: {allowed}"


@pytest.mark.parametrize("room", ARROWS)
def test_a_room_imports_only_what_the_table_allows(room):
    wrong = []
    for module in (name for name in of_rooms() if room_of(name) == room):
        for one in imports(module):
            allowed = room_of(one.target) == room or any(
                one.target == name or one.target.startswith(name + ".") for name in ARROWS[room])
            if one.ours and not allowed:
                wrong.append(f"{one.where} imports {one.target}")
    assert not wrong, f"{room} may import {', '.join(sorted(ARROWS[room])) or 'nothing of ours'}, but\n" + "\n".join(wrong)


def test_no_two_modules_import_each_other_even_by_a_detour():
    graph = {module: {one.target for one in imports(module) if one.ours} for module in of_rooms()}
    try:
        tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(f"a circle of imports: {' <- '.join(error.args[1])}")


def test_imports_within_functions_are_few_and_say_why():
    late = [one for module in of_rooms() for one in imports(module) if one.late and one.ours]
    without = sorted({f"{one.where} imports {one.target}" for one in late if not one.reason})
    assert not without, "imports within functions: say why in a comment beside them, or move them to the top:\n" + \
        "\n".join(without)
    places = sorted({one.where for one in late})
    assert len(places) <= MOST_LATE_IMPORTS, f"{len(places)} imports within functions, {MOST_LATE_IMPORTS} at most:\n" + \
        "\n".join(places)


def test_imports_are_written_in_full():
    relative = [one.where for module in of_rooms() for one in imports(module) if one.target.startswith(".")]
    assert not relative, f"write imports in full, from the room's name on: {', '.join(relative)}"


@pytest.mark.parametrize("room", ["render", "flows"])
def test_these_rooms_hold_rooms_and_no_heap_of_files(room):
    loose = sorted(path.name for path in (ROOT / room).glob("*.py") if path.name != "__init__.py")
    assert not loose, f"put {', '.join(loose)} into one of the rooms within {room}"


def test_only_flows_knows_prefect():
    wrong = [one.where for module in of_rooms() for one in imports(module)
             if one.target.split(".")[0] == "prefect" and not module.startswith("flows.run.")]
    assert not wrong, f"Prefect is imported at {', '.join(wrong)}: only flows.run may"


def test_every_room_is_installed_with_its_data_files():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    packages = [name for name, path in of_rooms().items() if path.name == "__init__.py"]
    patterns = settings["packages"]["find"]["include"]
    left_out = [name for name in packages if not any(fnmatch(name, pattern) for pattern in patterns)]
    assert not left_out, f"pyproject.toml does not install {', '.join(left_out)}"
    kinds = {pattern.removeprefix("*") for pattern in settings["package-data"]["*"]}
    held = {path.suffix for room in ROOMS for path in (ROOT / room).rglob("*")
            if path.is_file() and path.suffix not in (".py", ".pyc", ".nbi", ".nbc") and not path.name.startswith(".")}
    assert held - {".csv", ".md"} <= kinds


def test_small_commands_load_neither_prefect_nor_torch():
    script = (f"import sys; from {COMMAND_MODULE} import main; main(['--help']); "
              "import flows.corpus.measuring, flows.corpus.corpus_view; "
              "heavy = {'prefect', 'torch', 'open3d', 'dlib', 'onnxruntime'} & set(sys.modules); "
              "sys.exit(f'loaded {heavy}' if heavy else 0)")
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_importing_rooms_imports_nothing_heavy():
    names = [name for name, path in of_rooms().items() if path.name == "__init__.py"]
    script = (f"import sys, {', '.join(names)}; heavy = {{'torch', 'cv2', 'prefect', 'pandas'}} & set(sys.modules); "
              "sys.exit(f'loaded {heavy}' if heavy else 0)")
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
