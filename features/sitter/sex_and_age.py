"""Sex and age as painted: two small networks looking at many views of a face, their answers averaged and calibrated."""

from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import Float, Float64, UInt8

from data.landmarks import LEFT_EYE_INNER, LEFT_EYE_OUTER, NOSE_BASE, RIGHT_EYE_INNER, RIGHT_EYE_OUTER
from features.face import chips
from features.networks.packaged import run_age, run_sex

# dlib's upright template of five points (outer and inner eye corners, base of the nose), in a unit square.
_FIVE = np.array([RIGHT_EYE_OUTER, RIGHT_EYE_INNER, LEFT_EYE_OUTER, LEFT_EYE_INNER, NOSE_BASE])
_TEMPLATE = np.array([[0.8595674595992, 0.2134981538014], [0.6460604764104, 0.2289674387677],
                      [0.1205750620789, 0.2137274526848], [0.3340850613712, 0.2290642403242],
                      [0.4901123135679, 0.6277975316475]])
_PADDING = 0.2  # around the template, in its sides


class _View(NamedTuple):
    """A view of the face: its side over that of the template, its turn, its shift across in sides of the template; whether
    mirrored; whether colour and contrast of the face are brought to an average first."""

    zoom: float
    turn_rad: float
    shift: float
    mirrored: bool
    evened: bool


# One view errs by 9 years on Rembrandt's self-portraits, ten upright ones by 7.2, these eight by 6.6.
_AGE_VIEWS = tuple(_View(zoom, turn, 0.0, mirrored, mirrored) for zoom, turn, mirrored in
                   ((0.86, -0.12, False), (0.86, 0.12, True), (1.0, 0.12, False), (1.0, -0.12, True),
                    (1.15, -0.12, False), (1.15, 0.12, True), (1.3, 0.12, False), (1.3, -0.12, True)))
_SEX_VIEWS = tuple(_View(zoom, 0.0, shift, mirrored, evened) for zoom, shift, mirrored, evened in
                   ((0.86, 0.0, False, True), (0.93, 0.0, True, False), (1.0, 0.03, False, False),
                    (1.0, -0.03, True, True), (1.08, 0.0, False, False), (1.08, 0.0, True, True),
                    (1.18, 0.0, False, True), (1.18, 0.0, True, False), (1.3, 0.0, False, False),
                    (1.3, 0.0, True, True)))
# All views are cut from one upright piece of the picture that is somewhat larger than the widest view: its side over that of
# the template, and its size in pixels.
_PIECE_SIDE, _PIECE_PX = 1.5, 160
_AGE_PX, _SEX_PX = 64, 32
_FACE_ROWS, _FACE_COLUMNS = slice(12, 56), slice(14, 50)  # of a plain view of 64 px: the skin, without hair and ground
# Mean colour and spread that views are brought to; contrast is changed by a factor between the least and the most gain.
_EVEN_MEAN, _EVEN_SPREAD = np.array([150.0, 115.0, 95.0]), 45.0
_LEAST_GAIN, _MOST_GAIN = 0.7, 2.0
# The age that each of the network's 81 answers stands for: the first is "below one".
_YEARS = np.r_[0.25, 1:81]
_LEAST_SHARE = 1e-3  # keeps log odds finite


def sex_and_age(rgb: UInt8[np.ndarray, "H W 3"],
                landmarks_xy: Float[np.ndarray, "68 2"]) -> tuple[Float64[np.ndarray, " V"], Float64[np.ndarray, " W"]]:
    """What the networks say of a face, view by view.

    Parameters
    ----------
    rgb : (H, W, 3) uint8
    landmarks_xy : (68, 2)

    Returns
    -------
    male : (V,) float64
        Probability of "male" per view.
    years : (W,) float64
        Expected age per view, in years.
    """
    centre, side, roll = _aligned(landmarks_xy)
    piece = chips.sample(rgb, chips.view_matrix(centre, _PIECE_SIDE * side, roll, _PIECE_PX), _PIECE_PX, border=(0, 0, 0))
    middle, side = np.full(2, (_PIECE_PX - 1) / 2), _PIECE_PX / _PIECE_SIDE
    plain = chips.sample(piece, chips.view_matrix(middle, side, 0.0, _AGE_PX), _AGE_PX)
    evened = _evened(piece, plain[_FACE_ROWS, _FACE_COLUMNS])

    def seen(view):
        matrix = chips.view_matrix(middle + [view.shift * side, 0], view.zoom * side, view.turn_rad, _AGE_PX)
        chip = chips.sample(evened if view.evened else piece, matrix, _AGE_PX)
        return chip[:, ::-1] if view.mirrored else chip

    sex_chips = [cv2.resize(seen(view), (_SEX_PX, _SEX_PX), interpolation=cv2.INTER_AREA) for view in _SEX_VIEWS]
    male = run_sex(np.stack(sex_chips))[:, 1].astype(np.float64)
    years = run_age(np.stack([seen(view) for view in _AGE_VIEWS])).astype(np.float64) @ _YEARS
    return male, years


def sex_log_odds(male: Float[np.ndarray, " V"]) -> float:
    """Mean log odds of "male" over the views; each view's share is bounded, so that one confident view cannot outvote all."""
    return float(np.log((male + _LEAST_SHARE) / (1 - male + _LEAST_SHARE)).mean())


def _evened(piece: UInt8[np.ndarray, "S S 3"], face: UInt8[np.ndarray, "h w 3"]) -> UInt8[np.ndarray, "S S 3"]:
    """The piece with the colour and contrast of its face brought to the average."""
    skin = face.astype(np.float32).reshape(-1, 3)
    mean = skin.mean(0)
    gain = float(np.clip(_EVEN_SPREAD / max(skin.std(0).mean(), 1.0), _LEAST_GAIN, _MOST_GAIN))
    table = np.clip((np.arange(256, dtype=np.float32)[:, None] - mean) * gain + _EVEN_MEAN, 0, 255).astype(np.uint8)
    return cv2.LUT(piece, table[None])


def _aligned(landmarks_xy: Float[np.ndarray, "68 2"]) -> tuple[np.ndarray, float, float]:
    """(centre, side, roll) of the padded unit square that fits the template to five landmarks in least squares."""
    source, target = landmarks_xy[_FIVE], (_TEMPLATE + _PADDING) / (1 + 2 * _PADDING) - 0.5
    source_mean, target_mean = source.mean(0), target.mean(0)
    a, b = target - target_mean, source - source_mean
    a, b = a[:, 0] + 1j * a[:, 1], b[:, 0] + 1j * b[:, 1]
    turn = (np.conj(a) * b).sum() / (np.abs(a) ** 2).sum()
    offset = complex(*source_mean) - turn * complex(*target_mean)
    return np.array([offset.real, offset.imag]), abs(turn), float(np.angle(turn))
