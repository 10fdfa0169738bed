"""The perceptual network: layers are what the table says, lie where it says, are frozen, and let gradients through."""

import numpy as np
import pytest

from data.errors import UsageError
from models.perceptual import NETWORKS, SQUEEZENET, check_layers, load_network

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.weights


@pytest.fixture(scope="module")
def picture():
    return torch.from_numpy(np.random.default_rng(0).random((1, 3, 97, 113), np.float32))


def test_layers_have_the_channels_of_the_table_and_nothing_is_changed_in_place(picture):
    network = load_network()
    with torch.no_grad():
        together = network(picture, list(SQUEEZENET))
        alone = network(picture, ["fire4"])
    assert {name: value.shape[1] for name, value in together.items()} == {
        name: layer.channels for name, layer in SQUEEZENET.items()}
    assert torch.equal(together["fire4"], alone["fire4"]) and list(alone) == ["fire4"]
    assert load_network() is network


@pytest.mark.parametrize("name", ["conv1", "fire2", "fire4", "fire6"])
def test_a_cell_is_moved_by_the_pixel_it_is_centred_on(name):
    layer = SQUEEZENET[name]
    cell = 5
    plain = torch.full((1, 3, 160, 160), 0.4, requires_grad=True)
    load_network()(plain, [name])[name][0, :, cell, cell].square().sum().backward()
    influence = plain.grad[0].abs().sum(0)
    rows = torch.arange(160, dtype=torch.float32)
    centre = [float((influence.sum(axis) * rows).sum() / influence.sum()) for axis in (1, 0)]
    assert centre == pytest.approx([layer.stride * cell + layer.offset] * 2, abs=0.5 * layer.stride)


def test_weights_are_frozen():
    assert not any(parameter.requires_grad for parameter in load_network().parameters())


def test_unknown_names_are_told_with_those_there_are():
    with pytest.raises(UsageError, match="unknown layer 'fire99' of squeezenet: expected one of conv1"):
        check_layers("squeezenet", ["fire2", "fire99"])
    with pytest.raises(UsageError, match="unknown network"):
        check_layers("resnet", [])
    with pytest.raises(UsageError, match="unknown network"):
        load_network("resnet")
    assert check_layers("squeezenet", ["fire4", "conv1", "fire2"]) == ["conv1", "fire2", "fire4"]
    assert set(NETWORKS) == {"squeezenet", "vgg19"}


def test_a_network_first_asked_for_in_inference_mode_still_gives_gradients():
    load_network.cache_clear()
    with torch.inference_mode():
        load_network()
    picture = torch.full((1, 3, 64, 64), 0.4, requires_grad=True)
    load_network()(picture, ["conv1"])["conv1"].sum().backward()
    assert picture.grad is not None and float(picture.grad.abs().sum()) > 0
