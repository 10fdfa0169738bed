"""Claim: patch statistics tell paint from other paint whatever it shows, and the network's features are the real ones."""

import pickle

import cv2
import numpy as np
import pytest

from data.errors import ShapeError
from data.parts import Part
from models.texture import (
    STYLE_LAYERS,
    TextureStatistics,
    _ArraysOnly,
    gram,
    sliced_wasserstein,
    squeezenet_weights,
    style_grams,
    texture_distance,
    texture_network,
    typical_distances,
)


def surface(seed, *, angle, shape=(120, 160)):
    """Strokes in one direction over soft blobs; the blobs change with the seed."""
    rng = np.random.default_rng(seed)
    blobs = cv2.resize(rng.random((4, 5, 3)).astype(np.float32), shape[::-1], interpolation=cv2.INTER_CUBIC)
    kernel = np.zeros((13, 13), np.float32)
    offset = 6 * np.array([np.cos(angle), np.sin(angle)])
    cv2.line(kernel, [int(round(6 - v)) for v in offset], [int(round(6 + v)) for v in offset], 1.0)
    strokes = cv2.filter2D(rng.standard_normal(shape).astype(np.float32), -1, kernel / kernel.sum())
    return np.clip(0.3 + 0.3 * blobs + 0.25 * strokes[..., None], 0, 1)


def test_sliced_wasserstein_is_a_distance_that_knows_a_shift():
    rng = np.random.default_rng(0)
    cloud = rng.standard_normal((3000, 6))
    assert sliced_wasserstein(cloud, cloud) == 0
    assert sliced_wasserstein(cloud, cloud[rng.permutation(3000)]) < 1e-6
    near, far = sliced_wasserstein(cloud, cloud + 0.1), sliced_wasserstein(cloud, cloud + 1.0)
    assert far == pytest.approx(10 * near, rel=1e-3) and near == pytest.approx(sliced_wasserstein(cloud + 0.1, cloud))
    # One coordinate only: the distance of the sorted values.
    assert sliced_wasserstein(cloud[:, :1], cloud[:, :1] + 0.5) == pytest.approx(0.5, rel=1e-4)
    with pytest.raises(ShapeError, match="clouds"):
        sliced_wasserstein(cloud, cloud[:, :3])


def test_like_paint_is_nearer_than_other_paint_part_by_part():
    labels = np.full((120, 160), Part.FACE, np.uint8)
    labels[:, 80:] = Part.CLOTHING
    works = [TextureStatistics.of(surface(seed, angle=0.3), labels) for seed in range(3)]
    other = TextureStatistics.of(np.where(labels[..., None] == Part.FACE, surface(9, angle=0.3),
                                          surface(9, angle=1.8)), labels)
    among, to_other = typical_distances(works), texture_distance(works[0], other)
    assert set(among) == {(part, scale) for part in (Part.FACE, Part.CLOTHING) for scale in range(3)}
    assert to_other[Part.FACE, 0] < 1.5 * among[Part.FACE, 0]
    assert to_other[Part.CLOTHING, 0] > 3 * among[Part.CLOTHING, 0]
    blurred = TextureStatistics.of(cv2.GaussianBlur(surface(9, angle=0.3), (0, 0), 2), labels)
    assert texture_distance(works[0], blurred)[Part.FACE, 0] > 5 * among[Part.FACE, 0]


def test_statistics_survive_saving(tmp_path):
    labels = np.full((120, 160), Part.HAIR, np.uint8)
    statistics = TextureStatistics.of(surface(1, angle=0), labels)
    np.savez(tmp_path / "s.npz", **statistics.to_arrays())
    with np.load(tmp_path / "s.npz", allow_pickle=False) as held:
        again = TextureStatistics.from_arrays({name: held[name] for name in held.files})
    assert max(texture_distance(statistics, again).values()) == 0 and len(again.quantiles) == 3


def test_a_weights_file_cannot_bring_code():
    import io

    class Evil:
        def __reduce__(self):
            return print, ("run",)

    with pytest.raises(pickle.UnpicklingError, match="arrays only"):
        _ArraysOnly(io.BytesIO(pickle.dumps(Evil()))).load()


@pytest.mark.weights
def test_the_network_knows_a_cat():
    """All kernels in the right place and order: ImageNet's cats are classes 281 to 285 (tabby .. Egyptian)."""
    torch = pytest.importorskip("torch")
    data = pytest.importorskip("skimage.data")
    picture = cv2.resize(data.chelsea(), (227, 227), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    network = texture_network(("fire9",), average=False)
    kernel, bias = squeezenet_weights()["conv10"]
    with torch.no_grad():
        features = network(torch.from_numpy(picture.transpose(2, 0, 1)[None].copy()))["fire9"]
        scores = torch.relu(torch.nn.functional.conv2d(
            features, torch.from_numpy(kernel.transpose(3, 2, 0, 1).copy()), torch.from_numpy(bias))).mean((2, 3))[0]
    assert 281 <= int(scores.argmax()) <= 285


@pytest.mark.weights
def test_gram_matrices_are_means_over_places_and_tell_strokes_apart():
    torch = pytest.importorskip("torch")
    features = torch.arange(24, dtype=torch.float32).reshape(2, 3, 4)
    wanted = features.reshape(2, -1) @ features.reshape(2, -1).T / 12
    torch.testing.assert_close(gram(features), wanted)
    torch.testing.assert_close(gram(features, torch.ones(3, 4)), wanted)
    one, like, other = (style_grams(surface(seed, angle=angle)) for seed, angle in ((1, 0.3), (2, 0.3), (3, 1.8)))
    assert tuple(one) == STYLE_LAYERS and one["conv1"].shape == (64, 64)

    def apart(a, b):
        return np.linalg.norm(a["fire2"] - b["fire2"]) / np.linalg.norm(a["fire2"])

    assert apart(one, other) > 1.5 * apart(one, like)
