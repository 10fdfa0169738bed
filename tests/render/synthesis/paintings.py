"""Drawn paintings that several tests share."""

import cv2
import numpy as np

from render.synthesis.exemplar import Exemplar

HEIGHT, WIDTH = 120, 96


def painted(seed, *, rough=0.08):
    """A picture of soft blobs with grain, (H, W, 3) float32; its blobs are the same for all seeds below 100."""
    blobs = np.random.default_rng(seed // 100).random((9, 7, 3)).astype(np.float32)
    soft = cv2.resize(blobs, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC) * 0.6 + 0.2
    grain = cv2.GaussianBlur(np.random.default_rng(seed + 1).standard_normal((HEIGHT, WIDTH, 1)), (0, 0), 0.8)
    return np.clip(soft + rough * grain[..., None], 0, 1).astype(np.float32)


def guide_of(colour):
    """(H, W, 3) uint8: blurred Lab."""
    return cv2.cvtColor((cv2.GaussianBlur(colour, (0, 0), 3) * 255).astype(np.uint8), cv2.COLOR_RGB2LAB)


def exemplar(seed, *, name="", labels=None, valid=None, **kind):
    """A painted picture as an Exemplar, all of one part and all valid unless said otherwise."""
    colour = painted(seed, **kind)
    return Exemplar((colour * 65535 + 0.5).astype(np.uint16), guide_of(colour),
                    np.zeros((HEIGHT, WIDTH), np.uint8) if labels is None else labels,
                    np.ones((HEIGHT, WIDTH), bool) if valid is None else valid, name)
