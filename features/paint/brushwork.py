"""How the paint was laid: direction, width, length and contrast of strokes and palette, part by part.

Directions come from the structure tensor (Bigun and Granlund 1987; Weickert 1998) of lightness; stroke width from how
fast lightness changes across that direction, by Rice's count of mean crossings; stroke length from how far along it
lightness stays alike; contrast from a band-pass pyramid. What belongs to the support and to age is told in
`features.paint.surface`.
"""

import cv2
import numpy as np

from data.parts import Part

_OCTAVES = 6
_MEASURED = (Part.BACKGROUND, Part.HAIR, Part.FACE, Part.NECK, Part.CLOTHING)
# Strokes are followed this far to either side, in steps of two pixels, from so many places.
_REACH, _SEEDS = 60, 1000


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
    xx, yy, xy = _tensor(lab_lightness(rgb), sigma_px)
    return _direction(xx, yy, xy)


def _direction(xx, yy, xy):
    across = 0.5 * np.arctan2(2 * xy, xx - yy)
    angle = np.mod(across + np.pi / 2, np.pi)
    # The modulo of a number just below pi may round up to pi in single precision.
    angle = np.where(angle >= np.pi, 0, angle).astype(np.float32)
    angle[angle >= np.float32(np.pi)] = 0
    coherence = np.hypot(xx - yy, 2 * xy) / np.maximum(xx + yy, 1e-12)
    return angle, np.clip(coherence, 0, 1).astype(np.float32)


def lab_lightness(rgb):
    """L of CIE Lab, (H, W) float32 in 0 to 100, of a uint8 or float32 picture."""
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
        Per part (lower-case name): "share" of the picture, "direction_deg" (0 horizontal, 90 upright, 45 falling to the
        right), "coherence", "direction_order" (1 where all strokes of the part run alike), "stroke_width_px",
        "stroke_width_faces", "stroke_width_mm" (None without pitch), the same of "stroke_length" (None where no
        direction stands out, or strokes run on beyond 120 px), "contrast" (root mean square of lightness per octave,
        from 2-4 px up), "palette" (up to 5 of {"lab", "share"}).
    """
    lab = cv2.cvtColor(rgb.astype(np.float32) * np.float32(1 / 255), cv2.COLOR_RGB2LAB)
    lightness = np.ascontiguousarray(lab[..., 0])
    bands = _bands(lightness, parts)
    detail = lightness - _blurred(lightness, 6)
    # Everything from here on is smooth over a few pixels: every other one tells as much, in a quarter of the time.
    dx, dy = (cv2.Scharr(detail, cv2.CV_32F, *axis) * np.float32(1 / 32) for axis in ((1, 0), (0, 1)))
    xx, yy, xy, variance = (_halved(product) for product in (dx * dx, dy * dy, dx * dy, detail * detail))
    angle, coherence = _direction(xx, yy, xy)
    # The larger eigenvalue is the squared slope across the stroke.
    across = 0.5 * (xx + yy + np.hypot(xx - yy, 2 * xy))
    energy = xx + yy
    along = np.cos(angle) + 1j * np.sin(angle)
    detail, lab, parts = detail[::2, ::2], lab[::2, ::2], parts[::2, ::2]
    measured = {}
    for part in _MEASURED:
        mask = _of_part(parts, part)
        if mask.sum() < 100:
            continue
        weight = energy[mask]
        total, clear, turned = max(float(weight.sum()), 1e-9), coherence[mask], np.square(along[mask]) * weight
        turn, order = (turned * clear).sum() / total, turned.sum() / total
        # A stroke crosses its mean twice a period: half a period is pi * rms / rms slope.
        width = float(np.pi * np.sqrt(variance[mask].sum() / max(float(across[mask].sum()), 1e-9)))
        measured[part.name.lower()] = {
            "share": round(float(mask.mean()), 4),
            "direction_deg": round(float(np.degrees(np.angle(turn) / 2) % 180), 1),
            "coherence": round(float((clear * weight).sum() / total), 3),
            "direction_order": round(float(np.abs(order)), 3),
            **_sizes("stroke_width", width, unit_px, pitch_mm),
            **_sizes("stroke_length", _stroke_length(detail, mask, along, coherence, energy), unit_px, pitch_mm),
            "contrast": [band[part] for band in bands],
            "palette": palette(lab[mask]),
        }
    return measured


def _of_part(parts, part):
    return (parts == part) if part != Part.FACE else (parts >= Part.FACE) & (parts <= Part.LIPS)


def _sizes(name, value, unit_px, pitch_mm):
    if value is None:
        return {f"{name}_px": None, f"{name}_faces": None, f"{name}_mm": None}
    return {f"{name}_px": round(value, 2), f"{name}_faces": round(value / unit_px, 4),
            f"{name}_mm": None if pitch_mm is None else round(value * pitch_mm, 3)}


def _halved(field):
    """Averaged over a radius of four pixels and given at every other one."""
    height, width = field.shape
    small = cv2.resize(field, ((width + 1) // 2, (height + 1) // 2), interpolation=cv2.INTER_AREA)
    return cv2.GaussianBlur(small, (0, 0), 2.0)


def _stroke_length(detail, mask, along, coherence, energy):
    """Length of strokes in pixels of the scan, or None where they cannot be told.

    From places where it is clear the direction is followed to both sides, and the lightness met there correlated with that at
    the start. Strokes of one length L lose their likeness evenly over L (two places s apart are on the same stroke with
    probability 1 - s / L), so it is halved at L / 2. All arguments hold every other pixel; `along` is the direction as a
    complex number.
    """
    clear = np.flatnonzero(mask & (coherence > 0.45))
    if len(clear) < 200:
        return None
    clear = clear[np.linspace(0, len(clear) - 1, min(_SEEDS, len(clear))).astype(int)]
    height, width = mask.shape
    weight = energy.ravel()[clear]
    inner, detail = mask.ravel(), detail.ravel()
    along_x, along_y = along.real.ravel(), along.imag.ravel()
    start = detail[clear]
    likeness = [1.0]
    # Both ways at once, a row of places for each.
    y, x = (np.stack([place, place]).astype(np.float32) for place in np.divmod(clear, width))
    ways = np.float32([[1], [-1]])
    ahead_x, ahead_y, on = ways * along_x[clear], ways * along_y[clear], np.ones(x.shape, bool)
    for _ in range(_REACH // 2):
        y, x = y + ahead_y, x + ahead_x
        at_y, at_x = np.rint(y).astype(int), np.rint(x).astype(int)
        inside = (at_y >= 0) & (at_x >= 0) & (at_y < height) & (at_x < width)
        at = np.where(inside, at_y * width + at_x, 0)
        # Once off the part, a stroke is not followed back onto it.
        on = on & inside & inner[at]
        new_x, new_y = along_x[at], along_y[at]
        # A direction has no sense: go on the way one came.
        sense = np.where(new_x * ahead_x + new_y * ahead_y < 0, np.float32(-1), np.float32(1))
        ahead_x, ahead_y = sense * new_x, sense * new_y
        weighed, there = weight * on, detail[at]
        met = float((weighed * start * there).sum())
        seen = float((weighed * 0.5 * (start ** 2 + there ** 2)).sum())
        likeness.append(met / max(seen, 1e-9))
        if likeness[-1] < 0.5:
            share = (likeness[-2] - 0.5) / (likeness[-2] - likeness[-1])
            return 2 * 2 * (len(likeness) - 2 + share)
    return None


def _bands(lightness, parts):
    """Contrast by octave and part: list of {part: root mean square}, octave k of wavelengths 2**(k+1) to 2**(k+2) px.

    A Gaussian pyramid: each octave is taken at the resolution it needs.
    """
    bands, picture, labels = [], lightness, parts
    for octave in range(_OCTAVES):
        sigma = 0.75 if octave == 0 else 0.65
        smooth = cv2.GaussianBlur(picture, (0, 0), sigma)
        square = np.square(picture - smooth)
        masks = ((part, _of_part(labels, part).view(np.uint8)) for part in _MEASURED)
        bands.append({part: round(float(np.sqrt(cv2.mean(square, mask)[0])), 3) for part, mask in masks})
        if min(smooth.shape) >= 4:
            picture, labels = np.ascontiguousarray(smooth[::2, ::2]), labels[::2, ::2]
    return bands


def _blurred(picture, sigma):
    if sigma <= 4:
        return cv2.GaussianBlur(picture, (0, 0), sigma)
    # Wide kernels on a reduced picture: the same to within a percent, at a fraction of the time.
    step = int(sigma / 2)
    small = cv2.resize(picture, None, fx=1 / step, fy=1 / step, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), sigma / step)
    return cv2.resize(small, picture.shape[::-1], interpolation=cv2.INTER_LINEAR)


def palette(lab_pixels, colours=5):
    """The main colours of some pixels: list of {"lab": [L, a, b], "share"}, the largest share first.

    k-means (Lloyd 1982) from fixed quantiles of lightness, so that the same pixels give the same palette.
    """
    pixels = lab_pixels.reshape(-1, 3)
    if len(pixels) > 700:
        pixels = pixels[np.linspace(0, len(pixels) - 1, 700).astype(int)]
    pixels = pixels.astype(np.float64)
    order = pixels[np.argsort(pixels[:, 0], kind="stable")]
    centres = order[(np.linspace(0.1, 0.9, colours) * (len(order) - 1)).astype(int)]
    nearest = None
    for _ in range(12):
        before, nearest = nearest, ((centres ** 2).sum(1, keepdims=True) - 2 * centres @ pixels.T).argmin(0)
        if np.array_equal(nearest, before):
            break
        members = (nearest == np.arange(colours)[:, None]).astype(np.float64)
        counts = members.sum(1, keepdims=True)
        centres = np.where(counts > 0, (members @ pixels) / np.maximum(counts, 1), centres)
    share = np.bincount(nearest, minlength=colours) / len(pixels)
    found = sorted(zip(share, centres.tolist()), key=lambda item: -item[0])
    return [{"lab": [round(v, 1) for v in centre], "share": round(float(s), 3)} for s, centre in found if s > 0.01]
