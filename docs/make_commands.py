"""Write the command reference, docs/commands.md, from the commands themselves: `.venv/bin/python -m docs.make_commands`."""

import re
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click

PAGE = Path(__file__).with_name("commands.md")
_PROJECT = Path(__file__).parents[1] / "pyproject.toml"
COMMAND_MODULE = tomllib.loads(_PROJECT.read_text(encoding="utf-8"))["project"]["scripts"]["atelier"].partition(":")[0]
"""The module that the installed command is in; its `cli` is the group of all commands."""

cli: click.Group = import_module(COMMAND_MODULE).cli
_TOP = """# Commands

Every command has `--help`. Results go to stdout; talk and progress bars go to stderr. The exit status is 0 when done, 1
for a failure, 2 for misuse, 130 when stopped. `make` puts the command at `.venv/bin/atelier`.

This page is made from the commands themselves by `make commands`; a test compares the two.
"""


def page() -> str:
    """The whole reference as Markdown."""
    above = click.Context(cli, info_name="atelier", **cli.context_settings)
    names = cli.list_commands(above)
    parts = [_TOP, *(f"- [`atelier {name}`](#atelier-{name}): {_first_sentence(cli.commands[name])}" for name in names), "",
             "`atelier -v COMMAND ...` says more about what is done, `atelier --version` which Atelier this is.", ""]
    for name in names:
        parts += _section(name, cli.commands[name], above)
    return "\n".join(parts).rstrip("\n") + "\n"


def _section(name: str, command: click.Command, above: click.Context) -> Iterator[str]:
    context = click.Context(command, info_name=name, parent=above, **command.context_settings)
    yield f"## atelier {name}\n"
    yield f"    {context.command_path} {' '.join(command.collect_usage_pieces(context))}\n"
    yield from _paragraphs(command.help or "")
    options = [option.get_help_record(context) for option in command.get_params(context) if isinstance(option, click.Option)]
    yield "| option | what it does |\n|---|---|"
    for option in options:
        if option is not None:
            yield f"| `{_cell(option[0])}` | {_cell(option[1])} |"
    yield ""


def _paragraphs(text: str) -> Iterator[str]:
    """Help as click shows it: paragraphs run on, those that begin with \\b keep their lines."""
    for paragraph in re.split(r"\n\s*\n", text.partition("\f")[0].strip()):
        kept = paragraph.startswith("\b")
        yield "\n".join(f"    {line.strip()}" for line in paragraph.splitlines()[1:]) if kept else " ".join(paragraph.split())
        yield ""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _first_sentence(command: click.Command) -> str:
    return " ".join((command.help or "").split("\n\n")[0].split()).partition(". ")[0].rstrip(".") + "."


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
