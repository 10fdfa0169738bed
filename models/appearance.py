"""The appearance model: light, colour and form of aligned pictures, as a mean and modes of variation.

Eigenpictures after Sirovich and Kirby 1987 (doi:10.1364/JOSAA.4.000519), on pictures whose shape has been taken out by
warping them to one layout (Cootes et al. 2001, doi:10.1109/34.927467).
"""

from dataclasses import dataclass

import numpy as np

from data.errors import CorpusError, ShapeError


@dataclass(frozen=True, eq=False)
class AppearanceModel:
    """mean + modes x weights x deviations.

    Attributes
    ----------
    mean : (H, W, C) float32
    modes : (K, H, W, C) float32
        Orthonormal as vectors, variance falling.
    deviations : (K,) float32
    """

    mean: np.ndarray
    modes: np.ndarray
    deviations: np.ndarray

    @classmethod
    def fit(cls, pictures, valid=None, *, count=12, importance=None):
        """Learn from aligned pictures.

        Parameters
        ----------
        pictures : (N, H, W, C) float
        valid : (N, H, W) bool, optional
            Where each picture shows paint; elsewhere it is taken to be average.
        count : int
            Most modes kept.
        importance : (N,) float, optional
            Weight of each picture in mean and modes.
        """
        pictures = np.asarray(pictures, np.float32)
        if pictures.ndim != 4:
            raise ShapeError(f"expected (N, H, W, C) pictures, got {pictures.shape}")
        if len(pictures) < 2:
            raise CorpusError(f"an appearance model needs at least 2 pictures, got {len(pictures)}")
        weight = np.ones(len(pictures), np.float32) if importance is None else np.asarray(importance, np.float32)
        weight = weight / weight.sum()
        seen = np.ones(pictures.shape[:3], np.float32) if valid is None else np.asarray(valid, np.float32)
        share = (weight[:, None, None] * seen).sum(0)
        total = (weight[:, None, None, None] * seen[..., None] * pictures).sum(0)
        average = (weight[:, None, None, None] * pictures).sum(0)
        mean = np.where(share[..., None] > 0.05, total / np.maximum(share, 1e-6)[..., None], average)
        residual = (pictures - mean) * seen[..., None] * np.sqrt(weight)[:, None, None, None]
        flat = residual.reshape(len(pictures), -1).astype(np.float64)
        # Few pictures, many texels: the small Gram matrix gives the same modes.
        values, vectors = np.linalg.eigh(flat @ flat.T)
        order = np.argsort(values)[::-1][:min(count, len(pictures) - 1)]
        values, vectors = np.maximum(values[order], 1e-12), vectors[:, order]
        # The sign of an eigenvector is the library's whim; fix it so that the same seed gives the same face.
        vectors = vectors * np.sign(vectors[np.abs(vectors).argmax(0), np.arange(len(order))])
        modes = (vectors / np.sqrt(values)).T @ flat
        return cls(mean.astype(np.float32), modes.reshape(-1, *mean.shape).astype(np.float32),
                   np.sqrt(values).astype(np.float32))

    def instance(self, weights):
        """Weights in standard deviations into a picture, (H, W, C) float32."""
        weights = np.asarray(weights, np.float32)
        used = len(weights)
        return self.mean + np.tensordot(weights * self.deviations[:used], self.modes[:used], 1)

    def project(self, picture):
        """A picture into weights, in standard deviations."""
        flat = self.modes.reshape(len(self.modes), -1)
        return flat @ (np.asarray(picture, np.float32) - self.mean).ravel() / self.deviations

    def sample(self, rng, *, spread=0.8, limit=1.8):
        """A new picture: normal weights of the given spread, none beyond `limit` standard deviations."""
        return self.instance(np.clip(rng.normal(0, spread, len(self.deviations)), -limit, limit))
