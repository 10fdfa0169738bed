"""Every command is carried out by a function of its own name in a work module, with just the options that the command has."""

import dataclasses
import inspect

import click
import pytest

from flows.cli import corpus_commands, print_commands, restyle_commands, run_commands
from flows.cli.delayed import work
from flows.cli.main import cli

PLACES = {**{command.name: "corpus" for command in corpus_commands.COMMANDS},
          **{command.name: "run" for command in run_commands.COMMANDS}, "export": "print", "enlarge": "enlarge",
          "restyle": "restyle", "dream": "dream"}


def test_every_command_stands_in_one_family():
    families = (corpus_commands, run_commands, print_commands, restyle_commands)
    assert sorted(command.name for family in families for command in family.COMMANDS) == sorted(cli.commands)
    assert set(PLACES) == set(cli.commands)


@pytest.mark.parametrize("name", sorted(PLACES))
def test_the_work_takes_what_the_command_gives(name):
    function = getattr(work(PLACES[name]), "stage" if name in ("paint", "relief") else name)
    given = {option.name: None for option in cli.commands[name].params if option.expose_value}
    if name in ("paint", "relief"):
        given["name"] = name
    if name == "export":
        given["named"] = ()
    inspect.signature(function).bind(**given)


def test_options_of_restyle_are_settings_of_restyling():
    from render.restyle.restyle import RestyleSettings

    settings = {each.name: each.default for each in dataclasses.fields(RestyleSettings)}
    above = click.Context(cli, **cli.context_settings)    # a command remembers how its help was first asked for
    words = ["photo.png", "--from", "corpus", "--out", "out.png"]
    given = cli.commands["restyle"].make_context("restyle", words, parent=above).params
    for name in ("strength", "keep_colours", "faces", "brush_px"):
        assert given[name] == settings[name], name
