"""The appearance model: light, colour and form of aligned pictures, as a mean and modes of variation.

Eigenpictures after Sirovich and Kirby 1987 (doi:10.1364/JOSAA.4.000519), on pictures whose shape has been taken out by
warping them to one layout (Cootes et al. 2001, doi:10.1109/34.927467).
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float32

from data.errors import CorpusError, ShapeError

_LEAST_SHARE = 0.05
"""Weighted share of the pictures that must show a texel for its mean to be taken over them alone."""
_LEAST_VARIANCE = 1e-12


@dataclass(frozen=True, eq=False)
class AppearanceModel:
    """mean + modes x weights x deviations.

    Attributes
    ----------
    mean : (H, W, C) float32
    modes : (K, H, W, C) float32
        Orthonormal as vectors, variance falling.
    deviations : (K,) float32
        Standard deviations along the modes.
    """

    mean: Float32[np.ndarray, "H W C"]
    modes: Float32[np.ndarray, "K H W C"]
    deviations: Float32[np.ndarray, " K"]

    @classmethod
    def fit(cls, pictures: Float[np.ndarray, "N H W C"], valid: Bool[np.ndarray, "N H W"] | None = None, *,
            count: int = 12, importance: Float[np.ndarray, " N"] | None = None) -> "AppearanceModel":
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

        Raises
        ------
        ShapeError
            If the pictures are not stacked.
        CorpusError
            With fewer than two.
        """
        pictures = np.asarray(pictures, np.float32)
        if pictures.ndim != 4:
            raise ShapeError(f"expected (N, H, W, C) pictures, got {pictures.shape}")
        if len(pictures) < 2:
            raise CorpusError(f"an appearance model needs at least 2 pictures, got {len(pictures)}")
        weight = np.ones(len(pictures), np.float32) if importance is None else np.asarray(importance, np.float32)
        weight = weight / weight.sum()
        seen = np.ones(pictures.shape[:3], np.float32) if valid is None else np.asarray(valid, np.float32)
        mean = _mean_seen(pictures, seen, weight)
        residual = (pictures - mean) * seen[..., None] * np.sqrt(weight)[:, None, None, None]
        flat = residual.reshape(len(pictures), -1).astype(np.float64)
        # There are far fewer pictures than texels, and the small Gram matrix of the pictures gives the same modes.
        values, vectors = np.linalg.eigh(flat @ flat.T)
        order = np.argsort(values)[::-1][:min(count, len(pictures) - 1)]
        values, vectors = np.maximum(values[order], _LEAST_VARIANCE), vectors[:, order]
        # The sign of an eigenvector is arbitrary; fix it so that the same seed gives the same face everywhere.
        vectors = vectors * np.sign(vectors[np.abs(vectors).argmax(0), np.arange(len(order))])
        modes = (vectors / np.sqrt(values)).T @ flat
        return cls(mean.astype(np.float32), modes.reshape(-1, *mean.shape).astype(np.float32),
                   np.sqrt(values).astype(np.float32))

    def instance(self, weights: Float[np.ndarray, " k"]) -> Float32[np.ndarray, "H W C"]:
        """Weights of the first modes, in standard deviations, into a picture."""
        weights = np.asarray(weights, np.float32)
        used = len(weights)
        return self.mean + np.tensordot(weights * self.deviations[:used], self.modes[:used], 1)

    def project(self, picture: Float[np.ndarray, "H W C"]) -> Float32[np.ndarray, " K"]:
        """A picture into weights, in standard deviations; the inverse of `instance` within the modes."""
        flat = self.modes.reshape(len(self.modes), -1)
        return flat @ (np.asarray(picture, np.float32) - self.mean).ravel() / self.deviations

    def sample(self, rng: np.random.Generator, *, spread: float = 0.8, limit: float = 1.8) -> Float32[np.ndarray, "H W C"]:
        """A new picture.

        Parameters
        ----------
        rng : numpy.random.Generator
        spread : float
            Standard deviation of the weights; those of the pictures learned from have 1.
        limit : float
            No weight goes beyond it.
        """
        return self.instance(np.clip(rng.normal(0, spread, len(self.deviations)), -limit, limit))


def _mean_seen(pictures: Float32[np.ndarray, "N H W C"], seen: Float32[np.ndarray, "N H W"],
               weight: Float32[np.ndarray, " N"]) -> Float32[np.ndarray, "H W C"]:
    """The weighted mean of each texel over the pictures that show it; over all pictures where hardly any does."""
    share = (weight[:, None, None] * seen).sum(0)
    total = (weight[:, None, None, None] * seen[..., None] * pictures).sum(0)
    average = (weight[:, None, None, None] * pictures).sum(0)
    return np.where(share[..., None] > _LEAST_SHARE, total / np.maximum(share, 1e-6)[..., None], average)
