"""The network gives three bands of its input's size, depends on a bounded neighbourhood, and keeps its weights."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from models.relief_bands import BANDS  # noqa: E402  needs torch
from models.relief_features import FEATURE_COUNT  # noqa: E402
from models.relief_network import STRIDE, stroke_net  # noqa: E402


def test_weights_survive_as_arrays():
    torch.manual_seed(0)
    net = stroke_net()
    again = stroke_net({name: value.numpy() for name, value in net.state_dict().items()})
    x = torch.randn(1, FEATURE_COUNT, 4 * STRIDE, 6 * STRIDE)
    with torch.no_grad():
        out = net(x)
        torch.testing.assert_close(again(x), out)
    assert out.shape == (1, len(BANDS), 4 * STRIDE, 6 * STRIDE)


def test_a_texel_depends_on_its_surroundings_alone():
    torch.manual_seed(1)
    net, x = stroke_net().eval(), torch.randn(1, FEATURE_COUNT, 256, 256)
    changed = x.clone()
    changed[..., :STRIDE, :STRIDE] += 1
    with torch.no_grad():
        moved = (net(changed) - net(x)).abs().amax((0, 1)).numpy()
    assert moved[:STRIDE, :STRIDE].max() > 1e-3
    from models.relief import HALO
    assert np.all(moved[HALO + STRIDE:] < 1e-5) and np.all(moved[:, HALO + STRIDE:] < 1e-5)
