"""A canvas whose features are the master's is not pulled; any other is pulled so that the loss falls."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from data.parts import Part  # noqa: E402  needs torch
from models.perceptual import Layer  # noqa: E402
from models.style import StyleTargets  # noqa: E402
from render.neural.settings import NeuralSettings  # noqa: E402
from render.neural.style_losses import Cells, Goal, Moment, style_loss  # noqa: E402

CELLS = Cells("conv1", 0)


def goal_for(sample, kind, strength=1.0):
    target = StyleTargets(({"conv1": {Part.BACKGROUND: sample.astype(np.float16)}},), {}, "squeezenet", ("drawn",))
    settings = NeuralSettings(style_loss=kind, strength=strength)
    return Goal(settings, 0, {"conv1": Layer(1, len(sample), 1, 0)}, {0: sample.shape[1]}, [((target, 1.0),)], "cpu")


def one_round(loss, features, before=None):
    """The pull on features, and the loss, from statistics of these very features."""
    places = np.arange(features.shape[1])
    now = loss.gather([loss.observe(CELLS, features, places, Moment(0, 0))])
    return loss.pull(CELLS, features, loss.aim(CELLS, now, now if before is None else before, 0), 0)


@pytest.fixture
def sample():
    return np.random.default_rng(0).gamma(2, 1, (6, 600)).astype(np.float16).astype(np.float32)


@pytest.mark.parametrize("kind", ["wasserstein", "gram"])
def test_the_masters_own_features_stay(sample, kind):
    loss = style_loss(goal_for(sample, kind))
    own, other = torch.from_numpy(sample), torch.from_numpy(3 - 0.5 * sample)
    still, none = one_round(loss, own)
    pulled, some = one_round(loss, other)
    assert float(still.abs().mean()) < 0.02 * float(pulled.abs().mean())
    if kind == "wasserstein":
        assert none < 0.01 * some


@pytest.mark.parametrize("kind", ["wasserstein", "gram"])
def test_following_the_pull_brings_features_nearer(sample, kind):
    loss = style_loss(goal_for(sample, kind))
    features = torch.from_numpy(1.5 * sample + 1)
    wanted = torch.from_numpy(sample @ sample.T / sample.shape[1])
    gap = lambda x: float((x @ x.T / x.shape[1] - wanted).square().mean())
    first = gap(features)
    for _ in range(20):
        pull, _ = one_round(loss, features)
        features = features - 0.05 * pull / pull.abs().mean()
    assert gap(features) < 0.5 * first


def test_without_strength_the_canvas_is_its_own_goal(sample):
    features = torch.from_numpy(2 * sample)
    for kind in ("wasserstein", "gram"):
        weak, full = (one_round(style_loss(goal_for(sample, kind, strength)), features)[0] for strength in (0.0, 1.0))
        assert float(weak.abs().mean()) < 0.02 * float(full.abs().mean()), kind
