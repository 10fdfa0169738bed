"""What a scan shows that no brush made: canvas weave, craquelure, and how fine the scan really is.

Weave is periodic in two directions about square to each other: two sharp peaks in the spectrum. Craquelure is a net of
thin lines, darker than the paint on both sides and running every way; strokes have a light flank for every dark one, and
run together. Each is given with a confidence; where the scan is too coarse to show it, it is not told.
"""

import cv2
import numpy as np

_SIDE = 256
# A life-size face is some 125 mm from twice eyes to mouth, a crack a third of a millimetre wide.
_LEAST_FACE_PX = 300
_MOST_PATCHES = 4
# Power of a peak over what lies around it in the spectrum; paint without canvas reaches 25.
_WEAVE_PEAK = 35.0
_WEAVE_SHORTEST_PX, _WEAVE_LONGEST_PX = 2.6, 24.0


def measure_surface(lightness, face_px=None):
    """Weave, craquelure and resolution of a piece of a painting, at the scan's own resolution.

    Parameters
    ----------
    lightness : (H, W) float32
        L of CIE Lab, 0 to 100; at least 64 px a side and not of one tone, else nothing is told.
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
    if min(lightness.shape) < 64 or lightness.std() < 0.3:
        return {}
    power = _spectrum(lightness)
    usable = _usable_px(power)
    fine = usable <= 4 and (face_px is None or face_px >= _LEAST_FACE_PX)
    cracks = _craquelure(lightness) if fine else {"craquelure": None, "craquelure_confidence": 0.0}
    return {"usable_px": usable, **_weave(power, usable), **cracks}


def _spectrum(lightness):
    """Mean power (side, side // 2 + 1) of overlapping windowed patches (Welch 1967)."""
    height, width = lightness.shape
    side = min(_SIDE, height, width) // 2 * 2
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


def _starts(length, side):
    count = max(1, 2 * (length // side) - 1)
    return np.linspace(0, length - side, count).astype(int)


def _frequencies(power):
    side = power.shape[0]
    fy, fx = np.fft.fftfreq(side)[:, None], np.arange(power.shape[1])[None] / side
    return fy, fx, np.hypot(fy, fx)


def _usable_px(power):
    """The wavelength below which the spectrum falls as steeply as enlarging or blur makes it.

    An enlarged or unsharp scan has almost no energy at short wavelengths: the radial spectrum drops below 3 % of the
    power law that its long wavelengths follow.
    """
    _, _, radius = _frequencies(power)
    edges = np.linspace(0.02, 0.5, 33)
    which = np.digitize(radius, edges).ravel()
    counts = np.bincount(which, minlength=len(edges) + 1)[1:len(edges)]
    profile = np.bincount(which, power.ravel(), minlength=len(edges) + 1)[1:len(edges)] / np.maximum(counts, 1)
    middle = 0.5 * (edges[1:] + edges[:-1])
    low = (middle < 0.12) & (counts > 0)
    slope, offset = np.polyfit(np.log(middle[low]), np.log(profile[low] + 1e-12), 1)
    expected = np.exp(offset + slope * np.log(middle))
    below = np.flatnonzero((profile < 0.03 * expected) & (counts > 0))
    return round(float(1 / (middle[below[0]] if len(below) else 0.5)), 2)


def _weave(power, usable_px):
    """Two peaks about square to each other, each far above what lies around it."""
    fy, fx, radius = _frequencies(power)
    side = power.shape[0]
    # What lies around each frequency: the mean logarithm is little moved by a peak. The half-spectrum goes on mirrored.
    whole = np.fft.fftshift(np.hstack([power, power[np.r_[0, side - 1:0:-1], side // 2 - 1:0:-1]]))
    logs = np.log(whole + 1e-9)
    around = np.fft.ifftshift(cv2.blur(logs, (15, 15)))[:, :power.shape[1]]
    ratio = power / np.exp(around)
    shortest = max(_WEAVE_SHORTEST_PX, usable_px)
    ratio[(radius > 1 / shortest) | (radius < 1 / _WEAVE_LONGEST_PX)] = 0
    # A real half-spectrum holds the vertical frequencies twice; JPEG's blocks peak at eighths along the axes; the edges
    # of things make a cross on the axes that is broad in frequency, not a peak.
    eighths = lambda f: np.abs(8 * f - np.rint(8 * f)) < 8 * 1.1 / side
    axis = (np.abs(fx) < 1.1 / side) | (np.abs(fy) < 1.1 / side)
    ratio[axis & eighths(fx) & eighths(fy)] = 0
    peaks = np.flatnonzero((ratio == cv2.dilate(ratio, np.ones((5, 5), np.uint8))) & (ratio > 0.3 * _WEAVE_PEAK))
    peaks = peaks[np.argsort(-ratio.flat[peaks])][:12]
    found = [(float(ratio.flat[k]), float(fx[0, k % ratio.shape[1]]), float(fy[k // ratio.shape[1], 0])) for k in peaks]
    best = 0.0, None
    for i, (one, x, y) in enumerate(found):
        for other, u, v in found[i + 1:]:
            cosine = abs(x * u + y * v) / (np.hypot(x, y) * np.hypot(u, v))
            alike = max(np.hypot(x, y), np.hypot(u, v)) / min(np.hypot(x, y), np.hypot(u, v))
            if cosine < 0.3 and alike < 1.8 and min(one, other) > best[0]:
                best = min(one, other), ((x, y), (u, v))
    strength = best[0] / _WEAVE_PEAK
    seen = strength > 1
    confidence = round(float(1 - 0.5 * np.exp(-2 * abs(np.log(max(strength, 0.02))))), 3)
    if not seen:
        return {"weave": False, "weave_confidence": confidence}
    # The thread nearer to upright is the warp: its frequency runs along x.
    across, along = sorted(best[1], key=lambda f: -abs(f[0]))
    turn = np.degrees(np.arctan2(across[1], across[0]))
    return {"weave": True, "weave_confidence": confidence,
            "weave_period_px": [round(float(1 / np.hypot(*f)), 2) for f in (across, along)],
            "weave_angle_deg": round(float((turn + 90) % 180 - 90), 1)}


def _craquelure(lightness):
    """Thin lines darker than both their sides, long, and running every way."""
    # Quarters of a unit of lightness: whole numbers are sought through several times as fast.
    calm = np.clip(4 * cv2.GaussianBlur(lightness, (0, 0), 0.6), 0, 400).astype(np.uint16)
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (5, 5))
    dark = cv2.morphologyEx(calm, cv2.MORPH_BLACKHAT, kernel).astype(np.float32) / 4
    light = cv2.morphologyEx(calm, cv2.MORPH_TOPHAT, kernel).astype(np.float32) / 4
    threshold = max(3.0, 3.5 * float(np.median(dark[::2, ::2])))
    lines, turns = _lines(dark, threshold)
    flanks, _ = _lines(light, threshold)
    density, other = lines / lightness.size, flanks / lightness.size
    # Strokes, weave and lace have as much light line as dark.
    net = max(density - other, 0.0)
    evidence = np.log(max(net, 1e-4) / 0.008) + 3 * (0.45 - abs(turns))
    sure = float(1 / (1 + np.exp(-2 * evidence)))
    return {"craquelure": sure > 0.5, "craquelure_confidence": round(max(sure, 1 - sure), 3),
            "craquelure_density": round(net, 5)}


def _lines(ridge, threshold):
    """Total length of thin long pieces, and the mean of their doubled directions (0 every way, 1 all alike)."""
    mask = (ridge > threshold).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    extent = np.hypot(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT])
    area = stats[:, cv2.CC_STAT_AREA]
    # A net of cracks may be one piece: its own width (area over length of skeleton) cannot be told from its box, but its
    # area is far below the box's.
    thin = (extent > 12) & (area < 0.45 * stats[:, cv2.CC_STAT_WIDTH] * stats[:, cv2.CC_STAT_HEIGHT] + 3 * extent)
    thin[0] = False
    if not thin.any():
        return 0.0, 0.0
    kept = thin[labels]
    dx, dy = (cv2.Scharr(ridge, cv2.CV_32F, *axis)[kept] for axis in ((1, 0), (0, 1)))
    energy = dx * dx + dy * dy
    turn = np.hypot((dx * dx - dy * dy).sum(), 2 * (dx * dy).sum()) / max(float(energy.sum()), 1e-9)
    return float(kept.sum()) / 2.0, float(turn)
