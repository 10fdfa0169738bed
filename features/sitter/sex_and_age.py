"""Sex and age as painted: two small networks looking at many views of a face, their answers averaged and calibrated."""

import cv2
import numpy as np

from features.face import chips
from features.networks import packaged

# dlib's upright template of five points (outer and inner eye corners, base of the nose), in a unit square.
_FIVE = np.array([45, 42, 36, 39, 33])
_TEMPLATE = np.array([[0.8595674595992, 0.2134981538014], [0.6460604764104, 0.2289674387677],
                      [0.1205750620789, 0.2137274526848], [0.3340850613712, 0.2290642403242],
                      [0.4901123135679, 0.6277975316475]])
_PADDING = 0.2
# (zoom, turn in radians, shift, mirrored, evened): evened views have colour and contrast of the face brought to an
# average. One view errs by 9 years on Rembrandt's self-portraits, ten upright ones by 7.2, these eight by 6.6.
_AGE_VIEWS = tuple((zoom, turn, 0.0, mirrored, mirrored) for zoom, turn, mirrored in
                   ((0.86, -0.12, False), (0.86, 0.12, True), (1.0, 0.12, False), (1.0, -0.12, True),
                    (1.15, -0.12, False), (1.15, 0.12, True), (1.3, 0.12, False), (1.3, -0.12, True)))
_SEX_VIEWS = ((0.86, 0.0, 0.0, False, True), (0.93, 0.0, 0.0, True, False), (1.0, 0.0, 0.03, False, False),
              (1.0, 0.0, -0.03, True, True), (1.08, 0.0, 0.0, False, False), (1.08, 0.0, 0.0, True, True),
              (1.18, 0.0, 0.0, False, True), (1.18, 0.0, 0.0, True, False), (1.3, 0.0, 0.0, False, False),
              (1.3, 0.0, 0.0, True, True))
_PIECE_SIDE, _PIECE_PX = 1.5, 160
_EVEN_MEAN, _EVEN_SPREAD = np.array([150.0, 115.0, 95.0]), 45.0


def sex_and_age(rgb, landmarks_xy):
    """Probability of "male" and of each year of age, as the networks give them.

    Parameters
    ----------
    rgb : (H, W, 3) uint8
    landmarks_xy : (68, 2)

    Returns
    -------
    male : (V,) float64
        Per view.
    years : (V,) float64
        Expected age per view.
    """
    centre, side, roll = _aligned(landmarks_xy)
    # All views come from one upright piece of the picture, somewhat larger than the farthest of them.
    matrix = chips.view_matrix(centre, _PIECE_SIDE * side, roll, _PIECE_PX)
    piece = chips.sample(rgb, matrix, _PIECE_PX, border=(0, 0, 0))
    middle, side = np.full(2, (_PIECE_PX - 1) / 2), _PIECE_PX / _PIECE_SIDE
    plain = chips.sample(piece, chips.view_matrix(middle, side, 0.0, 64), 64).astype(np.float32)
    face = plain[12:56, 14:50].reshape(-1, 3)
    mean, gain = face.mean(0), float(np.clip(_EVEN_SPREAD / max(face.std(0).mean(), 1.0), 0.7, 2.0))
    evened = np.clip((np.arange(256, dtype=np.float32)[:, None] - mean) * gain + _EVEN_MEAN, 0, 255).astype(np.uint8)
    pieces = piece, cv2.LUT(piece, evened[None])

    def seen(zoom, turn, shift, mirrored, evened):
        matrix = chips.view_matrix(middle + [shift * side, 0], zoom * side, turn, 64)
        chip = chips.sample(pieces[evened], matrix, 64)
        return chip[:, ::-1] if mirrored else chip

    sex_chips = [cv2.resize(seen(*view), (32, 32), interpolation=cv2.INTER_AREA) for view in _SEX_VIEWS]
    male = packaged.run_sex(np.stack(sex_chips))[:, 1].astype(np.float64)
    years = packaged.run_age(np.stack([seen(*view) for view in _AGE_VIEWS])).astype(np.float64) @ np.r_[0.25, 1:81]
    return male, years


def sex_log_odds(male):
    """Mean log odds of "male" over the views: one confident view cannot outvote the others without bound."""
    return float(np.log((male + 1e-3) / (1 - male + 1e-3)).mean())


def _aligned(landmarks_xy):
    """(centre, side, roll) of the padded unit square that fits the template to five landmarks in least squares."""
    source, target = landmarks_xy[_FIVE], (_TEMPLATE + _PADDING) / (1 + 2 * _PADDING) - 0.5
    source_mean, target_mean = source.mean(0), target.mean(0)
    a, b = target - target_mean, source - source_mean
    a, b = a[:, 0] + 1j * a[:, 1], b[:, 0] + 1j * b[:, 1]
    turn = (np.conj(a) * b).sum() / (np.abs(a) ** 2).sum()
    offset = complex(*source_mean) - turn * complex(*target_mean)
    return np.array([offset.real, offset.imag]), abs(turn), float(np.angle(turn))
