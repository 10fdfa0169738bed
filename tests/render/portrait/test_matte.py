"""A matte holds the share of a soft edge, and colour without the old ground's; where ground and head are alike it keeps to the
outline. The size at which it is solved changes little."""

import cv2
import numpy as np
import pytest

from render.portrait.matte import head_matte

EYE_PX, HAIR, GROUND = 40.0, np.float32([25, 6, 10]), np.float32([75, -2, 4])


def drawn_head(ground, size=(200, 180)):
    """Hair with a soft edge over a ground: (Lab, true alpha, rough outline)."""
    rough = np.zeros(size, np.float32)
    cv2.ellipse(rough, (90, 100), (50, 62), 0, 0, 360, 1.0, -1)
    alpha = cv2.GaussianBlur(rough, (0, 0), 2.0)
    noise = np.random.default_rng(2).normal(0, 0.6, (*size, 3)).astype(np.float32)
    lab = alpha[..., None] * HAIR + (1 - alpha[..., None]) * ground + noise
    wobbling = cv2.warpAffine(rough, np.float32([[1, 0, 1], [0, 1, -1]]), size[::-1]) > 0.5    # parts maps are a little off
    return lab.astype(np.float32), alpha, wobbling


@pytest.mark.parametrize("fine", [True, False])
def test_a_soft_edge_is_found_and_has_no_halo(fine):
    lab, alpha, rough = drawn_head(GROUND)
    everywhere = np.ones(rough.shape, bool)
    matte = head_matte(lab, rough, np.zeros_like(rough), everywhere, EYE_PX, fine=fine)
    assert np.abs(matte.alpha - alpha).mean() < 0.01
    edge = (alpha > 0.3) & (alpha < 0.95)
    assert np.abs(matte.lab[edge] - HAIR).mean() < 4        # the picture itself is 25 units off there
    dark = np.float32([15, 2, 2])
    laid = matte.lab * matte.alpha[..., None] + dark * (1 - matte.alpha[..., None])
    assert np.percentile(laid[edge][:, 0], 99) < 34                     # lighter than hair and ground alike would be a halo


def test_like_colours_leave_the_outline_as_it_is():
    lab, _, rough = drawn_head(HAIR)
    matte = head_matte(lab, rough, np.zeros_like(rough), np.ones(rough.shape, bool), EYE_PX, fine=True)
    inside = cv2.erode(rough.astype(np.uint8), np.ones((9, 9))) > 0
    outside = cv2.dilate(rough.astype(np.uint8), np.ones((9, 9))) == 0
    assert matte.alpha[inside].min() > 0.97 and matte.alpha[outside].max() < 0.03


def test_there_is_no_head_where_there_is_no_paint():
    lab, _, rough = drawn_head(GROUND)
    valid = np.arange(rough.shape[1])[None] > np.full((rough.shape[0], 1), 90)
    assert not head_matte(lab, rough, np.zeros_like(rough), valid, EYE_PX, fine=False).alpha[:, :91].any()
    assert not head_matte(lab, rough & False, rough & False, valid, EYE_PX, fine=False).alpha.any()
