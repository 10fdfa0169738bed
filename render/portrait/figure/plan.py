"""Which two bodies go together, and along which cut: many plans are made small and judged by what the eye would see of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from jaxtyping import Bool, Float, Float32

from data.colour import lab_to_rgb
from data.parts import Part
from models.alignment import Frame
from models.composition import describe
from models.composition_likeness import CompositionIndex
from models.shape import to_frame
from render.portrait.figure.body import Body
from render.portrait.figure.carry import Carried, carry, draw_way
from render.portrait.figure.cut import graph_cut
from render.portrait.figure.figure_layout import REASONS, FigureLayout, Reason, Way
from render.portrait.figure.garment import Tone, toned
from render.portrait.figure.outline import Outline, agreed_silhouette, known_reach

PLANNING_PX = 144           # width of the frame in which plans are judged
_FIRST_TRIED, _SECOND_TRIED = 4, 2
_OUTLINE_GAP = 0.14         # mean difference of log reach at which a body is exp(-1/2) times as likely to be chosen
_SHARED = 0.1               # two bodies that cover less of the frame together cannot be joined
_LEAN = 6.0                 # price (Lab) of a texel of the wrong lender, well away from where the cut is wanted
_LEAN_OVER = 0.8            # eye distances over which it rises
# Points. A step of 6 Lab along the cut is seen; 8 is ugly.
_STEP, _UGLY_STEP, _UGLIER = 6.0, 8.0, 3.0
_OTHER_GARMENT = 12.0       # Lab between two garments that counts 1; lightness counts little, since it is brought together
_GARMENT_WEIGHTS = np.array([0.6, 1.0, 1.0])
_HARD_AND_SOFT = 1.5        # armour beside cloth
_LEAST_SHARE, _MOST_SHARE, _SHARE = 0.22, 0.62, 12.0
_BARE = 30.0                # times the share of the body that no painting shows
_CUT_HAND = 6.0             # for each square eye distance of a hand cut off
_STUB, _STUB_SIZE = 2.0, 0.12   # for each hand of which the frame leaves only so much of its height or width
_ORPHAN = 3.0               # for a hand none of whose arm is left
_ASTRAY_OUT, _ASTRAY_IN = 14.0, 5.0     # outline drawn where no lender is; lender cut away by it: times the share of the body
# Dullness: the mean strength (L*, at most the limit) of forms finer than a sleeve below which a body counts as lost in the
# dark, its lights (75th percentile of L*) below which it does, and how much each counts; and forms by which the second lender's
# part may fall short of the first's, of all they have.
_FORM_SIGMA, _FORM_FELT, _FORM_LIMIT = 3.0, 2.0, 12.0
_LEAST_FORM, _FORM, _LEAST_LIGHT, _LIGHT = 3.5, 0.8, 22.0, 6.0
_EMPTY_SHARE, _EMPTY = 0.45, 6.0
# A usual correlation of lightness with the likest work, and by how much more it must be to count 1.
_USUAL_CORRELATION, _CORRELATION_EACH = 0.5, 0.1
_GROUND_ABOVE_LAB = np.array([12.0, 1.0, 4.0])
_LIFTED = 5.0               # L* by which a dark cloth may be lightened before it turns to fog; as much again counts 1


@dataclass(frozen=True, eq=False)
class Plan:
    """Two bodies on one outline.

    Attributes
    ----------
    first, second : Body
    layout : FigureLayout
    share : float
        Of the body that the second gives.
    hands : int
        How many hands are whole.
    faults : dict
        Points by name.
    """

    first: Body
    second: Body
    layout: FigureLayout
    share: float
    hands: int
    faults: dict[str, float]

    @property
    def fault(self) -> float:
        """All points together."""
        return float(sum(self.faults.values()))


def make_plans(bodies: Sequence[Body], misfits: Float[np.ndarray, " N"], outline: Outline, frame: Frame,
               rng: np.random.Generator, *, index: CompositionIndex | None = None,
               wished: tuple[str | None, str | None] = (None, None)) -> list[Plan]:
    """The best plan for each of some first bodies, all on one drawn outline.

    Parameters
    ----------
    bodies : sequence of Body
        Who may lend.
    misfits : (N,) float
        How badly each fits the sitter; one more makes it e ** 0.5 times less likely.
    outline : Outline
    frame : Frame
        Of the portrait, at any size.
    rng : numpy.random.Generator
    index : CompositionIndex, optional
        Says which paintings are versions of one composition, which do not make a pair, and how like a plan is to any.
    wished : (str or None, str or None)
        Names of the paintings that shall be first and second, where they are among the bodies and make a pair.
    """
    small, hair = frame.scaled(PLANNING_PX), Way.draw(rng)
    own, _ = known_reach(bodies)
    apart = np.abs(own - outline.log_reach).mean(1) / _OUTLINE_GAP
    weight = np.exp(-0.5 * apart ** 2 - 0.5 * (misfits - misfits.min())) + 1e-12
    found: list[Plan] = []
    for first in _some(_only(weight, bodies, wished[0]), _FIRST_TRIED, rng):
        way = draw_way(bodies[first], outline, small, rng)
        one = carry(bodies[first], outline, way, small)
        free = _only(weight * _others(bodies, bodies[first], index), bodies, wished[1])
        plans: list[Plan] = []
        for second in _some(free, _SECOND_TRIED, rng):
            other_way = draw_way(bodies[second], outline, small, rng)
            other = carry(bodies[second], outline, other_way, small)
            if (one.body & other.body).mean() >= _SHARED:
                pair = _Pair(bodies[first], bodies[second], one, other, (way, other_way), hair, outline, small, index)
                plans += [pair.judged(Reason.draw(kind, rng)) for kind in REASONS]
        found += sorted(plans, key=lambda plan: plan.fault)[:1]
    return found


def carried_otherwise(plan: Plan, frame: Frame, rng: np.random.Generator, index: CompositionIndex | None = None) -> Plan:
    """The same two bodies joined for the same reason, carried in other ways.

    Parameters
    ----------
    plan : Plan
    frame : Frame
        Of the portrait, at any size.
    rng : numpy.random.Generator
    index : CompositionIndex, optional
    """
    small, outline, bodies = frame.scaled(PLANNING_PX), plan.layout.outline, (plan.first, plan.second)
    first, second = (draw_way(body, outline, small, rng) for body in bodies)
    one, other = (carry(body, outline, way, small) for body, way in zip(bodies, (first, second), strict=True))
    judged = _Pair(*bodies, one, other, (first, second), plan.layout.hair, outline, small, index).judged(plan.layout.reason)
    return replace(judged, layout=replace(judged.layout, closer=plan.layout.closer, aside=plan.layout.aside))


def _only(weight: Float[np.ndarray, " N"], bodies: Sequence[Body], name: str | None) -> Float[np.ndarray, " N"]:
    """The weights of one painting's bodies alone; of all where it has none."""
    those = weight * np.array([body.view.name == name for body in bodies])
    return those if those.any() else weight


def _others(bodies: Sequence[Body], first: Body, index: CompositionIndex | None) -> Bool[np.ndarray, " N"]:
    """Who may be joined to a first body: other compositions; where there is none, other paintings; else its own in a mirror."""
    versions = {first.view.name} if index is None else index.versions_of(first.view.name)
    for barred in (versions, {first.view.name}):
        free = np.array([body.view.name not in barred for body in bodies])
        if free.any():
            return free
    return np.array([body.view.mirrored != first.view.mirrored for body in bodies])


def _some(weight: Float[np.ndarray, " N"], count: int, rng: np.random.Generator) -> list[int]:
    """Up to so many of those with some weight, at random."""
    possible = int((weight > 0).sum())
    if not possible:
        return []
    return [int(k) for k in rng.choice(len(weight), size=min(count, possible), replace=False, p=weight / weight.sum())]


def cut_between(one: Carried, other: Carried, other_lab: Float32[np.ndarray, "H W 3"], lean: Float32[np.ndarray, "H W"],
                frame: Frame) -> Bool[np.ndarray, "H W"]:
    """Where the second body shows.

    Parameters
    ----------
    one, other : Carried
    other_lab : (H, W, 3) float32
        The second's colours in the first's tone.
    lean : (H, W) float32
        As `Reason.lean` gives it, at the size of `frame`.
    frame : Frame
    """
    per_texel = _LEAN * np.tanh(lean / _LEAN_OVER) * (PLANNING_PX / frame.width_px)
    hands, arms = one.hands | other.hands, one.arms | other.arms
    necks = (one.layer.valid & (one.layer.parts == Part.NECK)) | (other.layer.valid & (other.layer.parts == Part.NECK))
    return graph_cut(one.layer.lab, other_lab, per_texel.astype(np.float32), one.layer.valid & ~other.layer.valid,
                     other.layer.valid & ~one.layer.valid, hands, arms | necks)


@dataclass(frozen=True, eq=False)
class _Pair:
    """Two bodies carried onto one outline."""

    first: Body
    second: Body
    one: Carried
    other: Carried
    ways: tuple[Way, Way]
    hair: Way
    outline: Outline
    frame: Frame
    index: CompositionIndex | None

    def judged(self, reason: Reason) -> Plan:
        """The two joined for a reason, with what the eye would see of it."""
        one, other, frame = self.one, self.other, self.frame
        tone, own_tone = (Tone.of(each.layer.lab, each.layer.valid) for each in (one, other))
        lab = toned(other.layer.lab, other.layer.valid, tone)
        chosen = cut_between(one, other, lab, reason.lean(frame, self.outline.pit), frame)
        body, shown, hands = (np.where(chosen, b, a) for a, b in
                              ((one.body, other.body), (one.layer.valid, other.layer.valid), (one.hands, other.hands)))
        texels, square = max(int(body.sum()), 1), frame.eye_distance_px ** 2
        share = float((chosen & body).sum() / texels)
        step = _step_along(chosen, one.body & other.body, one.layer.lab, lab)
        drawn = agreed_silhouette(shown, self.outline, frame)
        apart = float(np.linalg.norm((tone.mean - own_tone.mean) * _GARMENT_WEIGHTS))
        lost = _halved(one.hands, ~chosen) + _halved(other.hands, chosen)
        faults = {"step": step / _STEP + max(0.0, step - _UGLY_STEP) / _UGLIER,
                  "garment": apart / _OTHER_GARMENT + _HARD_AND_SOFT * (self.first.hard != self.second.hard),
                  "share": _SHARE * (max(0.0, _LEAST_SHARE - share) + max(0.0, share - _MOST_SHARE)),
                  "bare": _BARE * (1 - float(shown[body].mean())) if body.any() else _BARE,
                  "hands": _CUT_HAND * lost / square + _STUB * _stubs(hands)
                           + _ORPHAN * (_orphaned(one, ~chosen) + _orphaned(other, chosen)),
                  "outline": float(_ASTRAY_OUT * (drawn & ~shown).sum() + _ASTRAY_IN * (shown & ~drawn).sum()) / texels,
                  "dull": _dullness(np.where(chosen, lab[..., 0], one.layer.lab[..., 0]), shown, chosen),
                  "likeness": self._likeness(np.where(chosen[..., None], lab, one.layer.lab), shown),
                  "fog": max(0.0, tone.mean[0] - own_tone.mean[0] - _LIFTED) / _LIFTED}
        count, _, stats, _ = cv2.connectedComponentsWithStats(hands.astype(np.uint8))
        whole = int((stats[1:, cv2.CC_STAT_AREA] > _WHOLE_HAND * square).sum())
        return Plan(self.first, self.second, FigureLayout(self.outline, self.ways, self.hair, reason), share, whole, faults)


    def _likeness(self, lab: Float32[np.ndarray, "h w 3"], shown: Bool[np.ndarray, "h w"]) -> float:
        """Points for a body that is arranged, in light and dark, as in a painting of the corpus, before a ground a little
        lighter."""
        if self.index is None or not shown.any():
            return 0.0
        ground = np.median(lab[shown], 0) + _GROUND_ABOVE_LAB
        picture = lab_to_rgb(np.where(shown[..., None], lab, ground).astype(np.float32))
        described = describe(picture, to_frame(self.first.layout, self.frame), self.index.frame, embedded=False,
                             with_keypoints=False)
        return max(0.0, float(self.index.correlations(described).max()) - _USUAL_CORRELATION) / _CORRELATION_EACH


_WHOLE_HAND = 0.2           # square eye distances: less is a finger or two


def _dullness(lightness: Float32[np.ndarray, "h w"], shown: Bool[np.ndarray, "h w"], chosen: Bool[np.ndarray, "h w"]) -> float:
    """Points for a body without form or light, and for a second part that is empty beside the first."""
    first, second = shown & ~chosen, shown & chosen
    if min(first.sum(), second.sum()) < 20:
        return 0.0
    around = cv2.GaussianBlur(lightness, (0, 0), _FORM_SIGMA)
    form = np.minimum(cv2.GaussianBlur((lightness - around) ** 2, (0, 0), _FORM_FELT) ** 0.5, _FORM_LIMIT)
    dark = _FORM * max(0.0, _LEAST_FORM - float(form[shown].mean())) \
        + max(0.0, _LEAST_LIGHT - float(np.percentile(lightness[shown], 75))) / _LIGHT
    parts = float(form[first].mean()), float(form[second].mean())
    return dark + _EMPTY * max(0.0, _EMPTY_SHARE - min(parts) / max(*parts, 1e-3))


def _step_along(chosen: Bool[np.ndarray, "h w"], both: Bool[np.ndarray, "h w"], lab: Float32[np.ndarray, "h w 3"],
                other: Float32[np.ndarray, "h w 3"]) -> float:
    """Mean difference (Lab) along the cut; 0 if there is hardly any."""
    edge = (cv2.morphologyEx(chosen.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((2, 2), np.uint8)) > 0) & both
    return float(np.linalg.norm(lab - other, axis=-1)[edge].mean()) if edge.sum() > 5 else 0.0


def _halved(hands: Bool[np.ndarray, "h w"], kept: Bool[np.ndarray, "h w"]) -> float:
    """Area (texels) of hands that is lost, or stands alone, because a cut goes through them."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(hands.astype(np.uint8))
    shares = (float(kept[labels == hand].mean()) for hand in range(1, count))
    return float(sum(min(share, 1 - share) * stats[hand, cv2.CC_STAT_AREA] for hand, share in enumerate(shares, 1)))


def _stubs(hands: Bool[np.ndarray, "h w"]) -> int:
    """How many hands are cut by the frame so that little more than a finger is seen."""
    count, _, stats, _ = cv2.connectedComponentsWithStats(hands.astype(np.uint8))
    height, width = hands.shape
    found = 0
    for left, top, wide, high, _ in stats[1:count]:
        low = top + high >= height - 1 and high < _STUB_SIZE * height
        aside = (left <= 0 or left + wide >= width) and wide < _STUB_SIZE * width
        found += bool(low or aside)
    return found


def _orphaned(carried: Carried, kept: Bool[np.ndarray, "h w"]) -> float:
    """Share of a lender's arms that is lost although a hand of theirs is kept."""
    arms = int(carried.arms.sum())
    if not arms or not (carried.hands & kept).any():
        return 0.0
    return float((carried.arms & ~kept).sum() / arms)
