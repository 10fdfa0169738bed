"""Faults of a portrait, in points: a face that a detector does not find where it was meant to be, a face too like a painted
sitter, a sitter other than was asked for.

A fault of 1 point is one that a viewer would notice; points of different faults are added up.
"""

from typing import Any, NamedTuple, TypeAlias

import numpy as np
from jaxtyping import Float, Float32

from data.landmarks import landmark_error
from features.face.embedding import face_embedding
from features.picture import find_face_at
from models.bank import Bank
from models.view import View
from render.portrait.critique import Reference, nearest_neighbour_distances, sitter_figures
from render.portrait.sitter import FIRM_WISHES, Sitter

Faults: TypeAlias = dict[str, float]
"""{name: points}."""

_UNSEEN = 3.0               # points for a face that the detector does not find ...
_UNSEEN_MOVED = 4.0         # ... and for not knowing whether it is where it was meant to be
_MOVED_NME = 0.02           # landmark error (share of the outer eye distance) that counts 1
_ASTRAY = 2.5               # points of that from which a face counts as not where it should be: thumbnails are read less surely
_ALIKE = 0.1                # distance of face embeddings between a painted person and the photograph that counts 1
_KNOWN = 8.0                # points if a new face is nearer to a painted sitter than usual by the distance _ALIKE
_ANOTHER = 1.5              # points for each attribute that differs from what was asked for ...
_SURE = 0.7                 # ... if the confidence of its measurement is at least this


class Judgement(NamedTuple):
    """What was found in a guide or a painting."""

    faults: Faults
    nearest: str
    """The painted sitter who is most alike, or the photographed person."""
    distance: float
    """How far off they are: face embedding."""
    landmarks_xy: Float[np.ndarray, "68 2"]
    """As they are seen; as they were meant if no face is."""


def judge_face(rgb: Float32[np.ndarray, "H W 3"], intended_xy: Float[np.ndarray, "68 2"], bank: Bank, *,
          person: View | None = None) -> Judgement:
    """The face of a guide or a painting, as an independent detector and the face embedding see it.

    Parameters
    ----------
    rgb : (H, W, 3) float32
        sRGB in [0, 1].
    intended_xy : (68, 2)
        The layout, in texels of `rgb`.
    bank : Bank
    person : View, optional
        The photographed person it should be.

    Returns
    -------
    Judgement
        Faults: `unseen` (the detector does not find the face), `moved` (landmark error of the face found, 1 point per
        0.02), `known` (more like a painted sitter than the corpus' sitters usually are like each other; 0 for a person),
        and for a person `unlike` (1 point per 0.1 of embedding distance to the photograph).
    """
    seen = find_face_at(rgb, intended_xy)
    faults = {"unseen": 0.0 if seen is not None else _UNSEEN, "known": 0.0,
              "moved": landmark_error(seen, intended_xy) / _MOVED_NME if seen is not None else _UNSEEN_MOVED}
    seen_xy = intended_xy if seen is None else seen
    embedding = face_embedding(rgb, seen_xy)
    if person is not None:
        distance = float(np.linalg.norm(embedding - person.embedding))
        return Judgement({**faults, "unlike": distance / _ALIKE}, person.name, distance, seen_xy)
    distances = np.array([np.linalg.norm(embedding - view.embedding) for view in bank.views])
    nearest = int(distances.argmin())
    faults["known"] = _KNOWN * max(0.0, familiarity_limit(bank) - float(distances[nearest])) / _ALIKE
    return Judgement(faults, bank.views[nearest].name, float(distances[nearest]), seen_xy)


def another_fault(rgb: Float32[np.ndarray, "H W 3"], seen_xy: Float[np.ndarray, "68 2"], sitter: Sitter) -> float:
    """Points for a painted sitter who measurably differs from what was asked for.

    Parameters
    ----------
    rgb : (H, W, 3) float32
        The painting, sRGB in [0, 1].
    seen_xy : (68, 2)
        Where the face is seen in it, texels.
    sitter : Sitter
        Who was to be painted; `FIRM_WISHES` alone count.
    """
    wanted: dict[str, Any] = {key: sitter.attributes[key] for key in FIRM_WISHES if key in sitter.attributes}
    figures = sitter_figures(rgb, seen_xy, wanted)
    return sum(_ANOTHER for key, kept in figures["as_asked"].items()
               if kept is False and figures["seen"][key][1] >= _SURE)


def is_faultless(faults: Faults) -> bool:
    """Whether the face was found where it was meant to be, is none that the master painted, and is as asked for."""
    return (faults["unseen"] == 0 and faults.get("known", 0) < 1 and faults["moved"] < _ASTRAY
            and faults.get("another", 0) == 0)


def familiarity_limit(bank: Bank) -> float:
    """Median over the corpus of the distance from a sitter to the most alike other sitter (face embedding)."""
    reference = Reference(tuple(view.name for view in bank.views), np.stack([view.embedding for view in bank.views]))
    return float(np.median(nearest_neighbour_distances(reference)))
