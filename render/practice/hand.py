"""Painting a hand: skin over its bones, shadows between the fingers, knuckles and nails."""

import numpy as np
from jaxtyping import Float, Float64

from data.parts import Part
from render.imaging.noise import octave_noise
from render.practice.canvas import Canvas
from render.practice.hand_pose import FINGERS, THUMB, finger_limbs, palm_limbs
from render.practice.mixing import skin_ramp
from render.practice.solids import Solid, build_solid, crevices, solid_light

_SOFT = 0.018               # blur of the form, eye units
_MELT = 0.02                # flesh melts together over such a depth, as a share of the hand's length
_CREVICE_WIDE, _CREVICE_DARK = 0.06, 0.75       # eye units; share
_LINE_DARK = 0.55
_CREVICE_TINT, _LINE_TINT = (0.95, 0.6, 0.45), (0.8, 0.42, 0.3)  # colours of the shadows between fingers
_REDDER = (1.02, 0.90, 0.86)    # of knuckles and finger tips, as shares of the skin
_NAIL = (0.10, 0.05)        # length and width of a nail, shares of the hand's length
_SHADOW = (0.10, 0.10)      # how far a hand's shadow falls, eye units


def paint_hand(canvas: Canvas, rng: np.random.Generator, joints: Float64[np.ndarray, "21 3"], length: float,
               skin: Float[np.ndarray, " 3"], *, fingers: bool = True, thumb: bool = True) -> Solid:
    """Lay a hand, or only its fingers with the palm, or only its thumb, over what is there.

    Parameters
    ----------
    canvas : Canvas
    rng : numpy.random.Generator
    joints : (21, 3) float64
        From `render.practice.hand_pose.hand_joints`.
    length : float
        Of the hand, eye units.
    skin : (3,) float
        sRGB, in the light.
    fingers, thumb : bool
        What is laid; a thing held between them is laid in between.
    """
    shown = (*(FINGERS if fingers else ()), *((THUMB,) if thumb else ()))
    palm = [palm_limbs(joints, length)] if fingers else []
    limbs = np.vstack([*palm, *(finger_limbs(joints, finger, length) for finger in shown)])
    solid = build_solid(canvas, limbs, melt=_MELT * length)
    _throw_shadow(canvas, solid)
    shade = solid_light(canvas, solid, _SOFT) + 0.06
    grain = octave_noise(rng, canvas.x * 6, canvas.y * 6, octaves=2)
    colour = skin_ramp(shade, skin)
    red = _redness(canvas, joints, length, shown)[..., None]
    colour = colour * (1 - red * (1 - np.array(_REDDER, np.float32)))
    canvas.lay(solid.cover, colour, Part.NECK, direction=canvas.along_contours(solid.depth, 0.03), certainty=0.4, detail=1.0,
               loading=0.75 + 0.4 * grain)
    canvas.darken(crevices(canvas, solid, _CREVICE_WIDE), _CREVICE_DARK, tint=_CREVICE_TINT)
    _draw_edges(canvas, solid)
    for finger in shown:
        _lay_nail(canvas, joints, finger, length, skin)
    return solid


def _throw_shadow(canvas, solid):
    """On what lies behind, away from the light."""
    rows, columns = (int(round(share * canvas.unit)) for share in (_SHADOW[1], -_SHADOW[0] * np.sign(canvas.light[0] or -1)))
    moved = np.roll(canvas.blur(solid.cover, 0.05), (rows, columns), (0, 1))
    canvas.darken(moved * (1 - solid.cover), 0.6)


def _redness(canvas, joints, length, shown):
    """Where knuckles and tips of these fingers are, (H, W) in [0, 1]."""
    red = np.zeros(canvas.parts.shape, np.float32)
    for finger in shown:
        for joint, radius in ((finger, 0.06), (finger + 1, 0.05), (finger + 3, 0.06)):
            red = np.maximum(red, canvas.glint(joints[joint, :2], radius * length))
    return red


def _draw_edges(canvas, solid):
    """A warm dark line where one finger lies before another."""
    step = np.zeros(solid.depth.shape, np.float32)
    for axis in (0, 1):
        jump = np.abs(np.diff(solid.depth, axis=axis)) * (np.diff(solid.limb, axis=axis) != 0)
        inside = np.minimum(*(np.take(solid.cover, range(*span), axis) for span in (
            (0, solid.cover.shape[axis] - 1), (1, solid.cover.shape[axis]))))
        far = np.clip(jump * canvas.unit / 6, 0, 1) * (inside > 0.9)
        index = (slice(1, None), slice(None)) if axis == 0 else (slice(None), slice(1, None))
        step[index] = np.maximum(step[index], far)
    canvas.darken(np.clip(canvas.blur(step, 0.012) * 2, 0, 1), _LINE_DARK, tint=_LINE_TINT)


def _lay_nail(canvas, joints, finger, length, skin):
    """A paler nail near the tip, if the finger's back is seen."""
    start, end = joints[finger + 2], joints[finger + 3]
    along = end[:2] - start[:2]
    if np.linalg.norm(along) < 0.05 * length:
        return
    along = along / np.linalg.norm(along)
    tall, wide = (share * length for share in _NAIL)
    across = np.array([-along[1], along[0]])
    at = end[:2] + along * 0.004 * length
    ring = [at - along * tall * 0.45 + across * wide * 0.35, at - along * tall * 0.45 - across * wide * 0.35,
            at + along * tall * 0.2 - across * wide * 0.4, at + along * tall * 0.2 + across * wide * 0.4]
    canvas.lay(canvas.mask(ring, rounded=2, soft=0.008) * 0.30, np.clip(skin * [1.1, 1.06, 1.04] + 0.05, 0, 1))
