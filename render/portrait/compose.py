"""Compose a portrait: draw sitters, layouts and casts, judge them at thumbnail size, keep the best.

First the guides of many candidates are judged (about a second each), then the best of them are painted at thumbnail
size and judged again.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from jaxtyping import Float32

from data.errors import CorpusError
from data.progress import Progress
from models.alignment import Frame
from models.bank import Bank
from models.shape import turn
from models.view import View
from render.portrait.cast import Cast, choose_cast
from render.portrait.defaults import CANDIDATES
from render.portrait.faults import Faults, another_fault, copied_fault, is_faultless, judge_face, seam_fault
from render.portrait.guide import Guide, compose_guide
from render.portrait.layout import Given, Layout, blend_layouts, draw_layout, layout_of_person
from render.portrait.painting import paint
from render.portrait.sitter import Sitter, Wishes, draw_sitter, photographed_sitter
from render.synthesis.exemplar import SynthesisSettings

_GUIDES = 6        # least number of compositions whose guides are compared
_PATIENCE = 3      # as long as each of them has a fault, up to this many times as many are composed
_THUMBNAIL_WIDTH_PX = 384
_THUMBNAIL_EXEMPLARS = 8


@dataclass(frozen=True, eq=False)
class Candidate:
    """One composition.

    Attributes
    ----------
    layout : Layout
        With its sitter.
    cast : Cast
        Who lends what.
    thumbnail : Guide
        Its guide, small.
    faults : dict
        {name: points}, as `render.portrait.faults` gives them; the lower, the better.
    nearest, distance : str and float
        The painted sitter whose face is most alike, and how far off it is (face embedding).
    seed : tuple of int
        Makes the guide again at any size.
    painted : (h, w, 3) float32, optional
        The thumbnail's painting, which was judged; None where only the guide was.
    """

    layout: Layout
    cast: Cast
    thumbnail: Guide = field(repr=False)
    faults: Faults
    nearest: str
    distance: float
    seed: tuple[int, ...]
    painted: Float32[np.ndarray, "h w 3"] | None = field(default=None, repr=False)

    @property
    def score(self) -> float:
        """All faults together, in points: the lower, the better."""
        return float(sum(self.faults.values()))

    @property
    def sitter(self) -> Sitter:
        """Who is to be painted."""
        return self.layout.sitter


def compose(bank: Bank, wishes: Wishes, seed: int, frame: Frame, *, person: View | None = None, given: Given | None = None,
            candidates: int = CANDIDATES, progress: Progress | None = None) -> list[Candidate]:
    """Candidates for one sitter, best first: those that were painted small, then those of which only the guide was.

    Parameters
    ----------
    bank : Bank
    wishes : dict
        From `parse_wishes`.
    seed : int
        Decides the sitter; with the candidate's number, the layout and the cast.
    frame : Frame
        Of the portrait to be painted; candidates are judged at 384 texels.
    person : View, optional
        Paint this person, from a photograph, with pose and light as they are; only the scene is drawn.
    given : Given, optional
        Landmarks and lenders to keep; the sitter's attributes that go with them count as wishes.
    candidates : int
        How many to paint small. At least twice as many are composed; up to three times as many while each has a fault.
    progress : callable, optional

    Returns
    -------
    list of Candidate

    Raises
    ------
    CorpusError
        If the corpus does not support the wishes.
    """
    small = _thumbnail_frame(frame)
    guides = max(_GUIDES, 2 * candidates)
    total = guides + 2 * candidates

    def say(done: int) -> None:
        if progress is not None:
            progress(min(done, total), total)

    sitter = _sitter(bank, wishes, seed, person, given)
    found = []
    for number, candidate in _composed(bank, sitter, seed, frame, guides, person, given):
        found.append(candidate)
        say(min(number + 1, guides))
    found.sort(key=lambda candidate: candidate.score)
    painted: list[Candidate] = []
    for candidate in found:
        if len(painted) >= candidates and (len(painted) >= 2 * candidates or _any_faultless(painted)):
            break
        painted.append(paint_thumbnail(candidate, bank, small, person=person))
        say(guides + 2 * len(painted))
    say(total)
    return sorted(painted, key=lambda candidate: candidate.score) + found[len(painted):]


def paint_thumbnail(candidate: Candidate, bank: Bank, small: Frame, *, person: View | None = None) -> Candidate:
    """The candidate painted at the size of its thumbnail, and judged by that.

    Parameters
    ----------
    candidate : Candidate
    bank : Bank
    small : Frame
        Of the candidate's thumbnail.
    person : View, optional
        The photographed person it should be.
    """
    guide = candidate.thumbnail
    painting = paint(guide, bank.both_ways(), small, settings=SynthesisSettings(seed=candidate.seed[0]),
                     exemplars=_THUMBNAIL_EXEMPLARS)
    colour = painting.synthesis.colour
    faults, nearest, distance, seen_xy = judge_face(colour, guide.landmarks, bank, person=person)
    another = {"another": another_fault(colour, seen_xy, candidate.sitter)} if person is None else {}
    faults = {**faults, **another, "seam": seam_fault(guide), "copied": copied_fault(painting)}
    return replace(candidate, faults=faults, nearest=nearest, distance=distance, painted=colour)


def walk(bank: Bank, first: Candidate, second: Candidate, frame: Frame, steps: int,
         progress: Progress | None = None) -> list[Candidate]:
    """Candidates on the way from one to another, both ends included. The face changes by equal steps; the cast changes once, in
    the middle.

    Parameters
    ----------
    bank : Bank
    first, second : Candidate
    frame : Frame
        Of the portraits to be painted.
    steps : int
        How many candidates to make.
    progress : callable, optional

    Returns
    -------
    list of Candidate
        Not painted.
    """
    views, small, found = bank.both_ways(), _thumbnail_frame(frame), []
    for number, share in enumerate(np.linspace(0, 1, steps)):
        nearer = first if share < 0.5 else second
        layout = blend_layouts(first.layout, second.layout, float(share))
        thumbnail = compose_guide(views, layout, nearer.cast, small, np.random.default_rng(list(nearer.seed)))
        faults, nearest, distance, _ = judge_face(thumbnail.colour, thumbnail.landmarks, bank)
        found.append(Candidate(layout, nearer.cast, thumbnail, faults, nearest, distance, nearer.seed))
        if progress is not None:
            progress(number + 1, steps)
    return found


def full_guide(candidate: Candidate, bank: Bank, frame: Frame) -> Guide:
    """The candidate's guide at another size.

    Parameters
    ----------
    candidate : Candidate
    bank : Bank
        From which it was composed.
    frame : Frame
        Of the portrait: the guide shows the same composition as the thumbnail.
    """
    return compose_guide(bank.both_ways(), candidate.layout, candidate.cast, frame,
                         np.random.default_rng(list(candidate.seed)))


def _thumbnail_frame(frame: Frame) -> Frame:
    return frame.scaled(min(_THUMBNAIL_WIDTH_PX, frame.width_px))


def _sitter(bank: Bank, wishes: Wishes, seed: int, person: View | None, given: Given | None) -> Sitter:
    """The photographed person, or a sitter who is drawn; if all landmarks are given, they decide the turn of the head."""
    if person is not None:
        return photographed_sitter(person, wishes)
    asked = {**(given.attributes if given else {}), **wishes}
    sitter = draw_sitter(bank.both_ways(), asked, np.random.default_rng([seed]))
    return replace(sitter, turn=turn(given.shape)) if given is not None and given.whole else sitter


def _composed(bank: Bank, sitter: Sitter, seed: int, frame: Frame, guides: int, person: View | None,
              given: Given | None) -> Iterator[tuple[int, Candidate]]:
    """Candidates with their numbers, judged by their guides: `guides` of them, and more while each has a fault. Numbers for
    which no face could be drawn are left out, unless that is all of them."""
    views, small = bank.both_ways(), _thumbnail_frame(frame)
    found: list[Candidate] = []
    for number in range(_PATIENCE * guides):
        if number >= guides and _any_faultless(found):
            return
        rng = np.random.default_rng([seed, number])
        try:
            layout = (draw_layout(bank.shape_model, views, sitter, rng, given=given) if person is None
                      else layout_of_person(person, sitter))
        except CorpusError:
            if number + 1 >= guides and not found:
                raise
            continue
        cast = choose_cast(views, sitter, frame, rng, person=person, given=given.cast if given else None)
        guide_seed = (seed, number, 1)
        thumbnail = compose_guide(views, layout, cast, small, np.random.default_rng(list(guide_seed)))
        faults, nearest, distance, _ = judge_face(thumbnail.colour, thumbnail.landmarks, bank, person=person)
        found.append(Candidate(layout, cast, thumbnail, {**faults, "seam": seam_fault(thumbnail)}, nearest, distance,
                               guide_seed))
        yield number, found[-1]


def _any_faultless(candidates: list[Candidate]) -> bool:
    return any(is_faultless(candidate.faults) for candidate in candidates)
