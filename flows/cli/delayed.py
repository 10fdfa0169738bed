"""The work of a command is imported only when the command is called, so that `atelier --help` loads nothing heavy."""

import importlib
from typing import Any


def work(name: str) -> Any:
    """The module `flows.cli.NAME_work`, which carries out the commands of `flows.cli.NAME_commands`."""
    return importlib.import_module(f"flows.cli.{name}_work")
