"""Options that several commands share; those of a run are made from the settings of a commission."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from flows.run.commission import SETTINGS
from flows.run.setting import Declared

Command = TypeVar("Command", bound=Callable[..., Any])
Option = Callable[[Command], Command]

# Whether a path can be read is checked by us later: click would report it as misuse.
FOLDER = click.Path(path_type=Path, readable=False)
_KINDS = {int: int, float: float, str: str, Path: FOLDER}


def _option(setting: Declared) -> Option:
    said = setting.said
    return click.option(said.option, type=_KINDS.get(setting.type), default=None if said.many else setting.default,
                        required=setting.needed, multiple=said.many, metavar=said.metavar, help=said.help)


_OF_SETTINGS = {setting.name: _option(setting) for setting in SETTINGS if setting.said.help}
"""The option of every setting that has one of its own."""

cache_option = _OF_SETTINGS["cache"]
jobs_option = _OF_SETTINGS["jobs"]
force_option = click.option("--force", is_flag=True, help="Replace what an earlier run left in the output folder.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


def settings_options(command: Command) -> Command:
    """A command with the options of every setting of a run, and `--force`."""
    for option in reversed((*_OF_SETTINGS.values(), force_option)):
        command = option(command)
    return command
