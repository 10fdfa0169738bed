"""The figure of a portrait: who lends body, garment and ground, and the layout that they are brought to.

Many are planned small (`render.portrait.figure.plan`); the bodies of the best are carried in other ways, until their paintings
are hardly found in it, and a ground is chosen that makes the whole unlike any one painting.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from jaxtyping import Bool, Float, Float32, Float64

from data.colour import lab_to_rgb
from data.errors import CorpusError
from data.parts import Part
from models.alignment import Frame
from models.composition import Composition, describe
from models.composition_likeness import CompositionIndex
from models.likeness import ground_misfit, role_misfit
from models.shape import to_frame
from models.view import View
from render.imaging.filters import soften
from render.portrait.figure.body import Body, body_of
from render.portrait.figure.build import BuiltFigure, build_figure
from render.portrait.figure.figure_layout import FigureLayout, Way
from render.portrait.figure.ground import carried_ground, plain_ground, surfaced
from render.portrait.figure.outline import draw_outline
from render.portrait.figure.plan import PLANNING_PX, Plan, carried_otherwise, make_plans
from render.portrait.layer import Layer
from render.portrait.provenance import Provenance
from render.portrait.sitter import Sitter

_NEAREST = 36               # bodies that fit the sitter best: more than a dozen, so that outlines vary; few enough to carry all
_MOST_OUTLINES = 5          # drawn until there is one on which two bodies can be joined
_CARRIED_AGAIN = 2          # other ways tried for each of the best plans ...
_BEST_PLANS = 1             # ... of which there are so many
_JUDGED_PX = 288            # width at which a figure is compared with the corpus
_FORMATS = {"half-length": 1.0, "bust": 1.45, "head": 2.1}
"""How many times closer than a half-length each format is seen."""
_CLOSER, _CLOSER_SHARES = (1.0, 1.12, 1.25), (0.45, 0.35, 0.2)
_ASIDE, _MOST_ASIDE = 0.025, 0.05   # share of the width: standard deviation, and limit
_HAND_COUNTS = {"none": 0, "one": 1, "two": 2}
_OTHER_HANDS = 4.0          # points for each hand more or less than was wished for
_DYED = 0.25                # share of figures whose cloth is dyed
# Points for likeness: correlation of lightness above that which two works of one master usually have, for each tenth; and
# keypoints that agree beyond those that any two works have.
_CORRELATION, _CORRELATION_EACH, _AGREEING, _AGREEING_EACH = 0.5, 0.05, 5.0, 5.0


FIGURE_ROLES = ("body", "second", "ground")
"""Who lends what to a figure."""


@dataclass(frozen=True, eq=False)
class Figure:
    """A figure without its head.

    Attributes
    ----------
    first, second : Body
        Who lends the body, and who takes over where `layout.reason` says.
    ground : View
        Whose ground it stands before.
    layout : FigureLayout
    faults : dict
        Points by name, as `render.portrait.figure.plan` gives them.
    """

    first: Body
    second: Body
    ground: View
    layout: FigureLayout
    faults: dict[str, float] = field(default_factory=dict)

    @property
    def lenders(self) -> dict[str, View]:
        """Who lends, by role."""
        return {"body": self.first.view, "second": self.second.view, "ground": self.ground}

    def layers(self, frame: Frame) -> "FigureLayers":
        """The figure and its ground at any size.

        Parameters
        ----------
        frame : Frame
            Of the portrait.
        """
        return FigureLayers(build_figure(self.first, self.second, self.layout, frame), _ground_layer(self, frame))


@dataclass(frozen=True, eq=False)
class FigureLayers:
    """`figure`: body, garment and hands; `ground`: all of the frame, behind it."""

    figure: BuiltFigure
    ground: Layer


def figure_of(lenders: Mapping[str, View], layout: FigureLayout, shape: Float[np.ndarray, "68 2"], frame: Frame) -> Figure:
    """The figure that certain lenders give.

    Parameters
    ----------
    lenders : mapping of View
        For the roles body, second and ground.
    layout : FigureLayout
    shape : (68, 2) float
        Layout of the face, eye units.
    frame : Frame
        Of the portrait, at any size.
    """
    return Figure(body_of(lenders["body"], shape, frame), body_of(lenders["second"], shape, frame), lenders["ground"], layout)


def draw_figure(views: Sequence[View], sitter: Sitter, shape: Float[np.ndarray, "68 2"], canvas: Frame,
                rng: np.random.Generator, *, index: CompositionIndex | None = None) -> Figure:
    """A figure for a sitter, as unlike any one painting as the corpus allows.

    Parameters
    ----------
    views : sequence of View
        Sitters both ways.
    sitter : Sitter
        Wishes for format, hands, ground, clothing_hue and for the lenders body, second and ground are met as far as can be.
    shape : (68, 2) float
        Layout of the face, eye units.
    canvas : Frame
        The closest that the corpus allows (`models.bank.Bank.cropped`); the figure may be seen closer.
    rng : numpy.random.Generator
    index : CompositionIndex, optional
        The corpus' compositions; without it likeness is not looked at.

    Returns
    -------
    Figure
    """
    closer = _FORMATS[sitter.wishes["format"]] if "format" in sitter.wishes else float(rng.choice(_CLOSER, p=_CLOSER_SHARES))
    aside = float(np.clip(rng.normal(0, _ASIDE), -_MOST_ASIDE, _MOST_ASIDE))
    closer = max(1.0, closer * 0.125 / canvas.eye_share)
    plans = _plans(views, sitter, shape, canvas, closer, aside, index, rng)
    best = min((_carried_again(plan, sitter, canvas, shape, index, rng) for plan in plans[:_BEST_PLANS]),
               key=lambda plan: plan.fault)
    layout = replace(best.layout, dye=_dye(views, sitter, best, rng), grain=int(rng.integers(2 ** 31)))
    bare = Figure(best.first, best.second, best.first.view, layout, dict(best.faults))
    return _with_ground(bare, views, sitter, canvas, shape, index, rng)


def _plans(views: Sequence[View], sitter: Sitter, shape: Float[np.ndarray, "68 2"], canvas: Frame, closer: float, aside: float,
           index: CompositionIndex | None, rng: np.random.Generator) -> list[Plan]:
    """Plans, best first, for a figure so close and so far aside."""
    frame = FigureLayout.framing(canvas, closer, aside)
    wished = sitter.wishes.get("body"), sitter.wishes.get("second")
    misfits = np.array([role_misfit(view, sitter, "body", frame, {}) for view in views])
    order = np.lexsort((misfits, np.array([view.name not in wished for view in views])))[:_NEAREST]
    bodies, kept = [body_of(views[number], shape, frame) for number in order], misfits[order]
    plans: list[Plan] = []
    for _ in range(_MOST_OUTLINES):
        plans += make_plans(bodies, kept, draw_outline(bodies, rng), frame, rng, index=index, wished=wished)
        if plans:
            break
    if not plans:
        raise CorpusError(f"no two of {len(bodies)} paintings show so much of a body that a new figure could be made of them: "
                          "wish for a closer format (--sitter format=bust, or head), or add half-length portraits")
    wanted = _HAND_COUNTS.get(sitter.wishes.get("hands", ""))
    for plan in plans:
        if wanted is not None:
            plan.faults["other hands"] = _OTHER_HANDS * abs(plan.hands - wanted)
    return [replace(plan, layout=replace(plan.layout, closer=closer, aside=aside))
            for plan in sorted(plans, key=lambda plan: plan.fault)]


def _carried_again(plan: Plan, sitter: Sitter, canvas: Frame, shape: Float[np.ndarray, "68 2"], index: CompositionIndex | None,
                   rng: np.random.Generator) -> Plan:
    """The plan with its bodies carried in that way, of several, in which its lenders' paintings are found least."""
    if index is None:
        return plan
    found: list[Plan] = []
    for number in range(_CARRIED_AGAIN):
        frame = plan.layout.framed(canvas).scaled(_JUDGED_PX)
        tried = plan if number == 0 else carried_otherwise(plan, frame, rng, index)
        built = build_figure(tried.first, tried.second, tried.layout, frame)
        names = index.versions_of(tried.first.view.name) | index.versions_of(tried.second.view.name)
        described = _described(built.layer.lab, built.layer.valid, np.array([25.0, 2.0, 5.0], np.float32), shape, frame, index,
                               with_keypoints=True)
        agreeing = float(index.keypoint_agreements(described, np.isin(index.names * 2, list(names))).max())
        found.append(replace(tried, faults={**tried.faults, "agreeing": max(0.0, agreeing - _AGREEING) / _AGREEING_EACH}))
    return min(found, key=lambda plan: plan.fault)


def _described(lab: Float32[np.ndarray, "H W 3"], body: Bool[np.ndarray, "H W"], ground: Float32[np.ndarray, "*H 3"],
               shape: Float[np.ndarray, "68 2"], frame: Frame, index: CompositionIndex, *, with_keypoints: bool) -> Composition:
    """The composition of a body before a ground, its head left out."""
    share = soften(body, 0.03 * frame.eye_distance_px)[..., None]
    picture = lab_to_rgb((lab * share + ground * (1 - share)).astype(np.float32))
    return describe(picture, to_frame(np.asarray(shape), frame), index.frame, embedded=False, with_keypoints=with_keypoints)


def _dye(views: Sequence[View], sitter: Sitter, plan: Plan, rng: np.random.Generator) -> tuple[float, float, float] | None:
    """What the garment's cloth is brought to: the wished hue as the master painted it, or now and then another sitter's."""
    drawn, other = rng.random(), views[int(rng.integers(len(views)))]
    wished = sitter.wishes.get("clothing_hue")
    if wished is not None:
        tones = np.array([view.tones[Part.CLOTHING] for view in views if view.value("clothing_hue") == wished])
        if len(tones) and plan.first.view.value("clothing_hue") != wished:
            return _three(np.nanmedian(tones, 0))
        return None
    tone = other.tones[Part.CLOTHING]
    return None if drawn >= _DYED or plan.first.hard or np.isnan(tone).any() else _three(tone)


def _three(lab: Float64[np.ndarray, " 3"]) -> tuple[float, float, float]:
    return float(lab[0]), float(lab[1]), float(lab[2])


def _with_ground(figure: Figure, views: Sequence[View], sitter: Sitter, canvas: Frame, shape: Float[np.ndarray, "68 2"],
                 index: CompositionIndex | None, rng: np.random.Generator) -> Figure:
    """The figure before the ground that goes with it and makes the whole unlike any one painting."""
    frame = figure.layout.framed(canvas).scaled(PLANNING_PX)
    built = build_figure(figure.first, figure.second, figure.layout, frame)
    tone = np.median(built.layer.lab[built.layer.valid], 0) if built.layer.valid.any() else np.array([20.0, 2.0, 5.0])
    taken = {name for body in (figure.first, figure.second)
             for name in (index.versions_of(body.view.name) if index is not None else {body.view.name})}
    pool = [view for view in views if view.name not in taken] or list(views)
    misfits = np.array([ground_misfit(view, sitter, figure.first.view, tone) for view in pool])
    misfits = misfits + _GROUND_CHANCE * rng.gumbel(size=len(pool))
    tried: list[tuple[float, float, Figure]] = []
    for number in np.argsort(misfits, kind="stable")[:_GROUNDS]:
        for layout in _ground_layouts(figure.layout, pool[number], sitter, rng):
            option = replace(figure, ground=pool[number], layout=layout)
            layer = _ground_layer(option, frame, surface=False)
            likeness = 0.0
            if index is not None:
                described = _described(built.layer.lab, built.layer.valid, layer.lab, shape, frame, index, with_keypoints=False)
                likeness = max(0.0, float(index.correlations(described).max()) - _CORRELATION) / _CORRELATION_EACH
            tried.append((float(misfits[number]) + likeness, likeness, option))
    _, _, best = min(tried, key=lambda each: each[0])
    return replace(best, faults={name: points for name, points in best.faults.items() if name != "likeness"})


_GROUND_CHANCE = 0.5        # by how much chance moves a ground's misfit
_GROUNDS = 8                # grounds that are looked at, each in several ways
_OPENED = 0.5               # share of grounds with something in them that are taken with it, not made plain
_LIFTS = (0.0, -4.0, 5.0)   # L* by which a plain ground is tried lighter


def _ground_layouts(layout: FigureLayout, view: View, sitter: Sitter, rng: np.random.Generator) -> list[FigureLayout]:
    """The ways in which a painting's ground may stand behind the figure."""
    way = _ground_way(view, sitter, rng)
    if way is not None:
        return [replace(layout, ground=way)]
    return [replace(layout, ground=None, ground_flipped=flipped, ground_lift=lift)
            for flipped in (False, True) for lift in _LIFTS]


def _ground_way(view: View, sitter: Sitter, rng: np.random.Generator) -> Way | None:
    """How a ground is carried with what stands in it; None where it is plain, or shall be."""
    way, opened = Way.draw(rng), rng.random() < _OPENED
    wished = sitter.wishes.get("ground")
    kind = view.value("ground", "plain")
    return way if kind != "plain" and (kind == wished or (wished is None and opened)) else None


def _ground_layer(figure: Figure, frame: Frame, *, surface: bool = True) -> Layer:
    """The ground, all over the frame: nobody's paint yet where it is plain."""
    view, shape = figure.ground, figure.first.layout
    if figure.layout.ground is not None:
        return carried_ground(view, shape, figure.layout.ground, frame)
    lab = plain_ground(view, shape, frame)
    if figure.layout.ground_flipped:
        lab = np.ascontiguousarray(lab[:, ::-1])
    lab = lab + np.array([figure.layout.ground_lift, 0, 0], np.float32)
    if surface:
        lab = surfaced(lab, view, shape, frame, np.random.default_rng(figure.layout.grain))
    size = lab.shape[:2]
    return Layer(lab, np.full(size, Part.BACKGROUND, np.uint8), np.ones(size, bool), Provenance.nobody(size))
