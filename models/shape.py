"""The shape model: how the master proportioned faces, given who sits and how.

Probabilistic PCA (Tipping and Bishop 1999, doi:10.1111/1467-9868.00196) of the residuals about a mean that depends
linearly on the conditions (turn of the head, sex, age). Shapes are in eye units: origin between the eyes, y down, the
frame's outer eye distance one; so a model serves every size of frame.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float, Float64, Int

from data.errors import CorpusError, ShapeError
from data.files import replacing
from data.landmarks import LEFT_EYE_OUTER, MIRRORED, NOSE_TIP, RIGHT_EYE_OUTER, check_landmarks
from models.alignment import Frame, place_in_frame

CONDITIONS = ("turn", "turn_squared", "female", "age")
LEAST_SITTERS = 4
"""Fewer do not tell how faces vary."""
_UNIT = Frame()
_AGE_UNIT_YEARS = 40.0
_COORDINATES = 136
"""68 landmarks, x and y."""
_LEAST_SPREAD, _LEAST_VARIANCE = 1e-6, 1e-12


def to_eye_units(points_xy: Float[np.ndarray, "68 2"]) -> Float64[np.ndarray, "68 2"]:
    """Landmarks of any scan, placed in the frame and expressed in eye units."""
    placed = place_in_frame(points_xy, _UNIT)(points_xy)
    return (placed - _origin(_UNIT)) / _UNIT.eye_distance_px


def to_frame(shape: Float[np.ndarray, "68 2"], frame: Frame) -> Float64[np.ndarray, "68 2"]:
    """A shape in eye units as texels of `frame`."""
    return np.asarray(shape) * frame.eye_distance_px + _origin(frame)


def from_frame(points_xy: Float[np.ndarray, "68 2"], frame: Frame) -> Float64[np.ndarray, "68 2"]:
    """Texels of `frame` as eye units: the inverse of `to_frame`, with no placing."""
    return (np.asarray(points_xy, np.float64) - _origin(frame)) / frame.eye_distance_px


def _origin(frame: Frame) -> Float64[np.ndarray, " 2"]:
    """The middle between the eyes, texels."""
    return np.array([frame.eye_centre[0] * frame.width_px, frame.eye_centre[1] * frame.height_px])


def turn(points_xy: Float[np.ndarray, "68 2"]) -> float:
    """How far the head is turned, from landmarks alone: 0 frontal, about +-1 at three-quarter profile.

    Twice the nose tip's offset from the middle of the outer eye corners, in outer eye distances; negative: the nose
    points to the viewer's left.
    """
    points = check_landmarks(points_xy)
    left, right = points[LEFT_EYE_OUTER], points[RIGHT_EYE_OUTER]
    across = (right - left) / max(np.linalg.norm(right - left), 1e-9)
    offset = (points[NOSE_TIP] - (left + right) / 2) @ across
    return float(2 * offset / max(np.linalg.norm(right - left), 1e-9))


def mirrored_shape(shape: Float[np.ndarray, "68 2"]) -> Float64[np.ndarray, "68 2"]:
    """A shape in eye units, seen in a mirror."""
    return np.asarray(shape)[MIRRORED] * [-1.0, 1.0]


def shape_conditions(*, turn: float, female: float, age_years: float) -> Float64[np.ndarray, " 4"]:
    """The vector the model is conditioned on, in the order of `CONDITIONS`.

    Parameters
    ----------
    turn : float
        Of the head, as `turn` measures it; its square goes along, for what changes alike to either side.
    female : float
        0 for men, 1 for women, in between where it is not known.
    age_years : float
        Goes in units of 40 years.
    """
    return np.array([turn, turn * turn, female, age_years / _AGE_UNIT_YEARS])


@dataclass(frozen=True, eq=False)
class ShapeModel:
    """mean(conditions) + modes x weights x standard deviations + noise.

    Attributes
    ----------
    intercept : (136,) float64
        Mean shape of the corpus and its mirror image, eye units; x and y of each landmark in turn.
    slopes : (C, 136) float64
        Change of shape with each condition.
    centre : (C,) float64
        Mean conditions of the corpus, about which the slopes turn.
    modes : (K, 136) float64
        Orthonormal, variance falling.
    deviations : (K,) float64
        Standard deviations along the modes, eye units.
    noise : float
        Standard deviation of what the modes leave out, per coordinate.
    """

    intercept: Float64[np.ndarray, " 136"]
    slopes: Float64[np.ndarray, "C 136"]
    centre: Float64[np.ndarray, " C"]
    modes: Float64[np.ndarray, "K 136"]
    deviations: Float64[np.ndarray, " K"]
    noise: float

    @classmethod
    def fit(cls, shapes: Float[np.ndarray, "N 68 2"], conditions: Float[np.ndarray, "N C"], *, variance: float = 0.95,
            ridge: float = 0.5) -> "ShapeModel":
        """Learn from shapes in eye units; every shape counts twice, as it is and mirrored.

        Parameters
        ----------
        shapes : (N, 68, 2)
        conditions : (N, C)
            As `shape_conditions` gives them; turn comes first and changes sign in the mirror.
        variance : float
            Share of the residual variance that the modes keep.
        ridge : float
            Shrinks slopes; in units of one sitter's worth of condition variance.

        Raises
        ------
        ShapeError
            If shapes and conditions do not go together.
        CorpusError
            Fewer than 4 sitters.
        """
        from sklearn.decomposition import PCA  # takes half a second, and only learning needs it

        shapes, conditions = np.asarray(shapes, np.float64), np.asarray(conditions, np.float64)
        if shapes.ndim != 3 or shapes.shape[1:] != (68, 2) or len(shapes) != len(conditions):
            raise ShapeError(f"expected (N, 68, 2) shapes with N rows of conditions, got {shapes.shape} and "
                             f"{conditions.shape}")
        if len(shapes) < LEAST_SITTERS:
            raise CorpusError(f"a shape model needs at least {LEAST_SITTERS} sitters, got {len(shapes)}: add paintings with "
                              "one clear face each")
        both = np.concatenate([shapes, np.stack([mirrored_shape(s) for s in shapes])]).reshape(-1, _COORDINATES)
        flipped = conditions.copy()
        flipped[:, 0] *= -1
        given = np.concatenate([conditions, flipped])
        centre = given.mean(0)
        design = given - centre
        scale = np.maximum(design.std(0), _LEAST_SPREAD)
        unit = design / scale
        slopes = np.linalg.solve(unit.T @ unit + ridge * np.eye(unit.shape[1]), unit.T @ (both - both.mean(0)))
        slopes = slopes / scale[:, None]
        intercept = both.mean(0)
        residual = both - intercept - design @ slopes
        pca = PCA(n_components=min(len(shapes) - 1, _COORDINATES - 1), svd_solver="full").fit(residual)
        kept = int(np.searchsorted(np.cumsum(pca.explained_variance_ratio_), variance) + 1)
        kept = max(1, min(kept, len(pca.components_)))
        left_out = pca.explained_variance_[kept:]
        noise = float(np.sqrt(left_out.sum() / max(1, _COORDINATES - kept)))
        return cls(intercept, slopes, centre, pca.components_[:kept],
                   np.sqrt(np.maximum(pca.explained_variance_[:kept], _LEAST_VARIANCE)), noise)

    def mean(self, given: Float[np.ndarray, " C"]) -> Float64[np.ndarray, "68 2"]:
        """The expected shape under conditions, eye units."""
        return (self.intercept + (np.asarray(given) - self.centre) @ self.slopes).reshape(68, 2)

    def instance(self, weights: Float[np.ndarray, " k"], given: Float[np.ndarray, " C"]) -> Float64[np.ndarray, "68 2"]:
        """Weights of the first modes, in standard deviations, into a shape under conditions."""
        weights = np.asarray(weights, np.float64)
        used = len(weights)
        return self.mean(given) + ((weights * self.deviations[:used]) @ self.modes[:used]).reshape(68, 2)

    def project(self, shape: Float[np.ndarray, "68 2"], given: Float[np.ndarray, " C"]) -> Float64[np.ndarray, " K"]:
        """A shape into weights, in standard deviations; the inverse of `instance` within the modes."""
        residual = (np.asarray(shape, np.float64) - self.mean(given)).reshape(_COORDINATES)
        return self.modes @ residual / self.deviations

    def sample(self, rng: np.random.Generator, given: Float[np.ndarray, " C"], *, spread: float = 0.9,
               limit: float = 2.0) -> Float64[np.ndarray, "68 2"]:
        """A new shape under conditions, eye units.

        Parameters
        ----------
        rng : numpy.random.Generator
        given : (C,) float
            As `shape_conditions` gives them.
        spread : float
            Standard deviation of the weights; those of the corpus' sitters have 1.
        limit : float
            No weight goes beyond it.
        """
        weights = np.clip(rng.normal(0.0, spread, len(self.deviations)), -limit, limit)
        return self.instance(weights, given)

    def typicality(self, shape: Float[np.ndarray, "68 2"], given: Float[np.ndarray, " C"]) -> float:
        """Root-mean-square weight: about 1 for the corpus' own sitters, above 1.6 for shapes it never shows."""
        return float(np.sqrt(np.mean(self.project(shape, given) ** 2)))

    def complete(self, known: Int[np.ndarray, " M"], points: Float[np.ndarray, "M 2"], given: Float[np.ndarray, " C"], *,
                 trust: float = 0.02, around: Float[np.ndarray, "68 2"] | None = None) -> Float64[np.ndarray, "68 2"]:
        """The likeliest shape that passes through some given landmarks, eye units.

        Parameters
        ----------
        known : (M,) int
            Which landmarks are given.
        points : (M, 2)
            Where, in eye units.
        given : (C,) float
            Conditions, as `shape_conditions` gives them.
        trust : float
            Standard deviation allowed to the given points, eye units.
        around : (68, 2), optional
            Stay as near to this shape as the given points allow, instead of to the mean.
        """
        columns = np.stack([2 * np.asarray(known), 2 * np.asarray(known) + 1], 1).ravel()
        loadings = (self.modes * self.deviations[:, None]).T[columns]
        start = np.zeros(len(self.deviations)) if around is None else self.project(around, given)
        wanted = np.asarray(points, np.float64).ravel() - self.instance(start, given).ravel()[columns]
        precision = loadings.T @ loadings / trust ** 2 + np.eye(loadings.shape[1])
        weights = start + np.linalg.solve(precision, loadings.T @ wanted / trust ** 2)
        return self.instance(weights, given)

    def save(self, path: Path | str) -> None:
        """Write one npz file."""
        with replacing(path) as beside, open(beside, "wb") as stream:
            np.savez(stream, intercept=self.intercept, slopes=self.slopes, centre=self.centre, modes=self.modes,
                     deviations=self.deviations, noise=self.noise, about=json.dumps({"conditions": CONDITIONS}))

    @classmethod
    def load(cls, path: Path | str) -> "ShapeModel":
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as held:
            arrays = {name: held[name] for name in ("intercept", "slopes", "centre", "modes", "deviations")}
            return cls(**arrays, noise=float(held["noise"]))
