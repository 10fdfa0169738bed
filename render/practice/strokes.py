"""Painting by strokes: from a reference picture to colour and the thickness of the paint.

Layers of curved strokes, broad ones first, then finer ones where the canvas still differs from the reference, as in
Hertzmann 1998 (doi:10.1145/280814.280951). We depart from it in what a stroke is: it follows the structure tensor of
the reference (or a direction given), carries bristles that leave streaks and furrows, runs dry towards its end, picks
up wet paint below, pushes paint up at its rims and piles it up where the brush is lifted; so every stroke has a
thickness in mm beside its colour. Thickness follows how loaded the brush was, not how light the colour is: on measured
paintings lightness and height hardly correlate. Below lies a woven canvas that shows where paint is thin.

Random numbers are hashes of (seed, layer, stroke), so the same seed gives the same bytes.
"""

from dataclasses import dataclass

import cv2
import numba
import numpy as np

from data.errors import ShapeError
from render.imaging.noise import bristle_noise, stroke_chance
from render.imaging.weave import painters_weave


@dataclass(frozen=True)
class StrokeSettings:
    """How the painter works; lengths in mm on the canvas, `pitch_mm` is the size of a texel.

    `widths_mm` of the brushes, broad to fine; `tolerances`, the colour difference (root of summed squares, sRGB in
    [0, 1]) that each brush leaves to stand; `thickness_mm` of a full stroke of each brush; `follow`, how much a stroke
    changes colour along the reference; `impasto_mm`, the thickness of the most loaded stroke, `highest_mm`, of all paint.
    `weave_mm` is the canvas' own relief, `thread_mm` the spacing of its threads. `streaks`: how much a bristle's trace
    differs in colour; `sheen`: how much slopes catch the light, `gloss`: the same of varnish over darks; `grime`: how
    much darker, per mm, furrows are where varnish gathered.
    """

    pitch_mm: float = 0.254
    widths_mm: tuple[float, ...] = (9.0, 4.6, 2.4, 1.3, 0.8)
    tolerances: tuple[float, ...] = (0.0, 0.045, 0.04, 0.035, 0.035)
    thickness_mm: tuple[float, ...] = (0.034, 0.036, 0.032, 0.023, 0.017)
    follow: tuple[float, ...] = (0.15, 0.2, 0.3, 0.45, 0.6)
    impasto_mm: float = 0.25
    highest_mm: float = 0.45
    weave_mm: float = 0.07
    thread_mm: float = 0.85
    streaks: float = 0.11
    sheen: float = 0.7
    gloss: float = 0.10
    grime: float = 2.5


@numba.njit(cache=True)
def _paint_layer(canvas, paint, weave, reference, turn_x, turn_y, tolerance, loading, order, grid, brush, seed, layer):
    """One layer of strokes, painted onto `canvas` and `paint` in place; returns how many there were.

    `grid` = (columns, spacing px); `brush` = (width px, thickness mm, follow, streaks, impasto mm, longest in widths).
    """
    rows, columns = canvas.shape[:2]
    across_grid, spacing = int(grid[0]), grid[1]
    width, thick, follow, streaks, impasto, longest = brush
    half = width / 2
    reach = int(np.ceil(half)) + 2
    step = max(1.0, half)
    most = 48
    px, py = np.empty(most, np.float32), np.empty(most, np.float32)
    near = np.full((rows, columns), 1e9, np.float32)
    side, along = np.zeros((rows, columns), np.float32), np.zeros((rows, columns), np.float32)
    colour, drawn = np.empty(3, np.float32), 0
    for index in order:
        jitter_x, jitter_y = stroke_chance(seed, layer, index, 0) - 0.5, stroke_chance(seed, layer, index, 1) - 0.5
        x = (index % across_grid + 0.5 + 0.9 * jitter_x) * spacing
        y = (index // across_grid + 0.5 + 0.9 * jitter_y) * spacing
        cx, cy = min(max(int(x), 0), columns - 1), min(max(int(y), 0), rows - 1)
        allowed = tolerance[cy, cx]
        if allowed > 5:
            continue
        if allowed > 0:
            error, count = 0.0, 0
            for dy in range(-1, 2):
                for dx in range(-1, 2):
                    qx, qy = int(cx + dx * width * 0.33), int(cy + dy * width * 0.33)
                    if 0 <= qx < columns and 0 <= qy < rows:
                        squares = 0.0
                        for c in range(3):
                            squares += (canvas[qy, qx, c] - reference[qy, qx, c]) ** 2
                        error += np.sqrt(squares)
                        count += 1
            if error / count < allowed:
                continue
        # The path: along the field from the middle one way, until the colour no longer fits.
        for c in range(3):
            colour[c] = reference[cy, cx, c]
        wanted = (2.2 + (longest - 2.2) * stroke_chance(seed, layer, index, 2)) * width
        turned = (stroke_chance(seed, layer, index, 3) - 0.5) * 0.35
        sign = 1.0 if stroke_chance(seed, layer, index, 4) < 0.5 else -1.0
        vx, vy = sign * turn_x[cy, cx], sign * turn_y[cy, cx]
        norm = np.sqrt(vx * vx + vy * vy) + 1e-9
        vx, vy = vx / norm, vy / norm
        vx, vy = vx * np.cos(turned) - vy * np.sin(turned), vx * np.sin(turned) + vy * np.cos(turned)
        px[0], py[0] = x - vx * step * 0.5, y - vy * step * 0.5
        points, length = 1, 0.0
        while points < most and length < wanted:
            nx, ny = px[points - 1] + vx * step, py[points - 1] + vy * step
            if nx < -half or ny < -half or nx > columns + half or ny > rows + half:
                break
            qx, qy = min(max(int(nx), 0), columns - 1), min(max(int(ny), 0), rows - 1)
            if length > 1.2 * width:
                misfit, now = 0.0, 0.0
                for c in range(3):
                    misfit += (colour[c] - reference[qy, qx, c]) ** 2
                    now += (canvas[qy, qx, c] - reference[qy, qx, c]) ** 2
                if misfit > now + 0.0004 and misfit > 0.0012:
                    break
            px[points], py[points] = nx, ny
            points += 1
            length += step
            fx, fy = turn_x[qy, qx], turn_y[qy, qx]
            strength = np.sqrt(fx * fx + fy * fy)
            if fx * vx + fy * vy < 0:
                fx, fy = -fx, -fy
            bend = 0.65 * strength
            vx, vy = (1 - bend) * vx + bend * fx / (strength + 1e-9), (1 - bend) * vy + bend * fy / (strength + 1e-9)
            norm = np.sqrt(vx * vx + vy * vy) + 1e-9
            vx, vy = vx / norm, vy / norm
        if points < 2:
            continue
        drawn += 1
        x0, x1, y0, y1 = columns, -1, rows, -1
        below = 0.0
        for k in range(points):
            x0, x1 = min(x0, int(px[k]) - reach), max(x1, int(px[k]) + reach)
            y0, y1 = min(y0, int(py[k]) - reach), max(y1, int(py[k]) + reach)
            below += paint[min(max(int(py[k]), 0), rows - 1), min(max(int(px[k]), 0), columns - 1)]
        below /= points
        x0, x1, y0, y1 = max(x0, 0), min(x1, columns - 1), max(y0, 0), min(y1, rows - 1)
        for k in range(points - 1):
            ax, ay = px[k], py[k]
            ex, ey = px[k + 1] - ax, py[k + 1] - ay
            square = ex * ex + ey * ey + 1e-9
            root = np.sqrt(square)
            for row in range(max(int(min(ay, ay + ey)) - reach, 0), min(int(max(ay, ay + ey)) + reach, rows - 1) + 1):
                for column in range(max(int(min(ax, ax + ex)) - reach, 0),
                                    min(int(max(ax, ax + ex)) + reach, columns - 1) + 1):
                    gx, gy = column + 0.5 - ax, row + 0.5 - ay
                    s = (gx * ex + gy * ey) / square
                    s = min(max(s, 0.0), 1.0)
                    ox, oy = gx - s * ex, gy - s * ey
                    distance = ox * ox + oy * oy
                    if distance < near[row, column]:
                        near[row, column] = distance
                        side[row, column] = (ex * gy - ey * gx) / root
                        along[row, column] = (k + s) / (points - 1)
        # The paint on the brush.
        tint = (stroke_chance(seed, layer, index, 5) - 0.5) * 0.05
        warm = (stroke_chance(seed, layer, index, 6) - 0.5) * 0.024
        colour[0] = colour[0] * (1 + tint) + warm
        colour[1] = colour[1] * (1 + tint)
        colour[2] = colour[2] * (1 + tint) - warm
        wet = 0.10 + 0.12 * stroke_chance(seed, layer, index, 7)
        for c in range(3):
            colour[c] = colour[c] * (1 - wet) + canvas[cy, cx, c] * wet
        load = loading[cy, cx] * (0.55 + 0.9 * stroke_chance(seed, layer, index, 8))
        body = thick * load
        if load > 1.45:
            body += (load - 1.45) * impasto
        body = min(body, impasto)
        dryness = 0.15 + 0.75 * stroke_chance(seed, layer, index, 9) ** 2
        opacity = 0.72 + 0.28 * stroke_chance(seed, layer, index, 10)
        pitch = 1.15 if width > 5 else 0.95
        fine = width < 3.6
        for row in range(y0, y1 + 1):
            for column in range(x0, x1 + 1):
                if near[row, column] > 1e8:
                    continue
                distance, t, v = np.sqrt(near[row, column]), along[row, column], side[row, column]
                near[row, column] = 1e9
                taper = min(1.0, 0.72 + 1.6 * t) * (1.0 - 0.45 * max(0.0, (t - 0.6) / 0.4))
                radius = half * taper
                cover = min(max(radius - distance + 0.5, 0.0), 1.0)
                if cover <= 0:
                    continue
                bristle = 0.5 if fine else bristle_noise(seed, layer, index, v / pitch + 40, t * length / (5 * width))
                if fine:
                    bristle = 0.35 + 0.3 * stroke_chance(seed, layer, index, 2000 + int(v + 20))
                # A dry brush catches only the tops of the weave.
                catch = 1.0 - dryness * t * (1.3 - bristle) * (1.15 - weave[row, column])
                alpha = cover * opacity * min(max(catch * 1.1, 0.0), 1.0)
                if not fine:
                    alpha *= min(1.0, 0.45 + 1.25 * bristle)
                for c in range(3):
                    shade = colour[c] + follow * (reference[row, column, c] - reference[cy, cx, c])
                    shade *= 1.0 + streaks * (bristle - 0.5)
                    canvas[row, column, c] += alpha * (shade - canvas[row, column, c])
                rim = np.exp(-((distance - radius + 0.9) / 0.8) ** 2)
                lifted = np.exp(-((1.0 - t) * length / (0.45 * width + 1.0)) ** 2)
                profile = 0.2 + 1.0 * bristle + 0.65 * rim + 0.5 * lifted
                # The brush levels the wet paint it meets and pushes a good part of it away.
                ground = 0.68 * (paint[row, column] + 0.55 * (below - paint[row, column]))
                paint[row, column] += alpha * (ground + body * profile - paint[row, column])
    return drawn


def _wide_blur(picture, sigma_px):
    """Gaussian blur; a wide one on a quarter of the texels, which nobody can tell."""
    if sigma_px < 8:
        return cv2.GaussianBlur(picture, (0, 0), sigma_px)
    rows, columns = picture.shape
    small = cv2.resize(picture, (max(columns // 4, 1), max(rows // 4, 1)), interpolation=cv2.INTER_AREA)
    return cv2.resize(cv2.GaussianBlur(small, (0, 0), sigma_px / 4), (columns, rows), interpolation=cv2.INTER_LINEAR)


def stroke_field(reference, width_px, direction=None, certainty=None):
    """Where strokes of a width run: unit vectors times how sure, as two (H, W) float32 arrays.

    Along the edges of the reference (the lesser eigenvector of its structure tensor), unless `direction` (radians, 0
    along x) with `certainty` in [0, 1] says otherwise.
    """
    grey = cv2.cvtColor(np.ascontiguousarray(reference, np.float32), cv2.COLOR_RGB2GRAY)
    gx, gy = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    xx, xy, yy = (_wide_blur(a, max(1.0, 0.8 * width_px)) for a in (gx * gx, gx * gy, gy * gy))
    # Doubled angles: directions may be averaged there. A field without edges leans the way a right hand paints.
    cos2, sin2 = yy - xx, -2 * xy
    cos2, sin2 = cos2 + np.float32(2e-5 * np.cos(2 * 2.1)), sin2 + np.float32(2e-5 * np.sin(2 * 2.1))
    sure = np.hypot(cos2, sin2) / (xx + yy + 4e-5)
    angle = 0.5 * np.arctan2(sin2, cos2)
    if direction is not None:
        direction = np.asarray(direction, np.float32)
        given = np.float32(1.0) if certainty is None else np.asarray(certainty, np.float32)
        weight = given / (given + (1 - given) * sure + 1e-6)
        cos2 = weight * np.cos(2 * direction) + (1 - weight) * np.cos(2 * angle)
        sin2 = weight * np.sin(2 * direction) + (1 - weight) * np.sin(2 * angle)
        angle = 0.5 * np.arctan2(sin2, cos2)
        sure = np.maximum(sure, given)
    sure = np.clip(sure, 0.15, 1.0)
    return (np.cos(angle) * sure).astype(np.float32), (np.sin(angle) * sure).astype(np.float32)


def paint_strokes(reference, *, seed, settings=None, direction=None, certainty=None, detail=None, loading=None,
                  ground=(0.36, 0.27, 0.18), progress=None):
    """Paint a reference picture in oil.

    Parameters
    ----------
    reference : (H, W, 3) float32
        sRGB in [0, 1].
    seed : int
    direction, certainty : (H, W) float, optional
        Where strokes should run (radians) and how much that counts against the reference's own edges.
    detail : (H, W) float in [0, 1], optional
        How finely to work: the fine brushes keep out of places near 0. All 1 if left out.
    loading : (H, W) float, optional
        How loaded the brush is, 1 as usual, from about 1.5 impasto.
    ground : (3,)
        Colour of the primed canvas.
    progress : callable(done, total), optional

    Returns
    -------
    colour : (H, W, 3) float32, sRGB in [0, 1]
    height_mm : (H, W) float32, above the valleys of the bare canvas.
    """
    settings = settings or StrokeSettings()
    reference = np.ascontiguousarray(reference, np.float32)
    if reference.ndim != 3 or reference.shape[2] != 3 or not np.isfinite(reference).all():
        raise ShapeError(f"reference must be finite (H, W, 3) colour, got {reference.shape}")
    rows, columns = reference.shape[:2]
    seed = int(seed) & 0x7FFFFFFFFFFFFFFF
    detail = np.ones((rows, columns), np.float32) if detail is None else np.asarray(detail, np.float32)
    loading = np.ones((rows, columns), np.float32) if loading is None else np.ascontiguousarray(loading, np.float32)
    weave = painters_weave(rows, columns, settings.thread_mm / settings.pitch_mm, seed)
    canvas = np.empty_like(reference)
    canvas[:] = ground
    canvas *= (0.94 + 0.08 * weave)[..., None]
    paint = np.zeros((rows, columns), np.float32)
    count = len(settings.widths_mm)
    for layer, (width_mm, tolerance, thick, follow) in enumerate(
            zip(settings.widths_mm, settings.tolerances, settings.thickness_mm, settings.follow, strict=True)):
        width = max(width_mm / settings.pitch_mm, 2.0)
        blurred = cv2.GaussianBlur(reference, (0, 0), max(0.22 * width, 0.3))
        turn_x, turn_y = stroke_field(blurred, width, direction, certainty)
        fineness = layer / max(count - 1, 1)
        allowed = np.full((rows, columns), tolerance, np.float32)
        if layer:
            allowed *= 1 + 1.5 * (1 - detail)
            allowed[detail < fineness - 0.55] = 9.0
        spacing = max(1.5, 0.52 * width)
        across, down = int(np.ceil(columns / spacing)), int(np.ceil(rows / spacing))
        order = np.random.default_rng([seed, layer]).permutation(across * down)
        longest = 9.0 if layer < 2 else 7.0
        _paint_layer(canvas, paint, weave, blurred, turn_x, turn_y, allowed, loading, order,
                     (float(across), float(spacing)),
                     (float(width), float(thick), float(follow), float(settings.streaks), float(settings.impasto_mm),
                      longest), seed, layer)
        if progress:
            progress(layer + 1, count)
    return _finish(canvas, paint, weave, settings)


def _finish(canvas, paint, weave, settings):
    """Canvas below the paint, and the light of the studio on it: a little from the upper left, as in a photograph.

    Paint sags: however often the brush comes back, it piles up to `highest_mm` and no more.
    """
    paint = settings.highest_mm * np.tanh(paint / settings.highest_mm)
    height = paint + settings.weave_mm * weave * (0.10 + 0.90 * np.exp(-paint / 0.08))
    slope_y, slope_x = np.gradient(height / settings.pitch_mm)
    towards = 0.6 * slope_x + 0.8 * slope_y  # slopes that rise to the lower right face the upper left
    furrow = height - cv2.GaussianBlur(height, (0, 0), 2.5)
    light = 1 + settings.sheen * towards + settings.grime * np.clip(furrow, -0.06, 0.04)
    gloss = settings.gloss * np.clip(towards, -0.3, 0.3)
    colour = canvas * np.clip(light, 0.7, 1.35)[..., None] + gloss[..., None]
    return np.clip(colour, 0, 1).astype(np.float32), height.astype(np.float32)
