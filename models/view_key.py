"""How a view of the bank is named where the view itself is not at hand: in files, source maps and casts."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from models.view import View


class ViewKey(NamedTuple):
    """`name`: the painting's file in the catalogue; `mirrored`: whether its sitter is seen in a mirror."""

    name: str
    mirrored: bool


def views_by_key(views: "Iterable[View]") -> "dict[ViewKey, View]":
    """Views of a bank by their keys."""
    return {ViewKey(view.name, view.mirrored): view for view in views}
