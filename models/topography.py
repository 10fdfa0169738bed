"""Statistics of measured paint as a landscape: how rough it is at which scale, and how its heights are distributed.

Four oil paintings' worth of optical profilometry (Ji et al. 2021, doi:10.1186/s40494-021-00618-w) agree on a radial power
spectrum when frequencies are counted per millimetre of canvas: broad strokes of some 9 mm dominate, and power falls to
about the -3rd power of frequency towards bristles. Heights are skewed: flat passages, and few sharp ridges high above
them. A relief read from colour alone is too smooth and too symmetric; `Topography.match` gives it the measured spectrum
and distribution and leaves every ridge where it is.

Before a spectrum is taken, heights are brought to a normal distribution by their rank: otherwise the few thickest daubs of a
painting dominate its spectrum. (Between 0.1 and 0.6 per mm the slopes of the two large measured paintings are -3.0 and -2.3
without, -2.8 and -2.5 with ranking.)
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Float32, Float64

from data.errors import ShapeError

SHIPPED = Path(__file__).with_name("topography.json")
_LEVELS = np.concatenate([[0.0005, 0.002, 0.005, 0.01, 0.025], np.linspace(0.05, 0.95, 19),
                          [0.975, 0.99, 0.995, 0.998, 0.9995]])
"""Levels of the quantiles that are kept: closer together where the few highest ridges are."""
_BROADEST_PER_MM = 0.05
"""Waves broader than 20 mm are no strokes and are not matched: the samples hold only a few of them, from single thick daubs."""
_SPECTRUM_BINS = 16
"""Number of edges of the bands of frequency over which the power of one picture is averaged."""
_FITTED_BINS = 20
"""The same for all samples together."""
_LEAST_SIDE = 24
"""Texels: smaller pictures have no spectrum to speak of."""
_LEAST_WAVES = 5
"""A band with no more waves than this is left out."""
_MOST_MARGIN = 64
"""Texels that a relief is mirrored by all around before its spectrum is changed."""
_STROKE_PER_MM = 0.11
"""The broadest stroke, 9 mm: the slope of a spectrum is read from here on."""
_STEEPEST_TAIL = 1.5
"""Largest slope of the map between distributions beyond their outermost quantiles, so that extremes stay bounded."""
_TAIL = 5
"""Spreads beyond the outermost quantiles up to which that map goes on."""
_LEAST_STEP, _LEAST_SPREAD, _LEAST_POWER, _LEAST_FREQUENCY = 1e-9, 1e-12, 1e-20, 1e-9
"""Below these, quantiles tie, a relief is flat, and power and frequency have no logarithm."""


@dataclass(frozen=True, eq=False)
class Topography:
    """What measured paint looks like.

    Attributes
    ----------
    per_mm : (F,) float64
        Frequencies.
    log_power : (F,) float64
        The radial power spectrum there: log10, of heights made normal.
    quantiles : (Q,) float64
        Of heights of unit spread around 0, at the levels `_LEVELS`.
    """

    per_mm: Float64[np.ndarray, " F"]
    log_power: Float64[np.ndarray, " F"]
    quantiles: Float64[np.ndarray, " Q"]

    @classmethod
    def fit(cls, samples: Sequence[tuple[Float[np.ndarray, "H W"], float]]) -> "Topography":
        """From measured samples: heights in any unit, and the pitch of their texels in mm."""
        spectra = [radial_spectrum(_normal(height), pitch) for height, pitch in samples]
        lowest, highest = min(f[0] for f, _ in spectra), max(f[-1] for f, _ in spectra)
        edges = np.geomspace(lowest * 0.99, highest * 1.01, _FITTED_BINS)
        frequency, power = (np.concatenate(part) for part in zip(*spectra))
        places = np.digitize(frequency, edges)
        used = np.unique(places)
        return cls(np.array([np.exp(np.log(frequency[places == k]).mean()) for k in used]),
                   np.array([np.log10(power[places == k]).mean() for k in used]),
                   np.mean([np.quantile(_unit(height), _LEVELS) for height, _ in samples], axis=0))

    def match(self, height: Float[np.ndarray, "H W"], pitch_mm: float, *, iterations: int = 8,
              most: float = 6.0) -> Float32[np.ndarray, "H W"]:
        """The same relief with the measured spectrum and distribution; its mean and spread stay.

        Spectrum and distribution are brought near in turn (after Heeger and Bergen 1995, doi:10.1145/218380.218446), the
        distribution to a normal one, as the spectrum is of such heights, and in the end to the measured. The spectrum is
        changed by its radial mean only, so direction and place of every stroke are kept. One thread, so the bytes do not
        depend on the machine's cores.

        Parameters
        ----------
        height : (H, W) float
        pitch_mm : float
            Size of a texel.
        iterations : int
        most : float
            No wave is strengthened or weakened by more than this in one iteration.
        """
        from scipy.special import ndtri
        z = np.asarray(height, np.float64)
        mean, spread = z.mean(), z.std()
        if spread == 0:
            return np.asarray(height, np.float32)
        z = (z - mean) / spread
        for _ in range(iterations):
            z = _distributed(self._with_spectrum(z, pitch_mm, most), ndtri(_LEVELS))
        z = _distributed(z, self.quantiles)
        return (z * spread + mean).astype(np.float32)

    def _with_spectrum(self, z: Float64[np.ndarray, "H W"], pitch_mm: float, most: float) -> Float64[np.ndarray, "H W"]:
        """Heights of unit spread with their waves strengthened towards the measured spectrum."""
        from scipy.fft import irfft2, rfft2
        has_at, has = radial_spectrum(z, pitch_mm)
        used = has_at >= min(_BROADEST_PER_MM, has_at[len(has_at) // 2])
        has_at, has = has_at[used], has[used]
        gain = 10 ** (0.5 * (self._power(has_at) - np.log10(has)))
        gain = np.clip(gain / np.exp(np.log(gain).mean()), 1 / most, most)
        # Mirrored margins, or the picture's opposite edges would act on each other.
        margin = min(_MOST_MARGIN, *(side - 1 for side in z.shape))
        wide = np.pad(z, margin, mode="reflect")
        frequency = np.hypot(np.fft.fftfreq(wide.shape[0])[:, None], np.fft.rfftfreq(wide.shape[1])[None]) / pitch_mm
        # Broader waves are strengthened no more than the broadest strokes.
        change = np.interp(np.log(np.maximum(frequency, _LEAST_FREQUENCY)), np.log(has_at), np.log(gain))
        inner = tuple(slice(margin, margin + side) for side in z.shape)
        return irfft2(rfft2(wide, workers=1) * np.exp(change), s=wide.shape, workers=1)[inner]

    def _power(self, per_mm: Float64[np.ndarray, " f"]) -> Float64[np.ndarray, " f"]:
        """log10 of the power at given frequencies; beyond the finest measured it goes on as steeply as at the end."""
        at = np.log10(per_mm)
        steep = np.polyfit(np.log10(self.per_mm[-8:-1]), self.log_power[-8:-1], 1)[0]
        beyond = np.maximum(at - np.log10(self.per_mm[-1]), 0)
        return np.interp(at, np.log10(self.per_mm), self.log_power) + steep * beyond

    def to_json(self) -> dict[str, Any]:
        """As JSON holds it, to four decimals."""
        return {name: np.round(getattr(self, name), 4).tolist() for name in ("per_mm", "log_power", "quantiles")}

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> "Topography":
        """What `to_json` made."""
        return cls(*(np.asarray(record[name], np.float64) for name in ("per_mm", "log_power", "quantiles")))

    @classmethod
    @cache
    def measured(cls) -> "Topography":
        """The shipped numbers (`python -m benchmarks.fit_relief --measured FOLDER` fits them again)."""
        return cls.from_json(json.loads(SHIPPED.read_text(encoding="utf-8")))


def radial_spectrum(height: Float[np.ndarray, "H W"], pitch_mm: float, *,
                    bins: int = _SPECTRUM_BINS) -> tuple[Float64[np.ndarray, " F"], Float64[np.ndarray, " F"]]:
    """Power over frequency.

    Parameters
    ----------
    height : (H, W) float
        In any unit: it is brought to unit spread, and Hann-windowed.
    pitch_mm : float
        Size of a texel.
    bins : int
        Edges of the bands of frequency, from the broadest wave to the finest.

    Returns
    -------
    (F,) float64, (F,) float64
        Frequencies per mm, and power there; bands that hold few waves are left out.

    Raises
    ------
    ShapeError
        If the picture is smaller than 24 texels.
    """
    z = _unit(height)
    if min(z.shape) < _LEAST_SIDE:
        raise ShapeError(f"a spectrum needs at least {_LEAST_SIDE} x {_LEAST_SIDE} texels, got {z.shape}")
    window = np.hanning(z.shape[0])[:, None] * np.hanning(z.shape[1])[None]
    power = np.abs(np.fft.fft2(z * window)) ** 2 / (window ** 2).sum() * pitch_mm ** 2
    frequency = np.hypot(np.fft.fftfreq(z.shape[0])[:, None], np.fft.fftfreq(z.shape[1])[None]) / pitch_mm
    edges = np.geomspace(1.8 / min(z.shape), 0.5, bins) / pitch_mm
    place = np.digitize(frequency.ravel(), edges)
    count = np.bincount(place, minlength=bins + 1)[1:bins]
    total = np.bincount(place, power.ravel(), minlength=bins + 1)[1:bins]
    used = count > _LEAST_WAVES
    return np.sqrt(edges[:-1] * edges[1:])[used], np.maximum(total[used] / count[used], _LEAST_POWER)


def spectral_slope(height: Float[np.ndarray, "H W"], pitch_mm: float) -> float:
    """Slope of the radial power spectrum in log-log, from the broadest stroke (9 mm) or what the picture holds of it."""
    frequency, power = radial_spectrum(height, pitch_mm)
    used = frequency >= min(_STROKE_PER_MM, frequency[len(frequency) // 2])
    return float(np.polyfit(np.log(frequency[used]), np.log(power[used]), 1)[0])


def skewness(height: Float[np.ndarray, "H W"]) -> float:
    """Third moment of the heights brought to unit spread: above 0, few ridges stand high above flat passages."""
    return float((_unit(height) ** 3).mean())


def excess_kurtosis(height: Float[np.ndarray, "H W"]) -> float:
    """Fourth moment of the heights brought to unit spread, less that of normal numbers."""
    return float((_unit(height) ** 4).mean() - 3)


def _unit(height: Float[np.ndarray, "*size"]) -> Float64[np.ndarray, "*size"]:
    """Heights around 0, of unit spread."""
    z = np.asarray(height, np.float64)
    return (z - z.mean()) / max(z.std(), _LEAST_SPREAD)


def _normal(height: Float[np.ndarray, "H W"]) -> Float64[np.ndarray, "H W"]:
    """Heights by rank, at the quantiles of a normal distribution; equal heights stay equal."""
    from scipy.special import ndtri
    z = np.asarray(height)
    _, place, count = np.unique(z, return_inverse=True, return_counts=True)
    return ndtri((np.cumsum(count) - count / 2) / z.size)[place].reshape(z.shape)


def _distributed(z: Float64[np.ndarray, "H W"], quantiles: Float64[np.ndarray, " Q"]) -> Float64[np.ndarray, "H W"]:
    """Heights, of unit spread, with these quantiles at `_LEVELS`."""
    z = _unit(z)
    return _unit(np.interp(z, *_increasing(np.quantile(z, _LEVELS), quantiles)))


def _increasing(x: Float64[np.ndarray, " Q"],
                y: Float64[np.ndarray, " Q"]) -> tuple[Float64[np.ndarray, " N"], Float64[np.ndarray, " N"]]:
    """Nodes for interpolation without ties in x, with straight tails so that extremes keep their order."""
    keep = np.concatenate([[True], np.diff(x) > _LEAST_STEP])
    x, y = x[keep], y[keep]
    steps = [(y[1] - y[0]) / (x[1] - x[0]), (y[-1] - y[-2]) / (x[-1] - x[-2])] if len(x) > 1 else [1, 1]
    first, last = np.minimum(steps, _STEEPEST_TAIL)
    return (np.concatenate([[x[0] - _TAIL], x, [x[-1] + _TAIL]]),
            np.concatenate([[y[0] - _TAIL * first], y, [y[-1] + _TAIL * last]]))
