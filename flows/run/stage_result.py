"""The base of stage results: small facts, which are kept in the stage's stamp, and large fields, which are kept in files and
read when they are first used."""

from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

from flows.run.stamp import STAMP, read_stamp

T = TypeVar("T")


def _same(value: T) -> T:
    return value


@dataclass(frozen=True)
class _Fact:
    """`name` in the stamp, None for the field's own; `read` makes the field's value of what JSON holds, `write` the reverse;
    `told`: a command that prints the facts of its stage prints this one too."""

    name: str | None = None
    read: Callable[[Any], Any] = _same
    write: Callable[[Any], Any] = _same
    told: bool = True


@dataclass(frozen=True)
class _Large:
    """How a large field is written into a stage's folder, and read from there."""

    write: Callable[[Path, Any], None]
    read: Callable[[Path], Any]


def fact(read: Callable[[Any], Any] = _same, write: Callable[[Any], Any] = _same, *, name: str | None = None,
         told: bool = True) -> Any:
    """A field that stands in the stamp.

    Parameters
    ----------
    read : callable
        Makes the field's value of what JSON holds.
    write : callable
        Makes of the value what JSON can hold; tuples and arrays of numbers need none.
    name : str, optional
        Its name in the stamp, if not the field's own.
    told : bool
        False for what only later stages need: a command that prints the facts of its stage leaves it out.

    Returns
    -------
    dataclasses.Field
    """
    return field(metadata={"kept": _Fact(name, read, write, told)})


def large(write: Callable[[Path, T], None], read: Callable[[Path], T]) -> Any:
    """A field that lies in files: `write(folder, value)` and `read(folder)`."""
    return field(metadata={"kept": _Large(write, read)}, repr=False)


def _kept(each: Field) -> _Fact | _Large:
    return each.metadata.get("kept") or _Fact()


@dataclass(frozen=True, eq=False)
class StageResult:
    """Base of what the stages hand on. Every field of a subclass is a fact, unless it is `large`.

    What `save` writes, `load` gives back whole: facts at once, large fields when they are first asked for. A fact that a
    stamp of an earlier version does not hold is an AttributeError when it is asked for.
    """

    def save(self, folder: Path) -> dict[str, Any]:
        """Write the large fields into a folder; gives the facts, for the stamp."""
        facts = {}
        for each in fields(self):
            how, value = _kept(each), getattr(self, each.name)
            if isinstance(how, _Large):
                how.write(folder, value)
            else:
                facts[how.name or each.name] = how.write(value)
        return facts

    @classmethod
    def load(cls, folder: Path, facts: Mapping[str, Any] | None = None) -> Self:
        """What `save` left in a folder; without the facts, they are those of the stamp there (none where there is none)."""
        if facts is None:
            facts = (read_stamp(folder / STAMP) or {}).get("facts", {})
        made = cls.__new__(cls)
        object.__setattr__(made, "_folder", folder)
        for each in fields(cls):
            how = _kept(each)
            if isinstance(how, _Fact) and (how.name or each.name) in facts:
                object.__setattr__(made, each.name, how.read(facts[how.name or each.name]))
        return made

    @classmethod
    def told(cls, facts: Mapping[str, Any]) -> dict[str, Any]:
        """Those of the facts that commands print."""
        kept = {each.name: _kept(each) for each in fields(cls)}
        silent = {how.name or name for name, how in kept.items() if isinstance(how, _Fact) and not how.told}
        return {name: value for name, value in facts.items() if name not in silent}

    def passing(self, name: str) -> Any:
        """A large field for use at once: it is not held, unless it is held already."""
        how = {each.name: _kept(each) for each in fields(self)}[name]
        if name in self.__dict__ or not isinstance(how, _Large):
            return getattr(self, name)
        return how.read(self.__dict__["_folder"])

    if not TYPE_CHECKING:  # a type checker would think that every attribute is there

        def __getattr__(self, name: str) -> Any:
            """A large field that was not asked for yet: it is read now, and held as long as the result is."""
            how = {each.name: _kept(each) for each in fields(self)}.get(name)
            folder = self.__dict__.get("_folder")
            if folder is None or not isinstance(how, _Large):
                raise AttributeError(f"{type(self).__name__} holds no {name}")
            value = how.read(folder)
            object.__setattr__(self, name, value)
            return value
