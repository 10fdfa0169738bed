"""Compose a portrait before any paint is spent: draw sitters, layouts and casts, judge them small, keep the best.

A candidate costs about a second. Judging looks for what gives a portrait away: a face that a detector does not see
where it was meant to be, a face too like a painted sitter, a seam that shows.
"""

from dataclasses import dataclass, field

import cv2
import numpy as np

from data.errors import CorpusError
from data.landmarks import landmark_error
from features.embedding import face_embedding
from features.networks import run_hog, run_predictor
from render.guide import Guide, choose_cast, compose_guide
from render.layout import Layout, draw_layout
from render.sitter import Sitter, attributes_of, draw_sitter

CANDIDATES = 6
_PATIENCE = 3      # how many times as many candidates are tried while each has a fault
_THUMBNAIL_WIDTH_PX = 520


@dataclass(frozen=True, eq=False)
class Candidate:
    """One composition: its layout (with its sitter), who lends what, a thumbnail of its guide, and its faults.

    `faults`: {name: points}; their sum is the `score`, the lower the better. `nearest` is the painted sitter whose
    face is most alike, `distance` how far off it is (face embedding). `seed` makes the guide again at any size.
    """

    layout: Layout
    cast: dict
    thumbnail: Guide = field(repr=False)
    faults: dict
    nearest: str
    distance: float
    seed: tuple

    @property
    def score(self):
        return float(sum(self.faults.values()))

    @property
    def sitter(self):
        return self.layout.sitter


def compose(bank, wishes, seed, frame, *, person=None, candidates=CANDIDATES, progress=None):
    """Candidates for one sitter, best first.

    Parameters
    ----------
    bank : Bank
    wishes : dict
        From `parse_wishes`.
    seed : int
        Decides the sitter; with the candidate's number, the layout and the cast.
    candidates : int
        How many to compare; up to three times as many are tried while each has a fault.
    frame : Frame
        Of the portrait to be painted; candidates are judged at 520 texels.
    person : View, optional
        Paint this person, from a photograph, with pose and light as they are; only the scene is drawn.

    Raises
    ------
    CorpusError
        If the corpus does not support the wishes.
    """
    views = bank.both_ways()
    sitter = draw_sitter(views, wishes, np.random.default_rng([seed])) if person is None else _as_sitter(person, wishes)
    small = frame.scaled(min(_THUMBNAIL_WIDTH_PX, frame.width_px))
    found, number = [], -1
    while number + 1 < candidates or (number + 1 < _PATIENCE * candidates and not any(map(_faultless, found))):
        number += 1
        rng = np.random.default_rng([seed, number])
        try:
            layout = draw_layout(bank.shape_model, views, sitter, rng) if person is None else portrayed(person, sitter)
        except CorpusError:
            if number + 1 >= candidates and not found:
                raise
            continue
        cast = choose_cast(views, sitter, frame, rng, person=person)
        thumbnail = compose_guide(views, layout, cast, small, np.random.default_rng([seed, number, 1]))
        verdict = judge(thumbnail, bank, small, person=person)
        found.append(Candidate(layout, cast, thumbnail, *verdict, (seed, number, 1)))
        if progress is not None:
            progress(number + 1, max(candidates, number + 1))
    return sorted(found, key=lambda candidate: candidate.score)


def _faultless(candidate):
    """Seen, where it was meant to be, and nobody the master painted."""
    return candidate.faults["unseen"] == 0 and candidate.faults.get("known", 0) == 0 and candidate.faults["moved"] < 1


def full_guide(candidate, bank, frame):
    """The candidate's guide at the size of `frame`: the same composition as its thumbnail."""
    return compose_guide(bank.both_ways(), candidate.layout, candidate.cast, frame,
                         np.random.default_rng(list(candidate.seed)))


def _as_sitter(person, wishes):
    return Sitter({**attributes_of(person), **wishes}, person.turn, person.name, dict(wishes))


def portrayed(person, sitter):
    """The layout of a photographed person: their own proportions."""
    return Layout(person.shape, sitter, 0.0, person.name, 0.0)


def judge(guide, bank, frame, *, person=None):
    """(faults, name of the most alike painted sitter, embedding distance to it) of a guide or a painting.

    Faults: `unseen` (the detector does not find the face), `moved` (landmark error of the face found, 1 point per
    0.04), `known` (more like a painted sitter than the corpus' sitters usually are like each other); with a `person`,
    `unlike` (1 point per 0.1 of embedding distance to the photograph) instead of `known`.
    """
    scale = max(1.0, 90.0 / frame.eye_distance_px)
    picture = cv2.resize(guide.colour, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    wanted = (guide.landmarks + 0.5) * scale - 0.5
    seen = redetected(picture, wanted)
    faults = {"unseen": 0.0 if seen is not None else 3.0, "known": 0.0,
              "moved": landmark_error(seen, wanted) / 0.04 if seen is not None else 2.0}
    seen = wanted if seen is None else seen
    embedding = face_embedding(picture, seen)
    distances = np.array([np.linalg.norm(embedding - view.embedding) for view in bank.views])
    nearest = int(distances.argmin())
    if person is not None:
        distance = float(np.linalg.norm(embedding - person.embedding))
        return {**faults, "unlike": distance / 0.1}, person.name, distance
    faults["known"] = 8.0 * max(0.0, familiarity_limit(bank) - float(distances[nearest])) / 0.1
    return faults, bank.views[nearest].name, float(distances[nearest])


def redetected(rgb, wanted_xy):
    """The landmarks (68, 2) that dlib's detector, at its normal threshold, and predictor see where a face was meant to
    be; None if the detector sees no face there."""
    picture = np.round(np.clip(rgb, 0, 1) * 255).astype(np.uint8)
    centre = wanted_xy.mean(0)
    boxes = [box for box in run_hog(picture)[0] if box[0] < centre[0] < box[2] and box[1] < centre[1] < box[3]]
    if not boxes:
        return None
    return run_predictor(picture, min(boxes, key=lambda box: np.hypot(*(np.reshape(box, (2, 2)).mean(0) - centre))))


def familiarity_limit(bank):
    """Median over the corpus of the distance from a sitter to the most alike other sitter (face embedding)."""
    known = np.stack([view.embedding for view in bank.views])
    gaps = np.linalg.norm(known[:, None] - known[None], axis=-1) + 9.0 * np.eye(len(known))
    return float(np.median(gaps.min(1)))
