"""A broad blur is made of a smaller picture, and nobody sees it."""

import cv2
import numpy as np
import pytest

from render.imaging.filters import broad_blur


@pytest.mark.parametrize("sigma, apart", [(2.0, 0.0), (6.5, 0.02), (15.0, 0.03), (40.0, 0.05)])
def test_a_broad_blur_is_a_gaussian_blur(sigma, apart):
    blobs = np.random.default_rng(0).random((9, 7, 3)).astype(np.float32)
    picture = cv2.resize(blobs, (150, 203), interpolation=cv2.INTER_CUBIC)
    wanted, found = cv2.GaussianBlur(picture, (0, 0), sigma), broad_blur(picture, sigma)
    assert found.shape == picture.shape and found.dtype == np.float32
    assert np.abs(found - wanted).mean() <= apart * picture.std()
    flat = np.full((60, 50), 0.3, np.float32)
    np.testing.assert_allclose(broad_blur(flat, sigma), flat, atol=1e-6)
