"""Compose a portrait before much paint is spent: draw sitters, layouts and casts, judge them small, keep the best.

First the guides of many candidates are judged (about a second each), then the best of them are painted at thumbnail
size and judged again. Judging looks for what gives a portrait away: a face that a detector does not see where it was
meant to be, a face too like a painted sitter, another sitter than was asked for, a passage copied whole.
"""

from dataclasses import dataclass, field, replace

import numpy as np

from data.errors import CorpusError
from data.landmarks import landmark_error
from features.face.embedding import face_embedding
from features.picture import find_face_at
from models.shape import turn
from render.portrait.critique import Reference, nearest_neighbour_distances, sitter_figures, source_figures
from render.portrait.defaults import CANDIDATES
from render.portrait.guide import Guide, choose_cast, compose_guide
from render.portrait.layout import Layout, blend_layouts, draw_layout
from render.portrait.painting import paint
from render.portrait.sitter import Sitter, attributes_of, draw_sitter
from render.synthesis.patch import SynthesisSettings

_GUIDES = 6        # compositions whose guides are compared, at the least
_PATIENCE = 3      # how many times as many are tried while each has a fault
_THUMBNAIL_WIDTH_PX = 384
_THUMBNAIL_EXEMPLARS = 8
# What a portrait must not get wrong about its sitter, and how sure measuring must be to say so.
_FIRM = ("sex", "facing", "facial_hair", "headwear")
_SURE = 0.7
_SHARE_LIMIT, _REGION_LIMIT = 0.30, 0.04


@dataclass(frozen=True, eq=False)
class Candidate:
    """One composition: its layout (with its sitter), who lends what, a thumbnail of its guide, and its faults.

    `faults`: {name: points}; their sum is the `score`, the lower the better. `nearest` is the painted sitter whose
    face is most alike, `distance` how far off it is (face embedding). `seed` makes the guide again at any size.
    `painted` (h, w, 3) float32 is the thumbnail's painting, which was judged; None where only the guide was.
    """

    layout: Layout
    cast: dict
    thumbnail: Guide = field(repr=False)
    faults: dict
    nearest: str
    distance: float
    seed: tuple
    painted: np.ndarray | None = field(default=None, repr=False)

    @property
    def score(self):
        return float(sum(self.faults.values()))

    @property
    def sitter(self):
        return self.layout.sitter


def compose(bank, wishes, seed, frame, *, person=None, given=None, candidates=CANDIDATES, progress=None):
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

    Raises
    ------
    CorpusError
        If the corpus does not support the wishes.
    """
    views = bank.both_ways()
    if person is not None:
        sitter = _as_sitter(person, wishes)
    else:
        sitter = draw_sitter(views, {**(given.attributes if given else {}), **wishes}, np.random.default_rng([seed]))
        if given is not None and len(given.known) == 68:
            sitter = replace(sitter, turn=turn(given.shape))
    small = frame.scaled(min(_THUMBNAIL_WIDTH_PX, frame.width_px))
    guides = max(_GUIDES, 2 * candidates)
    total = guides + 2 * candidates
    found, number = [], -1
    while number + 1 < guides or (number + 1 < _PATIENCE * guides and not any(map(_faultless, found))):
        number += 1
        rng = np.random.default_rng([seed, number])
        try:
            layout = (draw_layout(bank.shape_model, views, sitter, rng, given=given) if person is None
                      else portrayed(person, sitter))
        except CorpusError:
            if number + 1 >= guides and not found:
                raise
            continue
        cast = choose_cast(views, sitter, frame, rng, person=person, given=given.cast if given else None)
        thumbnail = compose_guide(views, layout, cast, small, np.random.default_rng([seed, number, 1]))
        faults, nearest, distance, _ = judge(thumbnail.colour, thumbnail.landmarks, bank, person=person)
        found.append(Candidate(layout, cast, thumbnail, {**faults, "seam": _seam(thumbnail)}, nearest, distance,
                               (seed, number, 1)))
        if progress is not None:
            progress(min(number + 1, guides), total)
    found.sort(key=lambda candidate: candidate.score)
    painted = []
    for candidate in found:
        if len(painted) >= candidates and (len(painted) >= 2 * candidates or any(map(_faultless, painted))):
            break
        painted.append(paint_thumbnail(candidate, bank, small, person=person))
        if progress is not None:
            progress(min(guides + 2 * len(painted), total), total)
    if progress is not None:
        progress(total, total)
    return sorted(painted, key=lambda candidate: candidate.score) + found[len(painted):]


def paint_thumbnail(candidate, bank, small, *, person=None):
    """The candidate painted at the size of its thumbnail, and judged by that."""
    guide, sitter = candidate.thumbnail, candidate.sitter
    painting = paint(guide, bank.both_ways(), small, settings=SynthesisSettings(seed=candidate.seed[0]),
                     exemplars=_THUMBNAIL_EXEMPLARS)
    colour = painting.synthesis.colour
    faults, nearest, distance, seen_xy = judge(colour, guide.landmarks, bank, person=person)
    if person is None:
        wanted = {key: sitter.attributes[key] for key in _FIRM if key in sitter.attributes}
        figures = sitter_figures(colour, seen_xy, wanted)
        faults["another"] = sum(1.5 for key, kept in figures["as_asked"].items()
                                if kept is False and figures["seen"][key][1] >= _SURE)
    figures = source_figures(painting.synthesis.source, painting.names)
    faults["seam"] = _seam(guide)
    faults["copied"] = (max(0.0, figures["largest_share"] / _SHARE_LIMIT - 1) * 4
                        + max(0.0, figures["largest_region_share"] / _REGION_LIMIT - 1))
    return replace(candidate, faults=faults, nearest=nearest, distance=distance, painted=colour)


def _seam(guide):
    """A point for every 8 units of Lab by which two paintings differ along their seam, beyond what goes unseen."""
    return max(0.0, guide.seam - 5.0) / 8.0


def _faultless(candidate):
    """Seen, where it was meant to be, nobody the master painted, and who was asked for."""
    faults = candidate.faults
    return (faults["unseen"] == 0 and faults.get("known", 0) < 1 and faults["moved"] < 1
            and faults.get("another", 0) == 0 and faults.get("copied", 0) < 0.5)


def walk(bank, first, second, frame, steps, progress=None):
    """From one candidate to another in `steps` layouts, ends included: [Candidate], whose guides are thumbnails.

    The face goes over by equal steps; who lends the paint changes in the middle.
    """
    views, small, found = bank.both_ways(), frame.scaled(min(_THUMBNAIL_WIDTH_PX, frame.width_px)), []
    for number, share in enumerate(np.linspace(0, 1, steps)):
        nearer = first if share < 0.5 else second
        layout = blend_layouts(first.layout, second.layout, float(share))
        thumbnail = compose_guide(views, layout, nearer.cast, small, np.random.default_rng(list(nearer.seed)))
        faults, nearest, distance, _ = judge(thumbnail.colour, thumbnail.landmarks, bank)
        found.append(Candidate(layout, nearer.cast, thumbnail, faults, nearest, distance, nearer.seed))
        if progress is not None:
            progress(number + 1, steps)
    return found


def full_guide(candidate, bank, frame):
    """The candidate's guide at the size of `frame`: the same composition as its thumbnail."""
    return compose_guide(bank.both_ways(), candidate.layout, candidate.cast, frame,
                         np.random.default_rng(list(candidate.seed)))


def _as_sitter(person, wishes):
    return Sitter({**attributes_of(person), **wishes}, person.turn, person.name, dict(wishes))


def portrayed(person, sitter):
    """The layout of a photographed person: their own proportions."""
    return Layout(person.shape, sitter, 0.0, person.name, 0.0)


def judge(rgb, intended_xy, bank, *, person=None):
    """(faults, name of the most alike painted sitter, embedding distance to it, landmarks) of a guide or a painting; the
    landmarks are those seen, or the intended ones if no face is.

    Faults: `unseen` (the detector does not find the face), `moved` (landmark error of the face found, 1 point per
    0.04), `known` (more like a painted sitter than the corpus' sitters usually are like each other); with a `person`,
    `unlike` (1 point per 0.1 of embedding distance to the photograph) instead of `known`.
    """
    seen = find_face_at(rgb, intended_xy)
    faults = {"unseen": 0.0 if seen is not None else 3.0, "known": 0.0,
              "moved": landmark_error(seen, intended_xy) / 0.04 if seen is not None else 2.0}
    seen_xy = intended_xy if seen is None else seen
    embedding = face_embedding(rgb, seen_xy)
    distances = np.array([np.linalg.norm(embedding - view.embedding) for view in bank.views])
    nearest = int(distances.argmin())
    if person is not None:
        distance = float(np.linalg.norm(embedding - person.embedding))
        return {**faults, "unlike": distance / 0.1}, person.name, distance, seen_xy
    faults["known"] = 8.0 * max(0.0, familiarity_limit(bank) - float(distances[nearest])) / 0.1
    return faults, bank.views[nearest].name, float(distances[nearest]), seen_xy


def familiarity_limit(bank):
    """Median over the corpus of the distance from a sitter to the most alike other sitter (face embedding)."""
    reference = Reference(tuple(view.name for view in bank.views), np.stack([view.embedding for view in bank.views]))
    return float(np.median(nearest_neighbour_distances(reference)))
