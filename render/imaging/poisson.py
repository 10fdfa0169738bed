"""The surface (or colour channel) that has given slopes and stays near a given level over long distances.

Screened Poisson equation (Perez et al. 2003, doi:10.1145/882262.882269; screened: Bhat et al. 2008,
doi:10.1007/978-3-540-88688-4_9), solved by a cosine transform, which mirrors the borders.
"""

from typing import Any

import numpy as np
from jaxtyping import Float, Float32
from scipy.fft import dctn, idctn


def screen_from_wavelength(wavelength_texels: float) -> float:
    """The screen (1/texel^2) at which waves of this length come half from the level and half from the slopes; shorter ones
    come from the slopes."""
    return (2 * np.pi / wavelength_texels) ** 2


def screen_from_length(length_texels: float) -> float:
    """The screen (1/texel^2) at which a disturbance of the level fades by 1/e over this length."""
    return 1 / length_texels ** 2


def screened_poisson(level: Float[np.ndarray, "H W"], right: Float[np.ndarray, "H W-1"], down: Float[np.ndarray, "H-1 W"], *,
                     screen: float, dtype: Any) -> Float32[np.ndarray, "H W"]:
    """Solve (screen - laplace) f = screen level - div (right, down).

    Parameters
    ----------
    level : (H, W) float
        What f stays near to over long distances.
    right, down : (H, W - 1) and (H - 1, W) float
        Wanted difference from each texel to the next one to the right and below.
    screen : float
        How strictly, in 1/texel^2: from `screen_from_wavelength` or `screen_from_length`.
    dtype : np.float64 or np.float32
        Precision of the work: double for heights, single for colour, where memory counts.

    Returns
    -------
    (H, W) float32
        The same bytes on any number of cores: one thread works.
    """
    wanted = dtype(screen) * level.astype(dtype)
    wanted[:, :-1] -= right
    wanted[:, 1:] += right
    wanted[:-1] -= down
    wanted[1:] += down
    spectrum = dctn(wanted, type=2, norm="ortho", overwrite_x=True, workers=1)
    waves_down, waves_along = (2 - 2 * np.cos(np.pi * np.arange(count, dtype=dtype) / count) for count in level.shape)
    spectrum /= waves_down[:, None] + waves_along[None] + dtype(screen)
    return idctn(spectrum, type=2, norm="ortho", overwrite_x=True, workers=1).astype(np.float32)
