"""Where everything goes: 68 landmarks of a face that nobody has, plausible and unlike every sitter in the corpus."""

import json
from dataclasses import dataclass

import numpy as np

from data.errors import CorpusError
from data.files import replacing
from data.landmarks import LEFT_EYE, RIGHT_EYE
from models.alignment import Frame
from models.shape import to_frame, turn
from render.sitter import Sitter

# Least distance to any painted sitter's shape: root mean square over the landmarks, eye units. Two drawings of one
# sitter by hand differ by about 0.03.
NEWNESS = 0.045
TURN_TOLERANCE = 0.14
TILT_LIMIT_DEG = 7.0


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

    def save(self, path, frame=None):
        frame = frame or Frame()
        with replacing(path) as beside:
            beside.write_text(json.dumps({
                "landmarks": np.round(self.landmarks(frame), 3).tolist(), "frame": list(frame.size_px),
                "sitter": {**self.sitter.attributes, "turn": self.sitter.turn, "template": self.sitter.template},
                "typicality": self.typicality, "nearest": self.nearest, "newness": self.newness}, indent=1))


def draw_layout(model, views, sitter, rng, *, attempts=60):
    """A draw from the shape model given the sitter, kept if level, turned as wished, typical and new.

    Raises
    ------
    CorpusError
        If no draw of `attempts` is acceptable: the corpus has too little variety for a new face in that pose.
    """
    painted = np.stack([view.shape for view in views])
    best = None
    for _ in range(attempts):
        shape = model.sample(rng, sitter.conditions)
        shape = _level(shape)
        typicality = model.typicality(shape, sitter.conditions)
        gaps = np.sqrt(((painted - shape) ** 2).sum(-1).mean(-1))
        nearest = int(gaps.argmin())
        off_turn = abs(turn(shape) - sitter.turn)
        layout = Layout(shape, sitter, typicality, views[nearest].name, float(gaps[nearest]))
        if off_turn <= TURN_TOLERANCE and gaps[nearest] >= NEWNESS and typicality <= 1.6:
            return layout
        fault = off_turn / TURN_TOLERANCE + max(0.0, NEWNESS - gaps[nearest]) / NEWNESS + typicality
        if off_turn <= 2 * TURN_TOLERANCE and (best is None or fault < best[0]):
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
