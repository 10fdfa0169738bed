"""A model written node by node is one that ONNX Runtime runs, and it computes what was written."""

import numpy as np

from features.networks.onnx_graph import OnnxGraph
from features.networks.runtime import onnx_session


def run(graph, x, shape):
    session = onnx_session(graph.model({"x": x.shape}, {"y": shape}))
    return session.run(None, {"x": x})[0]


def test_a_convolution_is_the_sum_it_says():
    rng = np.random.default_rng(0)
    x, filters, offset = (rng.normal(size=size).astype(np.float32) for size in ((1, 2, 6, 6), (3, 2, 3, 3), (3,)))
    graph = OnnxGraph()
    found = run_named(graph, graph.convolved("x", filters, offset, stride=2, border=1), x, (1, 3, 3, 3))
    padded = np.pad(x[0], ((0, 0), (1, 1), (1, 1)))
    for row, column in ((0, 0), (1, 2), (2, 1)):
        window = padded[:, 2 * row:2 * row + 3, 2 * column:2 * column + 3]
        np.testing.assert_allclose(found[0, :, row, column], (filters * window).sum((1, 2, 3)) + offset, rtol=1e-5, atol=1e-5)


def test_padding_adds_zeros_behind():
    x = np.arange(8, dtype=np.float32).reshape(1, 2, 2, 2)
    graph = OnnxGraph()
    found = run_named(graph, graph.padded("x", 1, 2), x, (1, 3, 4, 4))
    np.testing.assert_array_equal(found[:, :2, :2, :2], x)
    assert found.sum() == x.sum()
    assert OnnxGraph().padded("x", 0, 0) == "x"


def run_named(graph, name, x, shape):
    """The value of that name for an input "x"."""
    graph.node("Relu", graph.node("Neg", name), output="below")
    graph.node("Sub", graph.node("Relu", name), "below", output="y")
    return run(graph, x, shape)
