"""Modes of variation about a mean that follows conditions: ridge regression (Hoerl and Kennard 1970,
doi:10.1080/00401706.1970.10488634), then principal components of what it leaves."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float64

_LONGEST_WEIGHT = 1.7
"""Weights are clipped at this many standard deviations: beyond it faces look deformed."""
_LEAST_SCALE = 1e-12
"""A row of zeros is stored with this scale."""


@dataclass(frozen=True, eq=False)
class Modes:
    """A mean that follows the conditions, and orthonormal modes of what they leave open.

    Attributes
    ----------
    mean : (1 + C, D) float64
        The constant, then the slope with each of the C conditions.
    modes : (K, D) float64
        Orthonormal, variance falling.
    spread : (K,) float64
        Standard deviation of each mode's weight.
    """

    mean: Float64[np.ndarray, "given D"]
    modes: Float64[np.ndarray, "K D"]
    spread: Float64[np.ndarray, " K"]

    @classmethod
    def fit(cls, values: Float[np.ndarray, "N D"], given: Float[np.ndarray, "N C"], count: int, *,
            ridge: float = 1.5) -> "Modes":
        """Learn from examples.

        Parameters
        ----------
        values : (N, D) float
        given : (N, C) float
            The conditions of each.
        count : int
            Most modes kept.
        ridge : float
            Shrinks the slopes, so that rare conditions do not take a single face's look; in examples.
        """
        values, given = np.asarray(values, np.float64), np.asarray(given, np.float64)
        centre = given.mean(0)
        design = given - centre
        slope = np.linalg.solve(design.T @ design + ridge * np.eye(design.shape[1]), design.T @ (values - values.mean(0)))
        constant = values.mean(0) - centre @ slope
        left = values - (constant + given @ slope)
        _, singular, rows = np.linalg.svd(left, full_matrices=False)
        count = min(count, len(values) - 1)
        return cls(np.vstack([constant, slope]), rows[:count], singular[:count] / np.sqrt(len(values) - 1))

    def expected(self, given: Float[np.ndarray, " C"]) -> Float64[np.ndarray, " D"]:
        """The mean under conditions."""
        return self.mean[0] + np.asarray(given) @ self.mean[1:]

    def sample(self, rng: np.random.Generator, given: Float[np.ndarray, " C"],
               liveliness: float) -> Float64[np.ndarray, " D"]:
        """A draw under conditions.

        Parameters
        ----------
        rng : numpy.random.Generator
        given : (C,) float
        liveliness : float
            Scales the weights, which are drawn from a normal distribution and clipped.
        """
        weights = np.clip(rng.standard_normal(len(self.spread)), -_LONGEST_WEIGHT, _LONGEST_WEIGHT)
        return self.expected(given) + weights * self.spread * liveliness @ self.modes

    def packed(self, name: str) -> dict[str, np.ndarray]:
        """Arrays for npz, named "NAME.part": rows as whole numbers with a scale each."""
        arrays: dict[str, np.ndarray] = {f"{name}.spread": self.spread.astype(np.float32)}
        for part, rows, bits in (("mean", self.mean, np.int16), ("modes", self.modes, np.int8)):
            scale = np.maximum(np.abs(rows).max(1, keepdims=True), _LEAST_SCALE) / np.iinfo(np.int16).max
            if bits is np.int8:
                scale = scale * np.iinfo(np.int16).max / np.iinfo(np.int8).max
            arrays[f"{name}.{part}"] = np.round(rows / scale).astype(bits)
            arrays[f"{name}.{part}_scale"] = scale.astype(np.float32)
        return arrays

    @classmethod
    def unpacked(cls, arrays: Mapping[str, np.ndarray], name: str) -> "Modes":
        """What `packed` made."""
        mean, modes = (arrays[f"{name}.{part}"].astype(np.float64) * arrays[f"{name}.{part}_scale"]
                       for part in ("mean", "modes"))
        return cls(mean, modes, arrays[f"{name}.spread"].astype(np.float64))
