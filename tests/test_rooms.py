"""Imports point one way, data <- features <- models <- render <- flows; only flows knows Prefect; rooms import cheaply."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("data", "features", "models", "render", "flows")


def imported(path):
    """Every module a file imports, at its top or within functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: write imports in full, from the room's name on"
            yield node.module


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_from_rooms_to_its_left(room):
    allowed = set(ROOMS[:ROOMS.index(room) + 1])
    for path in (ROOT / room).rglob("*.py"):
        for name in imported(path):
            first = name.split(".")[0]
            assert first not in ROOMS or first in allowed, f"{path.relative_to(ROOT)} imports {name}"
            assert first != "prefect" or room == "flows", f"{path.relative_to(ROOT)} imports Prefect"


def test_every_room_is_installed_with_its_data_files():
    import tomllib

    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    assert {pattern.rstrip("*") for pattern in settings["packages"]["find"]["include"]} == set(ROOMS)
    kinds = {pattern.removeprefix("*") for pattern in settings["package-data"]["*"]}
    held = {path.suffix for room in ROOMS for path in (ROOT / room).rglob("*")
            if path.is_file() and path.suffix not in (".py", ".pyc") and not path.name.startswith(".")}
    assert held - {".csv", ".md"} <= kinds


def test_small_commands_load_neither_prefect_nor_torch():
    script = ("import sys; from flows.cli.main import main; main(['--help']); "
              "import flows.corpus.measuring, flows.corpus.corpus_view; "
              "heavy = {'prefect', 'torch', 'open3d', 'dlib', 'onnxruntime'} & set(sys.modules); "
              "sys.exit(f'loaded {heavy}' if heavy else 0)")
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("room", ROOMS)
def test_importing_a_room_imports_nothing_heavy(room):
    script = f"import sys, {room}; sys.exit(1 if {{'torch', 'cv2', 'prefect', 'pandas'}} & set(sys.modules) else 0)"
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT).returncode == 0
