"""The neural engine: a picture is changed until its deep features are distributed as in a master's works.

Optimisation after Gatys et al. 2016 (doi:10.1109/CVPR.2016.265) with sliced-Wasserstein style loss (Heitz et al. 2021,
arXiv:2006.07229), coarse to fine. We depart from them in three ways. Distributions are matched part by part (eyes to
eyes, cloth to cloth) against many works at once. Any size fits into bounded memory: tiles that lie elsewhere at each
step share statistics of the whole picture, kept as quantiles from the step before, so every tile is pulled towards the
same goal by the same map and no border can show. And tiles are the unit of parallel work, each on one thread and
summed in order, so that the result does not depend on the number of threads.
"""

import logging
import math
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np
import torch

from data.errors import ShapeError, UsageError
from data.parts import Part
from models.memory import trim_memory
from models.perceptual import load_network
from models.style import StyleTargets, directions, quantiles
from render.imaging.colour_transfer import greyed, match_tones, strips, with_colours_of
from render.neural.tiles import Tile, add_reflected, one_thread_each, segments, tensor_of

ALGORITHM_VERSION = "1"
_log = logging.getLogger(__name__)
_SETS = 6  # sets of directions, taken in turn
_DIRECTIONS = 64
_TABLE = 1024  # steps from a distribution's least value to its largest
_SAMPLE = 768  # feature vectors that stand for a part of the canvas in the next step
_LARGE = 3_000_000  # pixels: from here on tiles are smaller and their memory goes back at once, for some more time
_LARGEST_LBFGS = 1_000_000  # pixels: its history is sixteen canvases


@dataclass(frozen=True)
class NeuralSettings:
    """What the optimisation weighs and how long it goes on.

    `style_loss`: `wasserstein` or `gram`. `strength`: 0 keeps the photograph's own distributions, 1 takes the master's.
    `content_weight`: against 1 for style. `tv_weight`: price of squared steps between neighbours in what is added to
    the picture, whose own edges stay sharp. `steps`: at the coarsest level and at the finest, between them in proportion.
    `optimiser`: `adam`, or `lbfgs` for levels of up to a megapixel. `rate`: of Adam, in shares of the range of colour.
    `keep_colours`: change light and shade only. `tones`: how far parts move to the master's tones before work begins.
    `coarsest_px`: longest side of the coarsest level. `levels`: the finest levels only, if given. `tile_px`: side of a
    tile without its margins.
    """

    network: str = "squeezenet"
    style_layers: tuple = ("conv1", "fire2", "fire3", "fire4", "fire5", "fire6")
    content_layer: str = "fire5"
    style_loss: str = "wasserstein"
    optimiser: str = "adam"
    strength: float = 1.0
    content_weight: float = 0.15
    tv_weight: float = 12.0
    steps: tuple = (40, 30)
    rate: float = 0.02
    keep_colours: bool = False
    tones: float = 0.8
    coarsest_px: int = 320
    levels: int | None = None
    tile_px: int = 384
    threads: int | None = None
    device: str | None = None
    seed: int = 0

    def check(self):
        for name, allowed in (("style_loss", ("wasserstein", "gram")), ("optimiser", ("adam", "lbfgs"))):
            if getattr(self, name) not in allowed:
                raise UsageError(f"{name} must be {' or '.join(allowed)}, got {getattr(self, name)!r}")
        if not 0 <= self.strength <= 1:
            raise UsageError(f"strength must lie between 0 and 1, got {self.strength}")
        if min(self.steps) < 1 or len(self.steps) != 2:
            raise UsageError(f"steps must be two counts of at least 1 (coarsest, finest), got {self.steps}")
        if self.tile_px % 16 or self.tile_px < 64:
            raise UsageError(f"tile_px must be a multiple of 16 and at least 64, got {self.tile_px}")

    def level_count(self, height, width):
        count = max(1, math.ceil(math.log2(max(height, width) / self.coarsest_px)) + 1)
        count = min(count, max(1, int(math.log2(min(height, width) / 32)) + 1))
        return count if self.levels is None else min(count, self.levels)

    def learn(self, works, height, width, *, brush_scale=1.0):
        """The style targets that a canvas of this size needs."""
        return StyleTargets.learn(works, levels=self.level_count(height, width), layers=self.style_layers,
                                  network=self.network, brush_scale=brush_scale, grey=self.keep_colours, seed=self.seed)


FINISH = NeuralSettings(steps=(16, 12), content_weight=3.0, tones=0.0, levels=2, rate=0.012,
                        style_layers=("conv1", "fire2", "fire3", "fire4"), content_layer="fire4")
"""Goes over a finished painting: joins what patches left disjoint, in the master's strokes, without moving a form."""


def neural_paint(guide_rgb, parts, style_targets, settings=None, *, fidelity=None, regions=None, start=None,
                 progress=None, checkpoint=None):
    """Paint a picture in the hand of the targets.

    Parameters
    ----------
    guide_rgb : (H, W, 3) float32 in [0, 1]
        What the painting shows.
    parts : (H, W) uint8
        `data.parts.Part`; all zeros where nothing is known.
    style_targets : StyleTargets, or a sequence of (StyleTargets, weight), or with `regions` a sequence of these
        Several masters by weight meet in the Wasserstein barycentre of their feature distributions.
    fidelity : (H, W) float32, optional
        Factor on the content weight; else `likeness(parts)`: faces stay faces.
    regions : (H, W) uint8, optional
        Number of the style that holds at each place, from 0.
    start : (H, W, 3) float32, optional
        Where the optimisation begins; else the guide in the master's tones.
    progress : callable(done, total), optional
        In pixels times steps.
    checkpoint : object with save(level, state) and load() -> (level, state) or None, optional

    Returns
    -------
    (H, W, 3) float32 in [0, 1]
    """
    settings = settings or NeuralSettings()
    settings.check()
    masters = _masters(style_targets, regions, parts)
    _check_picture(guide_rgb, parts, fidelity, regions, start)
    height, width = parts.shape
    fidelity = likeness(parts) if fidelity is None else fidelity
    codes = parts if regions is None else (parts + 16 * regions).astype(np.uint8)
    content = guide_rgb
    if settings.keep_colours:
        content = greyed(guide_rgb)
    elif settings.tones > 0:
        content = match_tones(guide_rgb, codes, masters, settings.tones * settings.strength)
    begin = content if start is None else (greyed(start) if settings.keep_colours else start)
    count = settings.level_count(height, width)
    sizes = [(max(32, round(height / 2 ** n)), max(32, round(width / 2 ** n))) for n in range(count)]
    steps = [_steps(settings, level, count) for level in range(count)]
    total = sum(h * w * n for (h, w), n in zip(sizes, steps, strict=True))
    saved, state = (checkpoint.load() if checkpoint is not None else None) or (count, None)
    canvas, done = None, 0
    for level in range(count - 1, -1, -1):
        size = sizes[level]
        if level < saved:
            goal = _resized(content, size)
            if canvas is None:
                canvas = _resized(begin, size).copy()
            else:  # what this level can show and the last could not is taken from the picture, to be painted over
                first, smaller = _resized(begin, size), canvas.shape[:2]
                canvas = _resized(canvas, size, cv2.INTER_CUBIC)
                canvas += first
                canvas -= _resized(_resized(first, smaller), size, cv2.INTER_CUBIC)
                del first
            canvas = _optimise(np.clip(canvas, 0, 1, out=canvas), goal,
                               cv2.resize(codes, size[::-1], interpolation=cv2.INTER_NEAREST), _resized(fidelity, size),
                               masters, level, steps[level], settings, _counting(progress, done, total, size[0] * size[1]))
            if checkpoint is not None:
                checkpoint.save(level, {"canvas": canvas})
        elif level == saved:
            canvas = state["canvas"]
        done += size[0] * size[1] * steps[level]
        if progress is not None:
            progress(done, total)
    return with_colours_of(canvas, guide_rgb) if settings.keep_colours else canvas


# --- one level ------------------------------------------------------------------------------------------------------

def _optimise(canvas, content, codes, fidelity, masters, level, steps, settings, progress):
    """The painted canvas; what was given as `canvas` is written over."""
    trim_memory()  # of what was painted before this level
    with one_thread_each(settings.threads) as (pool, device):
        device = settings.device or device
        job = _Level(canvas, content, codes, fidelity, masters, level, settings, device)
        if settings.optimiser == "lbfgs" and codes.size <= _LARGEST_LBFGS:
            _lbfgs(job, pool, steps, progress)
        else:
            _adam(job, pool, steps, settings.rate, progress)
        return job.canvas.detach().cpu().numpy()


def _adam(job, pool, steps, rate, progress):
    """A large canvas fills memory fast: beside it stand its gradient and the two moments, the first of them in few
    digits; all else is made by strips."""
    mean, square = torch.zeros_like(job.canvas, dtype=torch.bfloat16), torch.zeros_like(job.canvas[..., 0])
    spare, bands = torch.zeros_like(job.canvas), strips(len(mean))
    job.measure(pool, 0)
    for step in range(steps):
        gradient = job.pull(pool, step, spare)[0]
        # Slower towards the end, so that what is left of the noise of sampled directions settles.
        now = rate * (0.15 + 0.85 * 0.5 * (1 + math.cos(math.pi * step / steps)))
        list(pool.map(partial(_descend, job.canvas, gradient, mean, square, now, step), bands))
        list(pool.map(partial(_calm_colour, job.canvas, job.content, gradient), bands))
        job.canvas, spare = gradient, job.canvas
        spare.zero_()
        progress(step + 1)


def _descend(canvas, gradient, mean, square, rate, step, strip):
    """One step of Adam on a strip of rows, in place."""
    torch.set_num_threads(1)
    low, high = strip
    near = gradient[max(0, low - 4):high + 4].square().mean(-1)
    near = _around(near[None], 4)[0, min(4, low):][:high - low]
    rows = slice(low, high)
    square[rows].mul_(0.98).add_(near, alpha=0.02)
    ahead = mean[rows].float().mul_(0.9).add_(gradient[rows], alpha=0.1)
    mean[rows] = ahead
    size = square[rows].div(1 - 0.98 ** (step + 1)).sqrt_().add_(1e-8)
    canvas[rows].addcdiv_(ahead, size[..., None], value=-rate / (1 - 0.9 ** (step + 1))).clamp_(0, 1)


def _calm_colour(canvas, content, result, strip, share=0.6, radius=2):
    """Let what was added to the content's colour flow together and fade, a little at each step: a strip of `result`.

    The network hardly sees fine colour; left free, it turns to rainbow noise.
    """
    torch.set_num_threads(1)
    low, high = strip
    near = slice(max(0, low - radius), high + radius)
    added = (canvas[near] - content[near]).permute(2, 0, 1)
    added = added - added.mean(0, keepdim=True)
    calmer = _around(added, radius).mul_(0.6).sub_(added)[:, min(radius, low):][:, :high - low]
    torch.add(canvas[low:high], calmer.permute(1, 2, 0), alpha=share, out=result[low:high])


def _around(picture, radius):
    """Mean over a square around every pixel of (C, H, W): one step size for a neighbourhood keeps calm places calm."""
    size = 2 * radius + 1
    for kernel, padding in (((size, 1), (radius, 0)), ((1, size), (0, radius))):
        picture = torch.nn.functional.avg_pool2d(picture[None], kernel, 1, padding, count_include_pad=False)[0]
    return picture


def _lbfgs(job, pool, steps, progress):
    """L-BFGS with a line search; directions and tiles stand still for ten steps at a time."""
    canvas, done = job.canvas, 0
    while done < steps:
        run = min(10, steps - done)
        optimiser = torch.optim.LBFGS([canvas], max_iter=run, max_eval=2 * run, history_size=8,
                                      line_search_fn="strong_wolfe")

        def closure(number=done):
            job.measure(pool, number)
            canvas.grad, energy = job.pull(pool, number)
            return torch.tensor(energy)

        optimiser.step(closure)
        canvas.clamp_(0, 1)
        done += run
        progress(done)


class _Level:
    """One canvas size: its picture, its goals, and the statistics of the canvas as of the last step."""

    def __init__(self, canvas, content, codes, fidelity, masters, level, settings, device):
        self.settings, self.device, self.level, self.masters = settings, device, level, masters
        self.net = load_network(settings.network, device)
        self.names = self.net.check(settings.style_layers)
        self.net.check([settings.content_layer])
        self.canvas, self.content = (tensor_of(each, device) for each in (canvas, content))
        self.codes, self.fidelity = codes, fidelity
        self.counts = {code: int(n) for code, n in zip(*np.unique(codes, return_counts=True))}
        self.turns = {}
        self.goals = {}
        self.statistics = None
        self.own = None  # the canvas' statistics before the first step
        spreads = {}
        for name in self.names:
            samples = [target.sample_for(level, name, code % 16).astype(np.float32)
                       for code in self.counts for target, _ in masters[code // 16]]
            spreads[name] = float(np.mean([sample.var(1).mean() for sample in samples])) + 1e-3
        self.spreads = spreads
        self.content_spread = None

    def directions(self, name, step):
        key = (name, step % _SETS)
        if key not in self.turns:
            channels = self.net.layers[name].channels
            seed = [self.settings.seed, self.level, step % _SETS, self.names.index(name)]
            self.turns[key] = directions(channels, min(_DIRECTIONS, channels), seed).to(self.device)
        return self.turns[key]

    def measure(self, pool, step):
        """Statistics of the canvas as it stands, without moving it."""
        self.statistics = self._collected([found for *_, found in self._of_tiles(pool, self._look, step)])
        if self.own is None:
            self.own = self.statistics

    def pull(self, pool, step, zeros=None):
        """(gradient like the canvas, energy) and the statistics for the next step; `zeros` become the gradient."""
        maps, energy, found = self._maps(step), 0.0, []
        total = torch.zeros_like(self.canvas) if zeros is None else zeros
        for tile, gradient, part, seen in self._of_tiles(pool, partial(self._work, maps=maps), step):
            add_reflected(total, tile, gradient)
            energy += part
            found.append(seen)
        self.statistics = self._collected(found)
        return total, energy / self.codes.size

    def _of_tiles(self, pool, work, step):
        """`work(tile, step)` of every tile, in their order."""
        for done in pool.map(lambda tile: work(tile, step), self._tiles(step)):
            yield done
            if self.codes.size > _LARGE:
                trim_memory()

    def _tiles(self, step):
        # Each axis has its own numbers: the grid's phase is then the same however many tiles there are.
        down, across = (np.random.default_rng([self.settings.seed, self.level, step, axis]) for axis in (0, 1))
        height, width = self.codes.shape
        core = self.settings.tile_px if self.codes.size <= _LARGE else min(self.settings.tile_px, 256)
        rows = segments(height, min(core, max(192, -(-height // 32) * 16)), down)
        columns = segments(width, core if width > 1.5 * core else 16 * -(-width // 16), across)
        return [Tile(row, column, number) for number, (row, column) in
                enumerate((row, column) for row in rows for column in columns)]

    def _cells(self, tile, layer, shape):
        """Where a layer's cells within the tile's core lie: slices of the feature map and codes (n,)."""
        inside = []
        for (start, low, high), count in zip((tile.row, tile.column), shape, strict=True):
            first = max(0, -(-(low - start - layer.offset) // layer.stride))
            last = min(count, -(-(high - start - layer.offset) // layer.stride))
            inside.append((first, max(first, last)))
        places = [start + layer.offset + layer.stride * np.arange(*span)
                  for (start, *_), span in zip((tile.row, tile.column), inside, strict=True)]
        return tuple(slice(*span) for span in inside), np.ix_(*places)

    def _look(self, tile, step):
        torch.set_num_threads(1)
        with torch.no_grad():
            features = self.net(tile.cut(self.canvas), self.names)
        found = {}
        for name in self.names:
            window, places = self._cells(tile, self.net.layers[name], features[name].shape[2:])
            flat = features[name][0][:, window[0], window[1]].flatten(1)
            self._note(found, name, flat, self.codes[places].ravel(), tile, step)
        return tile, found

    def _note(self, found, name, flat, codes, tile, step):
        """Add what the next step needs to know of these cells."""
        layer = self.net.layers[name]
        for code in np.unique(codes):
            places = np.flatnonzero(codes == code)
            if self.settings.style_loss == "gram":
                chosen = flat[:, self._index(places)] if len(places) < flat.shape[1] else flat
                found[name, int(code)] = (chosen @ chosen.T, len(places))
                continue
            apart = max(1, self.counts[code] // layer.stride ** 2 // _SAMPLE)
            rng = np.random.default_rng([self.settings.seed, self.level, step, tile.number, layer.module, int(code)])
            # Cells in a hashed order: rows of the grid must not keep time with the stride.
            places = places[rng.permutation(len(places))[:-(-len(places) // apart)]]
            found[name, int(code)] = flat[:, self._index(places)]

    def _index(self, places):
        return torch.from_numpy(places).to(self.device)

    def _collected(self, found):
        """One dict {(layer, code): statistics} of the tiles' own, in their order."""
        gathered = {}
        for each in found:
            for key, value in each.items():
                gathered.setdefault(key, []).append(value)
        if self.settings.style_loss == "gram":
            return {key: (sum(g for g, _ in values) / sum(n for _, n in values), sum(n for _, n in values))
                    for key, values in gathered.items()}
        return {key: torch.cat(values, 1) for key, values in gathered.items()}

    def _maps(self, step):
        """{(layer, code): where features go}: tables of transport (wasserstein), or a matrix (gram)."""
        gram, maps, strength = self.settings.style_loss == "gram", {}, self.settings.strength
        for (name, code), now in self.statistics.items():
            key = (name, code, step % _SETS)
            if gram:
                if key[:2] not in self.goals:
                    goal = sum(weight * _gram(target.sample_for(self.level, name, code % 16), self.device)
                               for target, weight in self.masters[code // 16])
                    if (name, code) in self.own:
                        goal = strength * goal + (1 - strength) * self.own[name, code][0]
                    self.goals[key[:2]] = goal
                goal = self.goals[key[:2]]
                maps[name, code] = (now[0] - goal) * (2 * len(goal) * self.spreads[name] / (goal ** 2).sum())
                continue
            turns = self.directions(name, step)
            if key not in self.goals:
                goal = sum(weight * quantiles(turns @ torch.from_numpy(
                    target.sample_for(self.level, name, code % 16).astype(np.float32)).to(self.device))
                    for target, weight in self.masters[code // 16])
                if strength < 1 and (name, code) in self.own:
                    goal = strength * goal + (1 - strength) * quantiles(turns @ self.own[name, code])
                self.goals[key] = goal
            knots = quantiles(turns @ now)
            maps[name, code] = _transport(turns, knots, self.goals[key])
        return maps

    def _work(self, tile, step, maps):
        """Gradient of one tile with its margins, its energy, and its part of the next statistics."""
        torch.set_num_threads(1)
        settings, net = self.settings, self.net
        wanted = settings.content_layer
        meant = tile.cut(self.content)
        with torch.no_grad():
            goal = net(meant, [wanted])[wanted]
        picture = tile.cut(self.canvas).requires_grad_(True)
        features = net(picture, [*self.names, *({wanted} - set(self.names))])
        energy, found, pulls = 0.0, {}, {}
        with torch.no_grad():
            for name in self.names:
                layer, feature = net.layers[name], features[name]
                window, places = self._cells(tile, layer, feature.shape[2:])
                codes = self.codes[places].ravel()
                inner = feature[0][:, window[0], window[1]]
                flat = inner.flatten(1)
                self._note(found, name, flat, codes, tile, step)
                pull, cost = self._style_pull(name, flat, codes, maps, step)
                factor = layer.stride ** 2 / self.spreads[name] / len(self.names)
                energy += cost * factor
                pulls[name] = torch.zeros_like(feature)
                pulls[name][0][:, window[0], window[1]] = (pull * (2 * factor)).view_as(inner)
            layer, feature = net.layers[wanted], features[wanted]
            window, places = self._cells(tile, layer, feature.shape[2:])
            gap = (feature - goal)[0][:, window[0], window[1]]
            weight = settings.content_weight * layer.stride ** 2 / layer.channels / self._content_spread()
            if self.fidelity is not None:
                weight = weight * torch.from_numpy(np.ascontiguousarray(self.fidelity[places])).to(self.device)
            energy += float((gap ** 2 * weight).sum())
            pull = pulls.setdefault(wanted, torch.zeros_like(feature))
            pull[0][:, window[0], window[1]] += 2 * weight * gap
        keys = list(pulls)
        torch.autograd.backward([features[key] for key in keys], [pulls[key] for key in keys])
        gradient = picture.grad[0]
        if settings.tv_weight:
            energy += _add_variation(gradient, (picture.detach() - meant)[0], tile, settings.tv_weight)
        return tile, gradient, energy, found

    def _content_spread(self):
        # The style's own spread at the nearest layer serves as the unit of content too.
        return self.spreads.get(self.settings.content_layer, self.spreads[self.names[-1]])

    def _style_pull(self, name, flat, codes, maps, step):
        """(pull like `flat` (C, n), cost): half the gradient of the style loss, per channel."""
        pull, cost, present = torch.zeros_like(flat), 0.0, np.unique(codes)
        turns = self.directions(name, step)
        for code in present:
            if (name, int(code)) not in maps:  # cells of a part so small that this step's grid is the first to see it
                continue
            whole = len(present) == 1
            index = None if whole else self._index(np.flatnonzero(codes == code))
            chosen = flat if whole else flat[:, index]
            if self.settings.style_loss == "gram":
                moved = maps[name, int(code)] @ chosen
                moved = moved / len(chosen)
                cost += float((moved * chosen).sum()) / 2
            else:
                gap = _apart(chosen, *maps[name, int(code)])
                moved = turns.T @ gap / len(turns)
                cost += float((gap ** 2).sum()) / len(turns)
            if whole:
                pull = moved
            else:
                pull.index_copy_(1, index, moved)
        return pull, cost


def _transport(turns, knots, goals):
    """Monotone transport along directions (D, C) from quantiles (D, K) to others, as (D, C + 1) steps and a table (D, N).

    A feature's projection, in steps of the table, is `steps[:, :-1] @ feature + steps[:, -1:]`; the table has there how far it
    stands from where it should. Looking up is several times as fast as searching among the quantiles.
    """
    low, high = knots[:, :1], knots[:, -1:]
    grid = low + (high - low) * torch.linspace(0, 1, _TABLE, device=knots.device)
    at = torch.searchsorted(knots, grid).clamp_(1, knots.shape[1] - 1)
    before, after = knots.gather(1, at - 1), knots.gather(1, at)
    share = ((grid - before) / (after - before + 1e-6)).clamp_(0, 1)
    shift = goals - knots
    moved = shift.gather(1, at - 1)
    moved += share * (shift.gather(1, at) - moved)
    scale = (_TABLE - 1) / (high - low + 1e-6)
    return torch.cat([scale * turns, 0.5 - scale * low], 1), moved.neg_()


def _apart(features, steps, table):
    """How far the projections of features (C, n) stand from where transport takes them, (D, n)."""
    place = torch.addmm(steps[:, -1:], steps[:, :-1], features).clamp_(0, _TABLE - 1)
    return table.gather(1, place.long())


def _gram(sample, device):
    vectors = torch.from_numpy(sample.astype(np.float32)).to(device)
    return vectors @ vectors.T / vectors.shape[1]


def _add_variation(gradient, picture, tile, weight):
    """Squared total variation of the core of what was added to the content; its gradient is added, its cost given."""
    (_, low, high), (_, left, right) = tile.row, tile.column
    window = (slice(None), slice(low - tile.row[0], high - tile.row[0]), slice(left - tile.column[0],
                                                                                right - tile.column[0]))
    cost = 0.0
    for axis in (1, 2):
        ahead = list(window)
        ahead[axis] = slice(window[axis].start + 1, window[axis].stop + 1)
        step = picture[tuple(ahead)] - picture[window]
        gradient[tuple(ahead)] += 2 * weight * step
        gradient[window] -= 2 * weight * step
        cost += weight * float((step ** 2).sum())
    return cost


# --- pictures -------------------------------------------------------------------------------------------------------

def likeness(parts, elsewhere=1.0, skin=1.0, features=2.0):
    """(H, W) float32: how much the picture counts at each place, most at the features of a face."""
    weight = np.full(parts.shape, elsewhere, np.float32)
    weight[parts == Part.FACE] = skin
    drawn = np.isin(parts, (Part.BROWS, Part.EYES, Part.NOSE, Part.LIPS))
    if not drawn.any():
        return weight
    unit = float(max(1, np.isin(parts, (Part.FACE, Part.NOSE)).sum())) ** 0.5
    size = 2 * max(1, round(0.04 * unit)) + 1
    weight[cv2.dilate(drawn.astype(np.uint8), np.ones((size, size), np.uint8)) > 0] = features
    return cv2.GaussianBlur(weight, (0, 0), max(0.8, 0.03 * unit))


def _masters(style_targets, regions, parts):
    """One tuple of (StyleTargets, weight) per region, weights summing to 1."""
    given = [style_targets] if regions is None else list(style_targets)
    if regions is not None and (regions.shape != parts.shape or int(regions.max()) >= len(given)):
        raise ShapeError(f"regions must be {parts.shape} with numbers below {len(given)} (one per style), got "
                         f"{regions.shape} with numbers up to {int(regions.max())}")
    masters = []
    for each in given:
        mixed = [(each, 1.0)] if isinstance(each, StyleTargets) else list(each)
        total = float(sum(weight for _, weight in mixed))
        if not mixed or total <= 0 or min(weight for _, weight in mixed) < 0:
            raise UsageError("weights of masters must not be negative and must not all be 0")
        masters.append(tuple((target, weight / total) for target, weight in mixed if weight > 0))
    return masters


def _check_picture(rgb, parts, fidelity, regions, start):
    if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype != np.float32:
        raise ShapeError(f"a picture must be (H, W, 3) float32 RGB, got {rgb.shape} {rgb.dtype}")
    if min(rgb.shape[:2]) < 32:
        raise ShapeError(f"a picture must have at least 32 pixels a side to be painted, got {rgb.shape[1]} x "
                         f"{rgb.shape[0]}")
    for name, other in (("parts", parts), ("fidelity", fidelity), ("regions", regions),
                        ("start", None if start is None else start[..., 0])):
        if other is not None and other.shape != rgb.shape[:2]:
            raise ShapeError(f"{name} must have the picture's size {rgb.shape[:2]}, got {other.shape}")


def _steps(settings, level, count):
    coarse, fine = settings.steps
    share = level / (count - 1) if count > 1 else 0.0
    return round(fine + (coarse - fine) * share)


def _counting(progress, done, total, pixels):
    def count(step):
        if progress is not None:
            progress(done + step * pixels, total)
    return count


def _resized(picture, size, how=cv2.INTER_AREA):
    if picture.shape[:2] == tuple(size):
        return picture.astype(np.float32, copy=False)
    return cv2.resize(picture, size[::-1], interpolation=how)
