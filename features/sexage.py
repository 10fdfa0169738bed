"""Sex and age as painted: two small networks looking at many views of a face, their answers averaged and calibrated."""

import numpy as np

from features import chips, networks

# dlib's upright template of five points (outer and inner eye corners, base of the nose), in a unit square.
_FIVE = np.array([45, 42, 36, 39, 33])
_TEMPLATE = np.array([[0.8595674595992, 0.2134981538014], [0.6460604764104, 0.2289674387677],
                      [0.1205750620789, 0.2137274526848], [0.3340850613712, 0.2290642403242],
                      [0.4901123135679, 0.6277975316475]])
_PADDING = 0.2
_VIEWS = ((1.0, 0.0), (0.92, 0.0), (1.09, 0.0), (1.0, 0.05), (1.0, -0.05))


def sex_and_age(rgb, landmarks_xy):
    """Probability of "male" and of each year of age, as the networks give them.

    Parameters
    ----------
    rgb : (H, W, 3) uint8
    landmarks_xy : (68, 2)

    Returns
    -------
    male : (V,) float64
        Per view: straight views first, then mirrored ones.
    years : (V,) float64
        Expected age per view.
    """
    matrix = _aligned(landmarks_xy)
    sex_chips, age_chips = [], []
    for zoom, shift in _VIEWS:
        sex_chips.append(_chip(rgb, matrix, 32, zoom, shift))
        age_chips.append(_chip(rgb, matrix, 64, zoom, shift))
    sex_chips += [chip[:, ::-1] for chip in sex_chips]
    age_chips += [chip[:, ::-1] for chip in age_chips]
    male = networks.run_sex(np.stack(sex_chips))[:, 1].astype(np.float64)
    years = networks.run_age(np.stack(age_chips)).astype(np.float64) @ np.r_[0.25, 1:81]
    return male, years


def _aligned(landmarks_xy):
    """(centre, side, roll) of the padded unit square that fits the template to five landmarks in least squares."""
    source, target = landmarks_xy[_FIVE], (_TEMPLATE + _PADDING) / (1 + 2 * _PADDING) - 0.5
    source_mean, target_mean = source.mean(0), target.mean(0)
    a, b = target - target_mean, source - source_mean
    a, b = a[:, 0] + 1j * a[:, 1], b[:, 0] + 1j * b[:, 1]
    turn = (np.conj(a) * b).sum() / (np.abs(a) ** 2).sum()
    offset = complex(*source_mean) - turn * complex(*target_mean)
    return np.array([offset.real, offset.imag]), abs(turn), float(np.angle(turn))


def _chip(rgb, aligned, size, zoom, shift):
    centre, side, roll = aligned
    across = np.array([np.cos(roll), np.sin(roll)])
    return chips.sample(rgb, chips.view_matrix(centre + shift * side * across, zoom * side, roll, size), size,
                        border=(0, 0, 0))
