"""Where everything goes: 68 landmarks of a face that nobody has, plausible and unlike every sitter in the corpus."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from data.errors import CorpusError, UsageError
from data.files import replacing
from data.landmarks import LEFT_BROW, LEFT_EYE, LIPS, NOSE, RIGHT_BROW, RIGHT_EYE
from models.alignment import Frame
from models.shape import from_frame, to_frame, turn
from render.portrait.sitter import WISHES, Sitter

# Least distance to any painted sitter's shape: root mean square over the landmarks, eye units. Two drawings of one
# sitter by hand differ by about 0.03.
NEWNESS = 0.045
TURN_TOLERANCE = 0.14
TILT_LIMIT_DEG = 7.0
# What a painted sitter can lend to a layout: landmarks with what surrounds them.
FEATURES = {"eyes": np.r_[LEFT_BROW, RIGHT_BROW, LEFT_EYE, RIGHT_EYE], "nose": np.r_[NOSE], "mouth": np.r_[LIPS]}


@dataclass(frozen=True, eq=False)
class Layout:
    """`shape` (68, 2) in eye units; `typicality` root-mean-square weight; `nearest` and `newness`: the most similar
    painted sitter and how far off it is, eye units."""

    shape: np.ndarray
    sitter: Sitter
    typicality: float
    nearest: str
    newness: float

    def landmarks(self, frame):
        """(68, 2) float64 texels of `frame`."""
        return to_frame(self.shape, frame)

    def save(self, path, frame=None, cast=None):
        """Write the layout as JSON, with who lends what if `cast` ({role: View}) is given: `Given.load` reads it."""
        frame = frame or Frame()
        with replacing(path) as beside:
            beside.write_text(json.dumps({
                "landmarks": np.round(self.landmarks(frame), 3).tolist(), "frame": list(frame.size_px),
                "eye_share": frame.eye_share, "eye_centre": list(frame.eye_centre),
                "sitter": {**self.sitter.attributes, "turn": self.sitter.turn, "template": self.sitter.template},
                "cast": {role: [view.name, bool(view.mirrored)] for role, view in (cast or {}).items()},
                "typicality": self.typicality, "nearest": self.nearest, "newness": self.newness}, indent=1,
                ensure_ascii=False), encoding="utf-8")


@dataclass(frozen=True, eq=False)
class Given:
    """What a layout must keep: `shape` (68, 2) in eye units, nan where free; `attributes` of the sitter it was made for;
    `cast` {role: (painting, mirrored)}."""

    shape: np.ndarray
    attributes: dict
    cast: dict

    @property
    def known(self):
        return np.flatnonzero(np.isfinite(self.shape).all(1))

    @classmethod
    def load(cls, path):
        """Read a file that `Layout.save` wrote, in which landmarks may have been moved or set to null.

        Raises
        ------
        UsageError
            If it is no such file.
        """
        expected = ("expected a layout as `atelier compose` writes it: {\"landmarks\": 68 times [x, y] or null, "
                    "\"frame\": [width, height]}")
        try:
            held = json.loads(Path(path).read_text(encoding="utf-8"))
            points = [[np.nan, np.nan] if point is None else point for point in held["landmarks"]]
            points, (width, height) = np.array(points, np.float64), held["frame"]
            sitter, cast = dict(held.get("sitter", {})), dict(held.get("cast", {}))
            cast = {role: (str(name), bool(mirrored)) for role, (name, mirrored) in cast.items()}
        except OSError as error:
            raise UsageError(f"--layout {path}: cannot be read ({error.strerror}): {expected}") from error
        except (ValueError, KeyError, TypeError) as error:
            raise UsageError(f"--layout {path}: {type(error).__name__} {error}: {expected}") from error
        if points.shape != (68, 2):
            raise UsageError(f"--layout {path}: {len(points)} landmarks: {expected}")
        plain = Frame()
        frame = Frame(int(width), int(height), float(held.get("eye_share", plain.eye_share)),
                      tuple(held.get("eye_centre", plain.eye_centre)))
        return cls(from_frame(points, frame), {key: sitter[key] for key in WISHES if key in sitter}, cast)


def draw_layout(model, views, sitter, rng, *, given=None, attempts=60):
    """A draw from the shape model given the sitter, kept if level, turned as wished, typical and new.

    Parameters
    ----------
    model : ShapeModel
    views : list of View
        Sitters both ways. The painted sitter whom the sitter's wishes name for `eyes`, `nose` or `mouth` lends their
        form; where they stand in the face stays the draw's.
    sitter : Sitter
    rng : numpy.random.Generator
    given : Given, optional
        Landmarks to keep; the draw completes them.

    Raises
    ------
    CorpusError
        If no draw of `attempts` is acceptable: the corpus has too little variety for a new face in that pose.
    """
    painted = np.stack([view.shape for view in views])
    lenders = {role: min((view for view in views if view.name == sitter.wishes[role]),
                         key=lambda view: abs(view.turn - sitter.turn))
               for role in FEATURES if role in sitter.wishes}
    best = None
    for _ in range(attempts):
        shape = _level(model.sample(rng, sitter.conditions))
        for role, view in lenders.items():
            known = FEATURES[role]
            form = view.shape[known] - view.shape[known].mean(0)
            # The rest of the face makes room, by the master's proportions; the lent form itself stays whole.
            shape = model.complete(known, form + shape[known].mean(0), sitter.conditions, around=shape)
            shape[known] = form + shape[known].mean(0)
        if given is not None and len(given.known):
            shape = model.complete(given.known, given.shape[given.known], sitter.conditions, trust=0.01, around=shape)
            shape[given.known] = given.shape[given.known]
        typicality = model.typicality(shape, sitter.conditions)
        gaps = np.sqrt(((painted - shape) ** 2).sum(-1).mean(-1))
        nearest = int(gaps.argmin())
        off_turn = abs(turn(shape) - sitter.turn)
        layout = Layout(shape, sitter, typicality, views[nearest].name, float(gaps[nearest]))
        if given is not None and len(given.known) == len(shape):
            return layout
        if off_turn <= TURN_TOLERANCE and gaps[nearest] >= NEWNESS and typicality <= 1.6:
            return layout
        fault = off_turn / TURN_TOLERANCE + max(0.0, NEWNESS - gaps[nearest]) / NEWNESS + typicality
        if (given is not None or off_turn <= 2 * TURN_TOLERANCE) and (best is None or fault < best[0]):
            best = (fault, layout)
    if best is None:
        raise CorpusError(
            f"no plausible face with a turn of {sitter.turn:+.2f} could be drawn in {attempts} attempts from "
            f"{len(views)} views: the corpus shows too few heads turned that way; wish for another facing")
    return best[1]


def blend_layouts(first, second, share):
    """The layout `share` of the way from the first sitter to the second (0 first, 1 second)."""
    shape = (1 - share) * first.shape + share * second.shape
    sitter = second.sitter if share >= 0.5 else first.sitter
    return Layout(shape, sitter, (1 - share) * first.typicality + share * second.typicality,
                  first.nearest, min(first.newness, second.newness))


def _level(shape):
    """Turn the face so that its eyes lean no more than people let them in a portrait."""
    eyes = shape[RIGHT_EYE].mean(0) - shape[LEFT_EYE].mean(0)
    tilt = np.degrees(np.arctan2(eyes[1], eyes[0]))
    wanted = float(np.clip(tilt * 0.5, -TILT_LIMIT_DEG, TILT_LIMIT_DEG))
    angle = np.radians(wanted - tilt)
    cos, sin = np.cos(angle), np.sin(angle)
    return shape @ np.array([[cos, sin], [-sin, cos]])
