"""A small practice corpus, a cache shared by the session, and the command line in this process or as a plain user."""

import ctypes
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH, _PR_CAPBSET_DROP = 1, 2, 24


def as_plain_user():
    """Run in a child before its program: root loses the right to pass over permissions, others never had it."""
    if os.geteuid() == 0:
        libc = ctypes.CDLL(None)
        for capability in (_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH):
            libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)


@pytest.fixture(scope="session")
def practice_corpus(tmp_path_factory):
    """Seven small practice paintings, three of them with height scans."""
    from render.practice.practice import paint_practice

    folder = tmp_path_factory.mktemp("practice") / "corpus"
    paint_practice(folder, 7, 3, width_px=320)
    return folder


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def corpus_of(practice_corpus, tmp_path):
    """corpus_of(3) copies the first three paintings into a folder of their own."""
    def copied(count):
        folder = tmp_path / "corpus"
        folder.mkdir()
        scans = sorted(path for path in practice_corpus.glob("*.tif") if not path.name.endswith(".height.tif"))
        for path in scans[:count]:
            shutil.copy(path, folder)
        return folder

    return copied


@pytest.fixture
def atelier(capsys, monkeypatch, cache):
    """atelier("stats", folder) runs a command in this process: (exit status, stdout, stderr)."""
    from flows.cli.main import main

    monkeypatch.setenv("ATELIER_CACHE", str(cache))

    def call(*arguments):
        status = main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return status, said.out, said.err

    return call


@pytest.fixture(scope="session")
def atelier_process(cache):
    """atelier_process("run", ...) runs a command in a process of its own; `plain_user` minds permissions even as root."""
    def call(*arguments, plain_user=False, start=False, environment=None, timeout=300):
        command = [sys.executable, "-c", "from flows.cli.main import entry; entry()", *map(str, arguments)]
        # What Prefect was told within this process (`flows.run.prefect_server.settle`) is no part of a user's surroundings.
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
        options = {"cwd": ROOT, "text": True, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE,
                   "env": {**inherited, "ATELIER_CACHE": str(cache), **(environment or {})},
                   "preexec_fn": as_plain_user if plain_user else None}
        if start:
            return subprocess.Popen(command, **options)
        return subprocess.run(command, timeout=timeout, **options)

    return call
