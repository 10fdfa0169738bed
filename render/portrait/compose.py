"""Compose a portrait: draw sitters, layouts and casts, judge them at thumbnail size, keep the best.

First the guides of many candidates are judged (about a second each), then the best of them are painted at thumbnail
size and judged again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from jaxtyping import Float32

from data.errors import CorpusError
from data.progress import Progress
from models.alignment import Frame
from models.bank import Bank
from models.composition import describe
from models.composition_copy import CopyVerdict, copy_verdict, limits_of
from models.composition_likeness import CompositionIndex
from models.shape import turn
from models.view import View
from models.view_key import views_by_key
from render.portrait.body_faults import body_measures, weighed
from render.portrait.cast import Cast, choose_cast
from render.portrait.defaults import CANDIDATES
from render.portrait.faults import Faults, another_fault, is_faultless, judge_face
from render.portrait.figure.figure import FIGURE_ROLES, Figure, FigureLayers, draw_figure, figure_of
from render.portrait.guide import Guide, compose_guide
from render.portrait.layout import Given, Layout, blend_layouts, draw_layout, layout_of_person
from render.portrait.painting import paint
from render.portrait.sitter import Sitter, Wishes, draw_sitter, photographed_sitter
from render.synthesis.exemplar import SynthesisSettings

_GUIDES = 3        # least number of compositions whose guides are compared
_PATIENCE = 2      # as long as each of them has a grave fault, up to this many times as many are composed
_COPYING = 3.0     # a composition as like a painting as one work in ten is to another is seen to be no invention
_THUMBNAIL_WIDTH_PX = 384
_THUMBNAIL_EXEMPLARS = 8


@dataclass(frozen=True, eq=False)
class Candidate:
    """One composition.

    Attributes
    ----------
    layout : Layout
        Of the face, with its sitter.
    figure : Figure
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
    refused : str
        Why it is taken only where there is no other: the sentence that calls its composition a copy. Empty for what is none.
    painted : (h, w, 3) float32, optional
        The thumbnail's painting, which was judged; None where only the guide was.
    """

    layout: Layout
    figure: Figure
    cast: Cast
    thumbnail: Guide = field(repr=False)
    faults: Faults
    nearest: str
    distance: float
    seed: tuple[int, ...]
    refused: str = ""
    painted: Float32[np.ndarray, "h w 3"] | None = field(default=None, repr=False)

    @property
    def rank(self) -> tuple[bool, float]:
        """What candidates are ordered by, the least first: copies come last, whatever else speaks for them."""
        return bool(self.refused), self.score

    @property
    def score(self) -> float:
        """All faults together, in points: the lower, the better."""
        return float(sum(self.faults.values()))

    def frame(self, canvas: Frame) -> Frame:
        """The canvas' frame as close to the figure as this composition shows it."""
        return self.figure.layout.framed(canvas)

    @property
    def sitter(self) -> Sitter:
        """Who is to be painted."""
        return self.layout.sitter


def compose(bank: Bank, wishes: Wishes, seed: int, canvas: Frame, *, index: CompositionIndex | None = None,
            person: View | None = None, given: Given | None = None, candidates: int = CANDIDATES,
            progress: Progress | None = None) -> list[Candidate]:
    """Candidates for one sitter, best first: those that were painted small, then those of which only the guide was.

    Parameters
    ----------
    bank : Bank
    wishes : dict
        From `parse_wishes`.
    seed : int
        Decides the sitter; with the candidate's number, the layouts of face and figure and the cast.
    canvas : Frame
        Of the portrait to be painted, as far away as the corpus allows; candidates are judged at 384 texels, each in a frame of
        its own (`Candidate.frame`).
    index : CompositionIndex, optional
        The corpus' compositions, which a new one should not repeat; without it nothing is compared.
    person : View, optional
        Paint this person, from a photograph, with pose and light as they are; only the figure is drawn.
    given : Given, optional
        Landmarks, figure and lenders to keep; the sitter's attributes that go with them count as wishes.
    candidates : int
        How many to choose from; a few more are composed, twice as many while each has a grave fault. The best is painted small,
        and others after it as long as what was painted has a grave fault.
    progress : callable, optional

    Returns
    -------
    list of Candidate

    Raises
    ------
    CorpusError
        If the corpus does not support the wishes.
    """
    guides = max(_GUIDES, candidates)
    total = guides + 2

    def say(done: int) -> None:
        if progress is not None:
            progress(min(done, total), total)

    sitter = _sitter(bank, wishes, seed, person, given)
    found = []
    for number, candidate in _composed(bank, sitter, seed, canvas, guides, index, person, given):
        found.append(candidate)
        say(min(number + 1, guides))
    found.sort(key=lambda candidate: candidate.rank)
    painted: list[Candidate] = []
    for candidate in found[:candidates]:
        if _any_faultless(painted):
            break
        painted.append(paint_thumbnail(candidate, bank, canvas, person=person))
        say(guides + len(painted))
    say(total)
    return sorted(painted, key=lambda candidate: candidate.rank) + found[len(painted):]


def paint_thumbnail(candidate: Candidate, bank: Bank, canvas: Frame, *, person: View | None = None) -> Candidate:
    """The candidate painted at the size of its thumbnail, and judged by that.

    Parameters
    ----------
    candidate : Candidate
    bank : Bank
    canvas : Frame
        That it was composed for.
    person : View, optional
        The photographed person it should be.
    """
    guide = candidate.thumbnail
    painting = paint(guide, bank.both_ways(), _thumbnail_frame(candidate.frame(canvas)),
                     settings=SynthesisSettings(seed=candidate.seed[0]), exemplars=_THUMBNAIL_EXEMPLARS)
    colour = painting.synthesis.colour
    faults, nearest, distance, seen_xy = judge_face(colour, guide.landmarks, bank, person=person)
    another = {"another": another_fault(colour, seen_xy, candidate.sitter)} if person is None else {}
    of_guide = {name: points for name, points in candidate.faults.items() if name not in faults}
    return replace(candidate, faults={**of_guide, **faults, **another}, nearest=nearest, distance=distance, painted=colour)


def walk(bank: Bank, first: Candidate, second: Candidate, canvas: Frame, steps: int,
         progress: Progress | None = None) -> list[Candidate]:
    """Candidates on the way from one to another, both ends included. Face and outline of the figure change by equal steps; the
    cast changes once, in the middle.

    Parameters
    ----------
    bank : Bank
    first, second : Candidate
    canvas : Frame
        That both were composed for.
    steps : int
        How many candidates to make.
    progress : callable, optional

    Returns
    -------
    list of Candidate
        Not painted.
    """
    views, found = bank.both_ways(), []
    for number, share in enumerate(np.linspace(0, 1, steps)):
        nearer = first if share < 0.5 else second
        layout = blend_layouts(first.layout, second.layout, float(share))
        way = nearer.figure.layout.between(first.figure.layout, second.figure.layout, float(share))
        figure = figure_of(nearer.figure.lenders, way, layout.shape, way.framed(canvas))
        thumbnail = compose_guide(views, layout, figure, nearer.cast, _thumbnail_frame(way.framed(canvas)),
                                  np.random.default_rng(list(nearer.seed)), fine=False)
        faults, nearest, distance, _ = judge_face(thumbnail.colour, thumbnail.landmarks, bank)
        found.append(Candidate(layout, figure, nearer.cast, thumbnail, faults, nearest, distance, nearer.seed))
        if progress is not None:
            progress(number + 1, steps)
    return found


def full_guide(candidate: Candidate, bank: Bank, canvas: Frame) -> Guide:
    """The candidate's guide at another size.

    Parameters
    ----------
    candidate : Candidate
    bank : Bank
        From which it was composed.
    canvas : Frame
        At the size of the portrait: the guide shows the same composition as the thumbnail.
    """
    return compose_guide(bank.both_ways(), candidate.layout, candidate.figure, candidate.cast, candidate.frame(canvas),
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


def _composed(bank: Bank, sitter: Sitter, seed: int, canvas: Frame, guides: int, index: CompositionIndex | None,
              person: View | None, given: Given | None) -> Iterator[tuple[int, Candidate]]:
    """Candidates with their numbers, judged by their guides: `guides` of them, and more while each has a fault. Numbers for
    which no face could be drawn are left out, unless that is all of them."""
    views = bank.both_ways()
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
        figure = (_given_figure(views, layout, canvas, given)
                  or draw_figure(views, sitter, layout.shape, canvas, rng, index=index))
        frame = figure.layout.framed(canvas)
        cast = choose_cast(views, sitter, frame, rng, figure.lenders, person=person, given=given.cast if given else None)
        guide_seed, small = (seed, number, 1), _thumbnail_frame(frame)
        layers = figure.layers(small)
        thumbnail = compose_guide(views, layout, figure, cast, small, np.random.default_rng(list(guide_seed)), fine=False,
                                  layers=layers)
        faults, nearest, distance, _ = judge_face(thumbnail.colour, thumbnail.landmarks, bank, person=person)
        copying = _copying(thumbnail, index)
        faults = {**faults, **_figure_faults(thumbnail, figure, layers, small),
                  **{measure: _COPYING * points for measure, points in copying.by_measure.items()}}
        found.append(Candidate(layout, figure, cast, thumbnail, faults, nearest, distance, guide_seed,
                               copying.reason if copying.is_copy else ""))
        yield number, found[-1]


def _figure_faults(guide: Guide, figure: Figure, layers: FigureLayers, frame: Frame) -> Faults:
    """Points for figure and body, by measure, weighed as an eye weighs them."""
    measured = body_measures(guide, layers.figure, layers.ground.lab, frame)
    return weighed({**figure.faults, **guide.join_faults, **measured})


def _copying(guide: Guide, index: CompositionIndex | None) -> CopyVerdict:
    """Whether the composition is too like a painting of the corpus."""
    if index is None:
        return copy_verdict({}, {})
    described = describe(guide.colour, guide.landmarks, index.frame)
    likest = index.likest(described, lenders={key.name for key in guide.cast.values()})
    return copy_verdict(likest, limits_of(index))


def _given_figure(views: Sequence[View], layout: Layout, canvas: Frame, given: Given | None) -> Figure | None:
    """The figure that a layout was saved with, if all of its lenders are in the bank."""
    if given is None or given.figure is None:
        return None
    by_key = views_by_key(views)
    lenders = {role: by_key[given.cast[role]] for role in FIGURE_ROLES if given.cast.get(role) in by_key}
    if len(lenders) < len(FIGURE_ROLES):
        return None
    return figure_of(lenders, given.figure, layout.shape, given.figure.framed(canvas))


def _any_faultless(candidates: list[Candidate]) -> bool:
    return any(is_faultless(candidate.faults) for candidate in candidates)
