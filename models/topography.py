"""What measured paint looks like as a landscape: how rough at which scale, how sharp its ridges.

Four oil paintings' worth of optical profilometry (Ji et al. 2021, doi:10.1186/s40494-021-00618-w) agree on a radial power
spectrum when frequencies are counted per millimetre of canvas: broad strokes of some 9 mm dominate, and power falls to
about the -3rd power of frequency towards bristles. Heights are skewed: flat passages, and few sharp ridges high above
them. A relief read from colour alone is too smooth and too symmetric; `Topography.match` gives it the measured spectrum
and distribution and leaves every ridge where it is.

Spectra are taken of heights brought to a normal distribution by their rank: else the few thickest daubs of a painting are
its spectrum. (Between 0.1 and 0.6 per mm the two large measured paintings fall by 3.0 and 2.3, by rank by 2.8 and 2.5.)
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from data.errors import ShapeError

SHIPPED = Path(__file__).with_name("topography.json")
_LEVELS = np.concatenate([[0.0005, 0.002, 0.005, 0.01, 0.025], np.linspace(0.05, 0.95, 19),
                          [0.975, 0.99, 0.995, 0.998, 0.9995]])
# Waves broader than 20 mm are no strokes: a picture says nothing of them, and the samples' few are a thick daub or two.
_BROADEST_PER_MM = 0.05


@dataclass(frozen=True, eq=False)
class Topography:
    """`per_mm` (F,) frequencies and `log_power` (F,) the radial power spectrum there (log10, of heights made normal);
    `quantiles` (Q,) of heights of unit spread around 0 at the levels `_LEVELS`."""

    per_mm: np.ndarray
    log_power: np.ndarray
    quantiles: np.ndarray

    @classmethod
    def fit(cls, samples):
        """From measured samples, a list of ((H, W) heights in any unit, pitch_mm)."""
        spectra = [radial_spectrum(_normal(height), pitch) for height, pitch in samples]
        edges = np.geomspace(min(f[0] for f, _ in spectra) * 0.99, max(f[-1] for f, _ in spectra) * 1.01, 20)
        frequency, power = (np.concatenate(part) for part in zip(*spectra))
        places = np.digitize(frequency, edges)
        used = np.unique(places)
        return cls(np.array([np.exp(np.log(frequency[places == k]).mean()) for k in used]),
                   np.array([np.log10(power[places == k]).mean() for k in used]),
                   np.mean([np.quantile(_unit(height), _LEVELS) for height, _ in samples], axis=0))

    def match(self, height, pitch_mm, *, iterations=8, most=6.0):
        """The same relief with the measured spectrum and distribution; its mean and spread stay.

        Spectrum and distribution are brought near in turn (after Heeger and Bergen 1995, doi:10.1145/218380.218446), the
        distribution to a normal one, as the spectrum is of such heights, and in the end to the measured. The spectrum is
        changed by its radial mean only, by at most `most` times, so direction and place of every stroke are kept. One
        thread, so the bytes do not depend on the machine's cores.
        """
        from scipy.fft import irfft2, rfft2
        from scipy.special import ndtri
        z = np.asarray(height, np.float64)
        mean, spread = z.mean(), z.std()
        if spread == 0:
            return np.asarray(height, np.float32)
        # Mirrored margins, or the picture's opposite edges would act on each other.
        margin = min(64, *(side - 1 for side in z.shape))
        frame = (slice(margin, margin + z.shape[0]), slice(margin, margin + z.shape[1]))
        frequency = np.hypot(np.fft.fftfreq(z.shape[0] + 2 * margin)[:, None],
                             np.fft.rfftfreq(z.shape[1] + 2 * margin)[None]) / pitch_mm
        z = (z - mean) / spread
        for _ in range(iterations):
            has_at, has = radial_spectrum(z, pitch_mm)
            used = has_at >= min(_BROADEST_PER_MM, has_at[len(has_at) // 2])
            has_at, has = has_at[used], has[used]
            gain = 10 ** (0.5 * (self._power(has_at) - np.log10(has)))
            gain = np.clip(gain / np.exp(np.log(gain).mean()), 1 / most, most)
            # Broader waves are strengthened no more than the broadest strokes.
            wide = np.pad(z, margin, mode="reflect")
            change = np.interp(np.log(np.maximum(frequency, 1e-9)), np.log(has_at), np.log(gain))
            z = irfft2(rfft2(wide, workers=1) * np.exp(change), s=wide.shape, workers=1)[frame]
            z = _distributed(z, ndtri(_LEVELS))
        z = _distributed(z, self.quantiles)
        return (z * spread + mean).astype(np.float32)

    def _power(self, per_mm):
        """log10 of the power at given frequencies; beyond the finest measured it goes on as steeply as at the end."""
        at = np.log10(per_mm)
        steep = np.polyfit(np.log10(self.per_mm[-8:-1]), self.log_power[-8:-1], 1)[0]
        beyond = np.maximum(at - np.log10(self.per_mm[-1]), 0)
        return np.interp(at, np.log10(self.per_mm), self.log_power) + steep * beyond

    def to_json(self):
        return {name: np.round(getattr(self, name), 4).tolist() for name in ("per_mm", "log_power", "quantiles")}

    @classmethod
    def from_json(cls, record):
        return cls(*(np.asarray(record[name], np.float64) for name in ("per_mm", "log_power", "quantiles")))

    @classmethod
    @cache
    def measured(cls):
        """The shipped numbers (`python -m benchmarks.fit_relief --measured FOLDER` fits them again)."""
        return cls.from_json(json.loads(SHIPPED.read_text(encoding="utf-8")))


def radial_spectrum(height, pitch_mm, *, bins=16):
    """Power over frequency: ((F,) per mm, (F,) power of the heights brought to unit spread), Hann-windowed."""
    z = _unit(height)
    if min(z.shape) < 24:
        raise ShapeError(f"a spectrum needs at least 24 x 24 texels, got {z.shape}")
    window = np.hanning(z.shape[0])[:, None] * np.hanning(z.shape[1])[None]
    power = np.abs(np.fft.fft2(z * window)) ** 2 / (window ** 2).sum() * pitch_mm ** 2
    frequency = np.hypot(np.fft.fftfreq(z.shape[0])[:, None], np.fft.fftfreq(z.shape[1])[None]) / pitch_mm
    edges = np.geomspace(1.8 / min(z.shape), 0.5, bins) / pitch_mm
    place = np.digitize(frequency.ravel(), edges)
    count = np.bincount(place, minlength=bins + 1)[1:bins]
    total = np.bincount(place, power.ravel(), minlength=bins + 1)[1:bins]
    used = count > 5
    return np.sqrt(edges[:-1] * edges[1:])[used], np.maximum(total[used] / count[used], 1e-20)


def spectral_slope(height, pitch_mm):
    """Slope of the radial power spectrum in log-log, from the broadest stroke (9 mm) or what the picture holds of it."""
    frequency, power = radial_spectrum(height, pitch_mm)
    used = frequency >= min(0.11, frequency[len(frequency) // 2])
    return float(np.polyfit(np.log(frequency[used]), np.log(power[used]), 1)[0])


def weave_period_mm(height, pitch_mm):
    """Spacing of the canvas' threads, mm: the strongest period between 0.45 and 1.1 mm along rows and columns.

    Strokes run any way and threads along the frame, so the spectrum is read within a hand's breadth of the two axes.
    """
    z = _unit(height)
    side = 4 * max(z.shape)
    window = np.hanning(z.shape[0])[:, None] * np.hanning(z.shape[1])[None]
    power = np.abs(np.fft.fft2(np.clip(z, -2, 2) * window, s=(side, side))) ** 2
    frequency = np.fft.fftfreq(side) / pitch_mm
    near = np.abs(frequency) < 0.12
    found = []
    for line in (power[:, near].sum(1), power[near].sum(0)):
        # Of a falling spectrum the peak is what stands out of the fall.
        line = np.where((frequency > 1 / 1.1) & (frequency < 1 / 0.45), line * np.abs(frequency) ** 3, 0)
        found.append(1 / frequency[np.argmax(line)])
    return float(np.mean(found))


def skewness(height):
    return float((_unit(height) ** 3).mean())


def excess_kurtosis(height):
    return float((_unit(height) ** 4).mean() - 3)


def _unit(height):
    z = np.asarray(height, np.float64)
    return (z - z.mean()) / max(z.std(), 1e-12)


def _normal(height):
    """Heights by rank, at the quantiles of a normal distribution; equal heights stay equal."""
    from scipy.special import ndtri
    z = np.asarray(height)
    _, place, count = np.unique(z, return_inverse=True, return_counts=True)
    return ndtri((np.cumsum(count) - count / 2) / z.size)[place].reshape(z.shape)


def _distributed(z, quantiles):
    """Heights, of unit spread, with these quantiles at `_LEVELS`."""
    z = _unit(z)
    return _unit(np.interp(z, *_increasing(np.quantile(z, _LEVELS), quantiles)))


def _increasing(x, y):
    """Nodes for interpolation without ties in x, with straight tails so that extremes keep their order."""
    keep = np.concatenate([[True], np.diff(x) > 1e-9])
    x, y = x[keep], y[keep]
    steps = [(y[1] - y[0]) / (x[1] - x[0]), (y[-1] - y[-2]) / (x[-1] - x[-2])] if len(x) > 1 else [1, 1]
    steps = np.minimum(steps, 1.5)
    return (np.concatenate([[x[0] - 5], x, [x[-1] + 5]]),
            np.concatenate([[y[0] - 5 * steps[0]], y, [y[-1] + 5 * steps[1]]]))
