"""The declaration of a run's setting: its command-line option, its parameter of the flow, its check, and whether it is part of
the record are all made from it."""

import os
from collections.abc import Callable
from dataclasses import MISSING, Field, dataclass, field
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, get_args, get_type_hints

Check = Callable[[Any, str, Any], str | None]
"""`check(value, label, commission)`: what is wrong with a value, or None. `label` names option and value as the user gave them;
the rest of the commission is there for what depends on another setting."""
_METADATA = "setting"


@dataclass(frozen=True)
class Setting:
    """What is declared of a field of the commission.

    Attributes
    ----------
    option : str
        Of the command line. Two fields may share one: who gives a photograph as `--sitter` gives no wish.
    help : str
        For the option; empty where another field's help speaks for this one too.
    metavar : str or None
        What stands for its value in the help; None: the name of the type.
    many : bool
        May be given several times.
    parameter : str or None
        Of the Prefect flow, if not the field's own name.
    check : callable or None
        See `Check`; not asked where the value is None.
    told : int
        If several settings are wrong, the message is about the one with the lowest number.
    decides : bool
        Whether the result depends on it: if so it is one of the arguments in the record of a run.
    """

    option: str
    help: str = ""
    metavar: str | None = None
    many: bool = False
    parameter: str | None = None
    check: Check | None = None
    told: int = 0
    decides: bool = True


def setting(option: str, help: str = "", *, default: Any = MISSING, default_factory: Any = MISSING, **said: Any) -> Any:
    """A field of the commission.

    Parameters
    ----------
    option, help
        As of `Setting`.
    default, default_factory
        As of `dataclasses.field`.
    **said
        The other attributes of `Setting`.

    Returns
    -------
    dataclasses.Field
    """
    return field(default=default, default_factory=default_factory, metadata={_METADATA: Setting(option, help, **said)})


@dataclass(frozen=True)
class Declared:
    """A field that is a setting: its name, its type without None, whether it may be None, its default (None where one is made
    anew for every run), whether it must be given, and what is said of it."""

    name: str
    type: Any
    optional: bool
    default: Any
    needed: bool
    said: Setting

    def label(self, value: Any) -> str:
        """Option and value, as a message names them."""
        return f"{self.said.option} {value:g}" if self.type is float else f"{self.said.option} {value}"

    @property
    def parameter(self) -> str:
        """Name of the flow's parameter."""
        return self.said.parameter or self.name


def declared(each: Field, owner: type) -> Declared:
    """A field of `owner`, which was made by `setting`, with its type made out."""
    hint = get_type_hints(owner)[each.name]
    kinds = [kind for kind in get_args(hint) if kind is not NoneType] if isinstance(hint, UnionType) else [hint]
    made_anew = each.default_factory is not MISSING
    default = None if each.default is MISSING else each.default
    return Declared(each.name, kinds[0], made_anew or NoneType in get_args(hint), default,
                    each.default is MISSING and not made_anew, each.metadata[_METADATA])


def within(low: float, high: float, expected: str, *, above: bool = False) -> Check:
    """A check that a number lies in a range.

    Parameters
    ----------
    low, high : float
        Both allowed, unless `above`: then the number must be more than `low`.
    expected : str
        What the message says that was expected.
    above : bool

    Returns
    -------
    Check
    """
    def check(value: Any, label: str, commission: Any) -> str | None:
        fits = low < value <= high if above else low <= value <= high
        return None if fits else f"{label}: {expected}"

    return check


def one_of(names: tuple[str, ...]) -> Check:
    """A check that a value is one of these names."""
    def check(value: Any, label: str, commission: Any) -> str | None:
        return None if value in names else f"{label}: expected one of {', '.join(names)}"

    return check


def a_file(value: Path | str, label: str, commission: Any) -> str | None:
    """A check that a path names a file.

    Parameters
    ----------
    value, label, commission
        As of `Check`.

    Returns
    -------
    str or None
    """
    return None if os.path.isfile(value) else f"{label}: no such file"
