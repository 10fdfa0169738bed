"""What long work writes down on its way, so that a run that was stopped goes on where it was.

`render` hands over numbered states; where they are kept, and for which work they hold, only `flows` knows.
"""

from collections.abc import Mapping
from typing import Any, Protocol


class Checkpoint(Protocol):
    """A place for one state: each save replaces what was saved before."""

    def save(self, level: int, state: Mapping[str, Any]) -> None:
        """Keep the arrays of `state`, reached at the end of `level` (levels are counted down to 0)."""

    def load(self) -> tuple[int, Mapping[str, Any]] | None:
        """The level and the state kept last, or None."""

    def in_phase(self, name: str) -> "Checkpoint":
        """The same place for a later phase of the work: what is saved there replaces what the earlier phase saved, and
        neither phase loads what the other one saved."""
