"""The layout: 68 landmarks of a new face, plausible and unlike every sitter of the corpus."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Float64, Int

from data.errors import CorpusError, UsageError
from data.landmarks import LEFT_BROW, LEFT_EYE, LIPS, NOSE, RIGHT_BROW, RIGHT_EYE
from data.saving import save_json
from models.alignment import Frame
from models.shape import ShapeModel, from_frame, to_frame, turn
from models.view import View
from models.view_key import ViewKey
from render.portrait.figure.figure_layout import FigureLayout
from render.portrait.sitter import WISHES, Sitter

Shape: TypeAlias = Float64[np.ndarray, "68 2"]
"""Landmarks in eye units: origin between the eyes, y down, the frame's outer eye distance one."""

NEWNESS = 0.045
"""Least distance to any painted sitter's shape: root mean square over the landmarks, eye units. Two drawings of one sitter
by hand differ by about 0.03."""
TURN_TOLERANCE = 0.14
"""How far the turn of a drawn face may be from the sitter's (`models.shape.turn`)."""
TILT_LIMIT_DEG = 7.0
"""Eyes lean no more than this in a layout: people hold their heads fairly straight for a portrait."""
FEATURES = {"eyes": np.r_[LEFT_BROW, RIGHT_BROW, LEFT_EYE, RIGHT_EYE], "nose": np.r_[NOSE], "mouth": np.r_[LIPS]}
"""What a painted sitter can lend to a layout: landmarks with what surrounds them."""

_MOST_TYPICALITY = 1.6      # root-mean-square weight: the shape model never shows faces above it
_KEPT_TILT = 0.5            # share of a drawn tilt that is kept
_GIVEN_TRUST = 0.01         # standard deviation allowed to given landmarks while the others follow them, eye units
_EXPECTED = ("expected a layout as `atelier compose` writes it: {\"landmarks\": 68 times [x, y] or null, "
             "\"frame\": [width, height]}")


@dataclass(frozen=True, eq=False)
class Layout:
    """The landmarks of a face to be painted, and whose face it is.

    Attributes
    ----------
    shape : (68, 2) float64
        In eye units.
    sitter : Sitter
    typicality : float
        Root-mean-square weight of the shape model: about 1 for the corpus' own sitters.
    nearest, newness : str and float
        The most similar painted sitter, and how far off their shape is: root mean square, eye units.
    """

    shape: Shape
    sitter: Sitter
    typicality: float
    nearest: str
    newness: float

    def landmarks(self, frame: Frame) -> Float64[np.ndarray, "68 2"]:
        """In texels of `frame`."""
        return to_frame(self.shape, frame)

    def save(self, path: Path | str, frame: Frame | None = None, cast: Mapping[str, View] | None = None,
             figure: FigureLayout | None = None) -> None:
        """Write the layout as JSON for people to change: `Given.load` reads it.

        Parameters
        ----------
        path : path
        frame : Frame, optional
            In whose texels the landmarks are written; a plain one if none is given.
        cast : mapping of View by role, optional
            Who lends what, to be kept with the layout.
        figure : FigureLayout, optional
            The layout of the whole figure, to be kept with that of the face.
        """
        frame = frame or Frame()
        save_json(path, {
            "landmarks": np.round(self.landmarks(frame), 3).tolist(), "frame": list(frame.size_px),
            "eye_share": frame.eye_share, "eye_centre": list(frame.eye_centre),
            "sitter": {**self.sitter.attributes, "turn": self.sitter.turn, "template": self.sitter.template},
            "cast": {role: [view.name, bool(view.mirrored)] for role, view in (cast or {}).items()},
            "typicality": self.typicality, "nearest": self.nearest, "newness": self.newness,
            "figure": None if figure is None else figure.to_json()})


@dataclass(frozen=True, eq=False)
class Given:
    """What a layout must keep.

    Attributes
    ----------
    shape : (68, 2) float64
        In eye units, nan where the landmark is free.
    attributes : dict
        Of the sitter that the layout was made for, by wish name.
    cast : dict of ViewKey
        Who lent what to it, by role.
    figure : FigureLayout, optional
        The layout of the whole figure.
    """

    shape: Shape
    attributes: dict[str, Any]
    cast: dict[str, ViewKey]
    figure: FigureLayout | None = None

    @property
    def known(self) -> Int[np.ndarray, " M"]:
        """Which landmarks are given."""
        return np.flatnonzero(np.isfinite(self.shape).all(1))

    @property
    def whole(self) -> bool:
        """Whether every landmark is given: nothing is left to draw."""
        return len(self.known) == len(self.shape)

    @classmethod
    def load(cls, path: Path | str) -> "Given":
        """Read a file that `Layout.save` wrote, in which landmarks may have been moved or set to null; UsageError if it is
        no such file."""
        try:
            held = json.loads(Path(path).read_text(encoding="utf-8"))
            points = [[np.nan, np.nan] if point is None else point for point in held["landmarks"]]
            points_xy, (width, height) = np.array(points, np.float64), held["frame"]
            sitter, cast = dict(held.get("sitter", {})), dict(held.get("cast", {}))
            cast = {role: ViewKey(str(name), bool(mirrored)) for role, (name, mirrored) in cast.items()}
            figure = FigureLayout.of_json(held["figure"]) if held.get("figure") else None
        except OSError as error:
            raise UsageError(f"--layout {path}: cannot be read ({error.strerror}): {_EXPECTED}") from error
        except (ValueError, KeyError, TypeError) as error:
            raise UsageError(f"--layout {path}: {type(error).__name__} {error}: {_EXPECTED}") from error
        if points_xy.shape != (68, 2):
            raise UsageError(f"--layout {path}: {len(points_xy)} landmarks: {_EXPECTED}")
        plain = Frame()
        frame = Frame(int(width), int(height), float(held.get("eye_share", plain.eye_share)),
                      tuple(held.get("eye_centre", plain.eye_centre)))
        return cls(from_frame(points_xy, frame), {key: sitter[key] for key in WISHES if key in sitter}, cast, figure)


def draw_layout(model: ShapeModel, views: Sequence[View], sitter: Sitter, rng: np.random.Generator, *,
                given: Given | None = None, attempts: int = 60) -> Layout:
    """A draw from the shape model given the sitter, kept if level, turned as wished, typical and new.

    Parameters
    ----------
    model : ShapeModel
    views : sequence of View
        Sitters both ways. The painted sitter whom the sitter's wishes name for `eyes`, `nose` or `mouth` lends their
        form; where they stand in the face stays the draw's.
    sitter : Sitter
    rng : numpy.random.Generator
    given : Given, optional
        Landmarks to keep; the draw completes them.
    attempts : int
        Draws at the most. If none of them is all that it should be, the one that misses it least is taken.

    Returns
    -------
    Layout

    Raises
    ------
    CorpusError
        If no draw is even nearly turned as wished: the corpus has too little variety for a new face in that pose.
    """
    lenders = _form_lenders(views, sitter)
    best: tuple[float, Layout] | None = None
    for _ in range(attempts):
        shape = _level(model.sample(rng, sitter.conditions))
        shape = _with_lent_forms(shape, lenders, model, sitter)
        shape = _with_given(shape, given, model, sitter)
        layout = _described(shape, sitter, model, views)
        off_turn = abs(turn(shape) - sitter.turn)
        if given is not None and given.whole:
            return layout
        if off_turn <= TURN_TOLERANCE and layout.newness >= NEWNESS and layout.typicality <= _MOST_TYPICALITY:
            return layout
        fault = off_turn / TURN_TOLERANCE + max(0.0, NEWNESS - layout.newness) / NEWNESS + layout.typicality
        if (given is not None or off_turn <= 2 * TURN_TOLERANCE) and (best is None or fault < best[0]):
            best = (fault, layout)
    if best is None:
        raise CorpusError(
            f"no plausible face with a turn of {sitter.turn:+.2f} could be drawn in {attempts} attempts from "
            f"{len(views)} views: the corpus shows too few heads turned that way; wish for another facing")
    return best[1]


def layout_of_person(person: View, sitter: Sitter) -> Layout:
    """The layout of a photographed person: their own proportions."""
    return Layout(person.shape, sitter, 0.0, person.name, 0.0)


def blend_layouts(first: Layout, second: Layout, share: float) -> Layout:
    """The layout on the way from one sitter to another.

    Parameters
    ----------
    first, second : Layout
        Whoever is nearer gives the sitter.
    share : float
        How far along the way: 0 is the first, 1 the second.
    """
    shape = (1 - share) * first.shape + share * second.shape
    sitter = second.sitter if share >= 0.5 else first.sitter
    return Layout(shape, sitter, (1 - share) * first.typicality + share * second.typicality,
                  first.nearest, min(first.newness, second.newness))


def _form_lenders(views: Sequence[View], sitter: Sitter) -> dict[str, View]:
    """By feature, the view that was wished for to lend its form: as painted or mirrored, whichever is turned more like the
    sitter."""
    return {role: min((view for view in views if view.name == sitter.wishes[role]),
                      key=lambda view: abs(view.turn - sitter.turn))
            for role in FEATURES if role in sitter.wishes}


def _with_lent_forms(shape: Shape, lenders: Mapping[str, View], model: ShapeModel, sitter: Sitter) -> Shape:
    for role, view in lenders.items():
        known = FEATURES[role]
        form = view.shape[known] - view.shape[known].mean(0)
        # The shape model moves the rest of the face to fit; the lent form itself is kept exactly.
        shape = model.complete(known, form + shape[known].mean(0), sitter.conditions, around=shape)
        shape[known] = form + shape[known].mean(0)
    return shape


def _with_given(shape: Shape, given: Given | None, model: ShapeModel, sitter: Sitter) -> Shape:
    """The shape with the given landmarks where they are given, and the others following them."""
    if given is None or not len(given.known):
        return shape
    known = given.known
    shape = model.complete(known, given.shape[known], sitter.conditions, trust=_GIVEN_TRUST, around=shape)
    shape[known] = given.shape[known]
    return shape


def _described(shape: Shape, sitter: Sitter, model: ShapeModel, views: Sequence[View]) -> Layout:
    """The layout of a shape, compared with every painted sitter."""
    gaps = np.sqrt(((np.stack([view.shape for view in views]) - shape) ** 2).sum(-1).mean(-1))
    nearest = int(gaps.argmin())
    return Layout(shape, sitter, model.typicality(shape, sitter.conditions), views[nearest].name, float(gaps[nearest]))


def _level(shape: Shape) -> Shape:
    """The shape rotated so that the line of its eyes is tilted half as much, and by no more than `TILT_LIMIT_DEG`."""
    eyes = shape[RIGHT_EYE].mean(0) - shape[LEFT_EYE].mean(0)
    tilt = np.degrees(np.arctan2(eyes[1], eyes[0]))
    wanted = float(np.clip(tilt * _KEPT_TILT, -TILT_LIMIT_DEG, TILT_LIMIT_DEG))
    angle = np.radians(wanted - tilt)
    cos, sin = np.cos(angle), np.sin(angle)
    return shape @ np.array([[cos, sin], [-sin, cos]])
