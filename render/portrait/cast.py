"""Who lends what to a new portrait: body, garment and ground of the figure, and head, eyes, nose and mouth, each from another
painting."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models.alignment import Frame
from models.likeness import role_misfit
from models.view import View
from models.view_key import ViewKey
from render.portrait.sitter import FACE_ROLES, Sitter


@dataclass(frozen=True, eq=False)
class Cast(Mapping[str, View]):
    """{role of `ROLES`: View}: who lends what.

    Attributes
    ----------
    lenders : dict of View
        By role, in the order of `ROLES`.
    keeps_face : bool
        One view lends the head and every feature of it: a photographed person, or a painted sitter who was wished for
        in each of these roles. Their face is kept as it is; otherwise a new one is made.
    """

    lenders: dict[str, View]
    keeps_face: bool = False

    def __getitem__(self, role: str) -> View:
        return self.lenders[role]

    def __iter__(self) -> Iterator[str]:
        return iter(self.lenders)

    def __len__(self) -> int:
        return len(self.lenders)


def choose_cast(views: Sequence[View], sitter: Sitter, frame: Frame, rng: np.random.Generator, figure: Mapping[str, View], *,
                person: View | None = None, given: Mapping[str, ViewKey] | None = None) -> Cast:
    """Who lends what, no painting twice where the bank has enough of them.

    Each role of the face is drawn with a probability that falls with how badly a view fits the sitter and what was cast before
    it (`models.likeness.role_misfit`). Lenders that were wished for by name are taken.

    Parameters
    ----------
    views : sequence of View
        Sitters both ways.
    sitter : Sitter
    frame : Frame
        Of the new portrait.
    rng : numpy.random.Generator
    figure : mapping of View by role
        Who lends the figure (`render.portrait.figure.figure.Figure.lenders`).
    person : View, optional
        A photograph: it lends the head and all that is in it.
    given : mapping of ViewKey by role, optional
        Lenders to keep where the bank has them.

    Returns
    -------
    Cast
    """
    cast = dict(figure)
    for role in FACE_ROLES:
        if person is not None:
            cast[role] = person
            continue
        pool = _pool(views, sitter, role, (given or {}).get(role), {view.name for view in cast.values()})
        misfits = np.array([role_misfit(view, sitter, role, frame, cast) for view in pool])
        share = np.exp(-(misfits - misfits.min()))
        cast[role] = pool[int(rng.choice(len(pool), p=share / share.sum()))]
    return Cast(cast, all(cast[role] is cast["head"] for role in FACE_ROLES))


def _pool(views: Sequence[View], sitter: Sitter, role: str, kept: ViewKey | None,
          taken: set[str]) -> Sequence[View]:
    """Who may lend a role: whoever was wished for, else whoever is to be kept, else everybody not cast yet, else all."""
    return ([view for view in views if view.name == sitter.wishes.get(role)]
            or [view for view in views if (view.name, view.mirrored) == kept]
            or [view for view in views if view.name not in taken]
            or views)
