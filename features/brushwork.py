"""How the paint was laid: direction, width and contrast of strokes, palette and usable resolution, part by part.

Directions come from the structure tensor (Bigun and Granlund 1987; Weickert 1998) of lightness; stroke width from how
fast lightness changes across that direction, by Rice's count of mean crossings; contrast from a band-pass pyramid.
"""

import cv2
import numpy as np

from data.parts import Part

_OCTAVES = 6


def stroke_direction(rgb, sigma_px):
    """Direction in which strokes run, and how clearly.

    Parameters
    ----------
    rgb : (H, W, 3) float32 in [0, 1] or uint8
    sigma_px : float
        Radius over which the direction is averaged; strokes narrower than about a third of it are followed.

    Returns
    -------
    angle : (H, W) float32
        Radians in [0, pi): 0 runs along x, pi/2 along y, pi/4 from the upper left to the lower right.
    coherence : (H, W) float32
        0 where no direction stands out, 1 where all gradients agree.
    """
    xx, yy, xy = _tensor(_lightness(rgb), sigma_px)
    return _direction(xx, yy, xy)


def _direction(xx, yy, xy):
    across = 0.5 * np.arctan2(2 * xy, xx - yy)
    angle = np.mod(across + np.pi / 2, np.pi)
    # The modulo of a number just below pi may round up to pi in single precision.
    angle = np.where(angle >= np.pi, 0, angle).astype(np.float32)
    angle[angle >= np.float32(np.pi)] = 0
    coherence = np.hypot(xx - yy, 2 * xy) / np.maximum(xx + yy, 1e-12)
    return angle, np.clip(coherence, 0, 1).astype(np.float32)


def _lightness(rgb):
    rgb = rgb.astype(np.float32) / 255 if rgb.dtype == np.uint8 else np.asarray(rgb, np.float32)
    return cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB)[..., 0]


def _tensor(lightness, sigma_px):
    dx = cv2.Scharr(lightness, cv2.CV_32F, 1, 0) / 32
    dy = cv2.Scharr(lightness, cv2.CV_32F, 0, 1) / 32
    return [cv2.GaussianBlur(product, (0, 0), sigma_px) for product in (dx * dx, dy * dy, dx * dy)]


def measure_brushwork(rgb, parts, *, unit_px, pitch_mm=None):
    """Brushwork by part.

    Parameters
    ----------
    rgb : (H, W, 3) uint8
    parts : (H, W) uint8
    unit_px : float
        A face's length (twice eyes to mouth) in pixels of `rgb`; widths are given in it too, to compare unlike scans.
    pitch_mm : float, optional
        Millimetres of painting per pixel of `rgb`.

    Returns
    -------
    dict
        "usable_px": the wavelength in pixels below which the scan shows no detail (2 is perfect). Then per
        part (lower-case name): "share" of the picture, "direction_deg" (0 horizontal, 90 upright, 45 falling to the
        right), "coherence", "direction_order" (1 where all strokes of the part run alike), "stroke_width_px",
        "stroke_width_faces", "stroke_width_mm" (None without pitch), "contrast" (root mean square of lightness per
        octave, from 2-4 px up), "palette" (up to 5 of {"lab", "share"}).
    """
    lightness = _lightness(rgb)
    bands = _bands(lightness)
    detail = lightness - cv2.GaussianBlur(lightness, (0, 0), 6)
    # Everything from here on is smooth over a few pixels: every other one tells as much, in a quarter of the time.
    xx, yy, xy = (field[::2, ::2] for field in _tensor(detail, 4.0))
    angle, coherence = _direction(xx, yy, xy)
    variance = cv2.GaussianBlur(detail * detail, (0, 0), 4.0)[::2, ::2]
    # The larger eigenvalue is the squared slope across the stroke.
    across = 0.5 * (xx + yy + np.hypot(xx - yy, 2 * xy))
    energy = xx + yy
    parts, rgb = parts[::2, ::2], np.ascontiguousarray(rgb[::2, ::2])
    bands = [band[::2, ::2] for band in bands]
    lab = cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    measured = {"usable_px": _usable_px(lightness)}
    for part in (Part.BACKGROUND, Part.HAIR, Part.FACE, Part.NECK, Part.CLOTHING):
        mask = (parts == part) if part != Part.FACE else np.isin(parts, (2, 3, 4, 5, 6))
        if mask.sum() < 100:
            continue
        weight = energy[mask]
        total, clear, turned = max(float(weight.sum()), 1e-9), coherence[mask], np.exp(2j * angle[mask]) * weight
        turn, order = (turned * clear).sum() / total, turned.sum() / total
        # A stroke crosses its mean twice a period: half a period is pi * rms / rms slope.
        width = float(np.pi * np.sqrt(variance[mask].sum() / max(float(across[mask].sum()), 1e-9)))
        measured[part.name.lower()] = {
            "share": round(float(mask.mean()), 4),
            "direction_deg": round(float(np.degrees(np.angle(turn) / 2) % 180), 1),
            "coherence": round(float((clear * weight).sum() / total), 3),
            "direction_order": round(float(np.abs(order)), 3),
            "stroke_width_px": round(width, 2), "stroke_width_faces": round(width / unit_px, 4),
            "stroke_width_mm": None if pitch_mm is None else round(width * pitch_mm, 3),
            "contrast": [round(float(np.sqrt((band[mask] ** 2).mean())), 3) for band in bands],
            "palette": palette(lab[mask]),
        }
    return measured


def _bands(lightness):
    """Band-pass pyramid at full size: octave k holds wavelengths of about 2**(k+1) to 2**(k+2) pixels."""
    bands, last = [], lightness
    for octave in range(_OCTAVES):
        smooth = _blurred(lightness, 0.75 * 2 ** octave)
        bands.append(last - smooth)
        last = smooth
    return bands


def _blurred(picture, sigma):
    if sigma <= 4:
        return cv2.GaussianBlur(picture, (0, 0), sigma)
    # Wide kernels on a reduced picture: the same to within a percent, at a fraction of the time.
    step = int(sigma / 2)
    small = cv2.resize(picture, None, fx=1 / step, fy=1 / step, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), sigma / step)
    return cv2.resize(small, picture.shape[::-1], interpolation=cv2.INTER_LINEAR)


def _usable_px(lightness):
    """The wavelength below which the spectrum falls as steeply as enlarging or blur makes it.

    An enlarged or unsharp scan has almost no energy at short wavelengths: the radial spectrum drops below 3 % of the
    power law that its long wavelengths follow.
    """
    height, width = lightness.shape
    side = min(512, height, width)
    top, left = (height - side) // 2, (width - side) // 2
    patch = lightness[top:top + side, left:left + side]
    window = np.outer(np.hanning(side), np.hanning(side))
    power = np.abs(np.fft.rfft2((patch - patch.mean()) * window)) ** 2
    fy, fx = np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None]
    radius = np.hypot(fy, fx)
    edges = np.linspace(0.02, 0.5, 33)
    which = np.digitize(radius, edges)
    profile = np.array([power[which == i].mean() for i in range(1, len(edges))])
    middle = 0.5 * (edges[1:] + edges[:-1])
    low = middle < 0.12
    slope, offset = np.polyfit(np.log(middle[low]), np.log(profile[low] + 1e-12), 1)
    expected = np.exp(offset + slope * np.log(middle))
    below = np.flatnonzero(profile < 0.03 * expected)
    limit = middle[below[0]] if len(below) else 0.5
    return round(float(1 / limit), 2)


def palette(lab_pixels, colours=5):
    """The main colours of some pixels: list of {"lab": [L, a, b], "share"}, the largest share first.

    k-means (Lloyd 1982) from fixed quantiles of lightness, so that the same pixels give the same palette.
    """
    pixels = lab_pixels.reshape(-1, 3)
    if len(pixels) > 700:
        pixels = pixels[np.linspace(0, len(pixels) - 1, 700).astype(int)]
    order = pixels[np.argsort(pixels[:, 0], kind="stable")]
    centres = order[(np.linspace(0.1, 0.9, colours) * (len(order) - 1)).astype(int)].astype(np.float64)
    for _ in range(12):
        nearest = ((pixels[:, None] - centres[None]) ** 2).sum(2).argmin(1)
        for k in range(colours):
            if (nearest == k).any():
                centres[k] = pixels[nearest == k].mean(0)
    share = np.bincount(nearest, minlength=colours) / len(pixels)
    found = sorted(zip(share, centres.tolist()), key=lambda item: -item[0])
    return [{"lab": [round(v, 1) for v in centre], "share": round(float(s), 3)} for s, centre in found if s > 0.01]
