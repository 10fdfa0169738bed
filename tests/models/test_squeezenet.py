"""SqueezeNet has the real weights in the right places, and their file cannot bring code."""

import io
import pickle

import cv2
import numpy as np
import pytest

from models.squeezenet import BGR_MEANS, _ArraysOnly, squeezenet_features, squeezenet_weights

torch = pytest.importorskip("torch")


def test_a_weights_file_cannot_bring_code():
    class Evil:
        def __reduce__(self):
            return print, ("run",)

    with pytest.raises(pickle.UnpicklingError, match="arrays only"):
        _ArraysOnly(io.BytesIO(pickle.dumps(Evil()))).load()


@pytest.mark.weights
def test_the_network_knows_a_cat():
    """All kernels in the right place and order: ImageNet's cats are classes 281 to 285 (tabby .. Egyptian)."""
    data = pytest.importorskip("skimage.data")
    picture = cv2.resize(data.chelsea(), (227, 227), interpolation=cv2.INTER_AREA).astype(np.float32)
    seen = torch.from_numpy(picture[..., ::-1].transpose(2, 0, 1)[None].copy()) - torch.tensor(BGR_MEANS).view(1, 3, 1, 1)
    kernel, bias = squeezenet_weights()["conv10"]
    with torch.no_grad():
        scores = torch.relu(torch.nn.functional.conv2d(
            squeezenet_features()(seen), torch.from_numpy(kernel.transpose(3, 2, 0, 1).copy()),
            torch.from_numpy(bias))).mean((2, 3))[0]
    assert 281 <= int(scores.argmax()) <= 285
