"""What a scan shows beside brushwork: canvas weave, craquelure (age cracks), and how fine the scan really is.

Weave is periodic in two directions about square to each other: two sharp peaks in the spectrum. Craquelure is a net of thin
lines that are darker than the paint on both sides and run in all directions; strokes have a light flank for every dark one and
run alike. Each answer has a confidence; none is given where the scan is too coarse to show it.
"""

from collections.abc import Iterable
from itertools import combinations
from typing import Any, NamedTuple

import cv2
import numpy as np
from jaxtyping import Bool, Float, Float32, Int

# Smaller pieces, and pieces whose lightness has a smaller standard deviation, are not measured.
_LEAST_SIDE_PX, _LEAST_CONTRAST = 64, 0.3
# A life-size face is some 125 mm from twice eyes to mouth, a crack a third of a millimetre wide.
_LEAST_FACE_PX = 300
_SHARP_PX = 4  # a scan that shows no shorter wavelengths shows no cracks

# Spectrum: side of the patches it is averaged over, and how many of them.
_SIDE_PX, _MOST_PATCHES = 256, 4
# Detail ends where the radial spectrum drops below the first share of a power law that is fitted to long wavelengths: those
# below the second number of cycles a pixel. The spectrum is averaged in bands between the last frequencies.
_LOST, _LONG_BELOW, _BANDS = 0.03, 0.12, np.linspace(0.02, 0.5, 33)

# Power of a peak over what lies around it in the spectrum; paint without canvas reaches 25.
_WEAVE_PEAK = 35.0
_WEAVE_SHORTEST_PX, _WEAVE_LONGEST_PX = 2.6, 24.0
_AROUND_BINS, _PEAK_BINS = 15, 5  # sides of squares of frequencies: surroundings of a peak, and where it must be the highest
_LEAST_PEAK, _MOST_PEAKS = 0.3, 12  # peaks below this share of _WEAVE_PEAK are left out; most peaks that are paired
_BESIDE_BIN = 1.1  # bins from an axis or an eighth that still belong to it
_JPEG_BLOCK_PX = 8
_SQUARE, _ALIKE = 0.3, 1.8  # largest cosine of the angle between two threads, and largest ratio of their spacings
_LEAST_STRENGTH, _STRENGTH_SURE = 0.02, 2

# Cracks: blur that takes grain away, and the square in which a line stands out.
_CALM_PX, _LINE_PX = 0.6, 5
_UNITS = 4  # lightness is counted in quarters of a unit: morphology on whole numbers is several times as fast
_LEAST_DEPTH, _DEPTHS = 3.0, 3.5  # of a line: in lightness, and over the median of the picture
_LONG_PX, _THIN = 12, 0.45  # extent of a line, and share of its box that it may fill
_LINE_WIDTH_PX = 2.0
# Evidence of a net: its density against a usual one, and that its lines run in all directions.
_NET_DENSITY, _LEAST_DENSITY, _TURNS, _TURNS_COUNT, _EVIDENCE_COUNTS = 0.008, 1e-4, 0.45, 3, 2


class _Peak(NamedTuple):
    """A peak of the spectrum: its power over what lies around it, and its frequency in cycles a pixel across and down."""

    power: float
    across: float
    down: float

    @property
    def frequency(self) -> float:
        """In cycles a pixel, whatever the direction."""
        return np.hypot(self.across, self.down)


def measure_surface(lightness: Float32[np.ndarray, "H W"], face_px: float | None = None) -> dict[str, Any]:
    """Weave, craquelure and resolution of a piece of a painting, at the scan's own resolution.

    Parameters
    ----------
    lightness : (H, W) float32
        L of CIE Lab, 0 to 100. Pieces of less than 64 px a side, or of a single tone, give an empty answer.
    face_px : float, optional
        Length of a face (twice eyes to mouth) in these pixels; below 300, cracks would be finer than the scan.

    Returns
    -------
    dict
        "usable_px": the wavelength in pixels below which the scan shows no detail (2 is perfect). "weave": whether
        canvas is seen, with "weave_confidence" and, where it is, "weave_period_px" (threads across and along) and
        "weave_angle_deg". "craquelure": whether cracks are seen, with "craquelure_confidence" and
        "craquelure_density" (length of cracks per area, in 1 / px).
    """
    if min(lightness.shape) < _LEAST_SIDE_PX or lightness.std() < _LEAST_CONTRAST:
        return {}
    power = _spectrum(lightness)
    usable = _usable_px(power)
    fine = usable <= _SHARP_PX and (face_px is None or face_px >= _LEAST_FACE_PX)
    cracks = _craquelure(lightness) if fine else {"craquelure": None, "craquelure_confidence": 0.0}
    return {"usable_px": usable, **_weave(power, usable), **cracks}


def _spectrum(lightness: Float32[np.ndarray, "H W"]) -> Float32[np.ndarray, "S S//2+1"]:
    """Mean power of overlapping windowed patches (Welch 1967, doi:10.1109/TAU.1967.1161901)."""
    height, width = lightness.shape
    side = min(_SIDE_PX, height, width) // 2 * 2
    hann = np.hanning(side).astype(np.float32)
    window = np.outer(hann, hann)
    rows, columns = (_starts(length, side) for length in (height, width))
    places = [(top, left) for top in rows for left in columns]
    places = [places[i] for i in np.linspace(0, len(places) - 1, min(_MOST_PATCHES, len(places))).astype(int)]
    total = np.zeros((side, side // 2 + 1), np.float32)
    for top, left in places:
        patch = lightness[top:top + side, left:left + side]
        found = cv2.dft((patch - patch.mean()) * window, flags=cv2.DFT_COMPLEX_OUTPUT)[:, :side // 2 + 1]
        total += np.square(found).sum(2)
    return total / len(places)


def _starts(length: int, side: int) -> Int[np.ndarray, " N"]:
    """Where patches of a side begin that overlap by half along a length."""
    count = max(1, 2 * (length // side) - 1)
    return np.linspace(0, length - side, count).astype(int)


def _frequencies(power: np.ndarray) -> tuple[Float[np.ndarray, "S 1"], Float[np.ndarray, "1 S//2+1"], np.ndarray]:
    """Cycles a pixel down, across and in all, of every place of a half-spectrum."""
    side = power.shape[0]
    fy, fx = np.fft.fftfreq(side)[:, None], np.arange(power.shape[1])[None] / side
    return fy, fx, np.hypot(fy, fx)


def _usable_px(power: Float32[np.ndarray, "S S//2+1"]) -> float:
    """The wavelength below which the spectrum falls as steeply as enlarging or blur makes it.

    An enlarged or unsharp scan has almost no energy at short wavelengths.
    """
    _, _, radius = _frequencies(power)
    edges = _BANDS
    which = np.digitize(radius, edges).ravel()
    counts = np.bincount(which, minlength=len(edges) + 1)[1:len(edges)]
    profile = np.bincount(which, power.ravel(), minlength=len(edges) + 1)[1:len(edges)] / np.maximum(counts, 1)
    middle = 0.5 * (edges[1:] + edges[:-1])
    low = (middle < _LONG_BELOW) & (counts > 0)
    slope, offset = np.polyfit(np.log(middle[low]), np.log(profile[low] + 1e-12), 1)
    expected = np.exp(offset + slope * np.log(middle))
    below = np.flatnonzero((profile < _LOST * expected) & (counts > 0))
    return round(float(1 / (middle[below[0]] if len(below) else 0.5)), 2)


def _weave(power: Float32[np.ndarray, "S S//2+1"], usable_px: float) -> dict[str, Any]:
    """Two peaks about square to each other, each far above what lies around it."""
    strength, threads = _best_pair(_peaks(power, usable_px))
    strength = strength / _WEAVE_PEAK
    sure = 1 - 0.5 * np.exp(-_STRENGTH_SURE * abs(np.log(max(strength, _LEAST_STRENGTH))))
    if threads is None or not strength > 1:
        return {"weave": False, "weave_confidence": round(float(sure), 3)}
    # The thread nearer to upright is the warp: its frequency runs along x.
    across, along = sorted(threads, key=lambda peak: -abs(peak.across))
    turn = np.degrees(np.arctan2(across.down, across.across))
    return {"weave": True, "weave_confidence": round(float(sure), 3),
            "weave_period_px": [round(float(1 / peak.frequency), 2) for peak in (across, along)],
            "weave_angle_deg": round(float((turn + 90) % 180 - 90), 1)}


def _peaks(power: Float32[np.ndarray, "S S//2+1"], usable_px: float) -> list[_Peak]:
    """The highest peaks that threads could make, the highest first."""
    fy, fx, radius = _frequencies(power)
    ratio = power / _around(power)
    shortest = max(_WEAVE_SHORTEST_PX, usable_px)
    ratio[(radius > 1 / shortest) | (radius < 1 / _WEAVE_LONGEST_PX)] = 0
    ratio[_of_jpeg(fy, fx, power.shape[0])] = 0
    highest = cv2.dilate(ratio, np.ones((_PEAK_BINS, _PEAK_BINS), np.uint8))
    peaks = np.flatnonzero((ratio == highest) & (ratio > _LEAST_PEAK * _WEAVE_PEAK))
    peaks = peaks[np.argsort(-ratio.flat[peaks])][:_MOST_PEAKS]
    return [_Peak(float(ratio.flat[k]), float(fx[0, k % ratio.shape[1]]), float(fy[k // ratio.shape[1], 0])) for k in peaks]


def _around(power: Float32[np.ndarray, "S S//2+1"]) -> Float32[np.ndarray, "S S//2+1"]:
    """Power around each frequency, as a mean of logarithms, which a single peak changes little. The missing half of the
    spectrum is filled in by symmetry."""
    side = power.shape[0]
    whole = np.fft.fftshift(np.hstack([power, power[np.r_[0, side - 1:0:-1], side // 2 - 1:0:-1]]))
    logs = cv2.blur(np.log(whole + 1e-9), (_AROUND_BINS, _AROUND_BINS))
    return np.exp(np.fft.ifftshift(logs)[:, :power.shape[1]])


def _of_jpeg(fy: np.ndarray, fx: np.ndarray, side: int) -> Bool[np.ndarray, "S S//2+1"]:
    """Where the blocks of JPEG peak: at eighths along the axes. The edges of things make a cross on the axes too, but one that
    is broad in frequency, not a peak."""
    def eighths(f):
        return np.abs(_JPEG_BLOCK_PX * f - np.rint(_JPEG_BLOCK_PX * f)) < _JPEG_BLOCK_PX * _BESIDE_BIN / side

    axis = (np.abs(fx) < _BESIDE_BIN / side) | (np.abs(fy) < _BESIDE_BIN / side)
    return axis & eighths(fx) & eighths(fy)


def _best_pair(peaks: Iterable[_Peak]) -> tuple[float, tuple[_Peak, _Peak] | None]:
    """The power of the weaker of two peaks that could be the two threads of a canvas, at its highest, and the two."""
    best, threads = 0.0, None
    for one, other in combinations(peaks, 2):
        cosine = abs(one.across * other.across + one.down * other.down) / (one.frequency * other.frequency)
        alike = max(one.frequency, other.frequency) / min(one.frequency, other.frequency)
        if cosine < _SQUARE and alike < _ALIKE and min(one.power, other.power) > best:
            best, threads = min(one.power, other.power), (one, other)
    return best, threads


def _craquelure(lightness: Float32[np.ndarray, "H W"]) -> dict[str, Any]:
    """Thin lines darker than both their sides, long, and running every way."""
    most = 100 * _UNITS
    calm = np.clip(_UNITS * cv2.GaussianBlur(lightness, (0, 0), _CALM_PX), 0, most).astype(np.uint16)
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (_LINE_PX, _LINE_PX))
    dark = cv2.morphologyEx(calm, cv2.MORPH_BLACKHAT, kernel).astype(np.float32) / _UNITS
    light = cv2.morphologyEx(calm, cv2.MORPH_TOPHAT, kernel).astype(np.float32) / _UNITS
    threshold = max(_LEAST_DEPTH, _DEPTHS * float(np.median(dark[::2, ::2])))
    lines, turns = _lines(dark, threshold)
    flanks, _ = _lines(light, threshold)
    density, other = lines / lightness.size, flanks / lightness.size
    # Strokes, weave and lace have as much light line as dark.
    net = max(density - other, 0.0)
    evidence = np.log(max(net, _LEAST_DENSITY) / _NET_DENSITY) + _TURNS_COUNT * (_TURNS - abs(turns))
    sure = float(1 / (1 + np.exp(-_EVIDENCE_COUNTS * evidence)))
    return {"craquelure": sure > 0.5, "craquelure_confidence": round(max(sure, 1 - sure), 3),
            "craquelure_density": round(net, 5)}


def _lines(ridge: Float32[np.ndarray, "H W"], threshold: float) -> tuple[float, float]:
    """Total length of thin long pieces, and the mean of their doubled directions (0 every way, 1 all alike)."""
    mask = (ridge > threshold).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    extent = np.hypot(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT])
    area = stats[:, cv2.CC_STAT_AREA]
    # A net of cracks may be one piece: its own width (area over length of skeleton) cannot be told from its box, but its
    # area is far below the box's.
    thin = ((extent > _LONG_PX)
            & (area < _THIN * stats[:, cv2.CC_STAT_WIDTH] * stats[:, cv2.CC_STAT_HEIGHT] + 3 * extent))
    thin[0] = False
    if not thin.any():
        return 0.0, 0.0
    kept = thin[labels]
    dx, dy = (cv2.Scharr(ridge, cv2.CV_32F, *axis)[kept] for axis in ((1, 0), (0, 1)))
    energy = dx * dx + dy * dy
    turn = np.hypot((dx * dx - dy * dy).sum(), 2 * (dx * dy).sum()) / max(float(energy.sum()), 1e-9)
    return float(kept.sum()) / _LINE_WIDTH_PX, float(turn)
