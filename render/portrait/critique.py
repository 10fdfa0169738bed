"""Measured quality of a painting: whether the face is where it was meant to be and unlike any painted sitter, how like the
master's paint it is, and how high its relief.

Plain functions from arrays to figures that JSON can hold; each group of figures has one plain sentence.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Float, Float32, Float64, Int, UInt8

from data.errors import ShapeError
from data.landmarks import landmark_error
from data.parts import Part
from features.picture import detect_face, painted_attributes, painted_embedding
from models.texture import TextureStatistics, texture_distance, typical_distances
from render.portrait.sitter import is_as_wished, measured_name
from render.synthesis.source_map import regions

ALGORITHM_VERSION = "5"
_GAVE_PAINT = 0.005             # paintings whose share of the canvas is larger count among those that gave paint
_FEWEST_WORKS = 3               # least number of real works for a typical distance between works
_LOW, _HIGH = 1, 99             # percentiles of height and slope, so that single texels do not decide

Figures: TypeAlias = dict[str, Any]
"""A group of figures by name, ready for JSON, with one "sentence" that says them in words."""


@dataclass(frozen=True, eq=False)
class Reference:
    """What a painting is judged against: the corpus.

    Attributes
    ----------
    names : (N,) str
        The paintings.
    embeddings : (N, 128) float32
        Face embeddings of their sitters.
    sitters : (N,), optional
        Any labels, equal for pictures of one sitter; None: all are different.
    textures : tuple of TextureStatistics
        Of works that gave no paint, aligned as the portrait is and of its size.
    """

    names: tuple[str, ...]
    embeddings: Float[np.ndarray, "N 128"]
    sitters: tuple[Any, ...] | None = None
    textures: tuple[TextureStatistics, ...] = ()

    def __post_init__(self) -> None:
        if len(self.names) != len(self.embeddings) or (len(self.names) and self.embeddings.shape[1] != 128):
            raise ShapeError(f"expected {len(self.names)} embeddings of 128 numbers, got {self.embeddings.shape}")


def critique(rgb: Float32[np.ndarray, "H W 3"], intended_xy: Float[np.ndarray, "68 2"], source: Int[np.ndarray, "H W 3"],
             source_names: Sequence[str], reference: Reference, *, labels: UInt8[np.ndarray, "H W"] | None = None,
             height_mm: Float[np.ndarray, "H W"] | None = None, pitch_mm: float | None = None,
             wanted: Mapping[str, Any] | None = None) -> Figures:
    """All figures about one painting.

    Parameters
    ----------
    rgb : (H, W, 3) float32
        The portrait, sRGB in [0, 1].
    intended_xy : (68, 2)
        The layout, in texels of the portrait.
    source : (H, W, 3) int32
        Exemplar, row and column of every texel.
    source_names : sequence of str
        Painting of each exemplar; one painting may stand there twice.
    reference : Reference
    labels : (H, W) uint8, optional
        Parts map of the portrait; without it patch statistics are left out.
    height_mm, pitch_mm : (H, W) float32 and float, optional
        Height map and millimetres per texel.
    wanted : dict, optional
        The intended sitter's attributes by their wish names (`render.portrait.sitter.WISHES`).

    Returns
    -------
    dict
        Groups "layout", "likeness", "sitter", "sources", "texture", "relief" (None where not asked for or not possible), and
        "sentences": one per group.
    """
    layout, found_xy = layout_figures(rgb, intended_xy)
    seen_xy = intended_xy if found_xy is None else found_xy
    figures = {
        "layout": layout,
        "likeness": likeness_figures(rgb, seen_xy, reference),
        "sitter": None if wanted is None else sitter_figures(rgb, seen_xy, wanted),
        "sources": source_figures(source, source_names),
        "texture": None if labels is None else texture_figures(TextureStatistics.of(rgb, labels), reference.textures),
        "relief": None if height_mm is None else relief_figures(height_mm, pitch_mm),
    }
    return figures | {"algorithm_version": ALGORITHM_VERSION,
                      "sentences": [group["sentence"] for group in figures.values() if group]}


def layout_figures(rgb: Float32[np.ndarray, "H W 3"],
                   intended_xy: Float[np.ndarray, "68 2"]) -> tuple[Figures, Float[np.ndarray, "68 2"] | None]:
    """Whether the layout was kept, and the landmarks found again (texels; None without a face)."""
    score, found = detect_face(rgb)
    if score is None or found is None:
        return {"face_found": False, "detector_score": None, "nme": None,
                "sentence": "dlib's detector finds no face in the portrait."}, None
    error = landmark_error(found, intended_xy)
    return {"face_found": True, "detector_score": round(score, 3), "nme": round(error, 4),
            "sentence": f"dlib's detector finds the face (score {score:.2f}); its landmarks lie {100 * error:.1f} % of "
                        "the outer eye distance from the layout."}, found


def likeness_figures(rgb: Float32[np.ndarray, "H W 3"], landmarks_xy: Float[np.ndarray, "68 2"],
                     reference: Reference) -> Figures | None:
    """How near the face comes to a sitter of the corpus, against how near the sitters come to one another.

    Parameters
    ----------
    rgb : (H, W, 3) float32
        sRGB in [0, 1].
    landmarks_xy : (68, 2)
        Of the painted face, texels.
    reference : Reference

    Returns
    -------
    dict, or None if there are fewer than two sitters
    """
    if len(reference.names) < 2:
        return None
    mine = painted_embedding(rgb, landmarks_xy)
    distances = np.linalg.norm(reference.embeddings - mine, axis=1)
    nearest = int(distances.argmin())
    own = nearest_neighbour_distances(reference)
    percentile = float((own < distances[nearest]).mean() * 100)
    quarter, median = np.percentile(own, [25, 50])
    return {"nearest": reference.names[nearest], "distance": round(float(distances[nearest]), 4),
            "corpus_p25": round(float(quarter), 4), "corpus_median": round(float(median), 4),
            "percentile": round(percentile, 1), "embedding": [round(float(value), 5) for value in mine],
            "sentence": f"The nearest sitter is in {reference.names[nearest]} at an embedding distance of "
                        f"{distances[nearest]:.2f}; the master's sitters lie {median:.2f} from their nearest (median; "
                        f"a quarter of them below {quarter:.2f})."}


def person_figures(likeness: Figures, embedding: Float[np.ndarray, " 128"]) -> Figures:
    """How near the face, of `likeness_figures`, comes to a photographed person's face embedding."""
    distance = float(np.linalg.norm(np.asarray(likeness["embedding"]) - embedding))
    return {"distance": round(distance, 4), "nearer_than_any_sitter": bool(distance < likeness["distance"]),
            "sentence": f"The painted face lies at an embedding distance of {distance:.2f} from the photograph "
                        f"(the same person usually below 0.6), {likeness['distance']:.2f} from the nearest sitter."}


def sitter_figures(rgb: Float32[np.ndarray, "H W 3"], landmarks_xy: Float[np.ndarray, "68 2"],
                   wanted: Mapping[str, Any]) -> Figures:
    """The painted sitter's attributes, measured without knowledge of the wish and compared with it.

    Parameters
    ----------
    rgb, landmarks_xy
        As of `likeness_figures`.
    wanted : dict
        What the sitter was meant to be, by wish name.

    Returns
    -------
    dict
        Among others "as_asked": {wish: True, False, or None where measuring abstains}, and "seen": {wish: [value,
        confidence]}.
    """
    attributes = painted_attributes(rgb, landmarks_xy)
    seen = {key: attributes[measured_name(key)] for key in wanted if measured_name(key) in attributes}
    as_asked = {key: None if found.value is None else is_as_wished(key, found.value, wanted[key])
                for key, found in seen.items()}
    missed = [f"{key} ({seen[key].value} for {wanted[key]})" for key, kept in as_asked.items() if kept is False]
    known = sum(kept is not None for kept in as_asked.values())
    return {"wanted": dict(wanted), "seen": {key: [found.value, round(found.confidence, 3)] for key, found in seen.items()},
            "as_asked": as_asked,
            "sentence": f"Measured anew, the sitter is as intended in {known - len(missed)} of {known} attributes"
                        + (f"; otherwise in {', '.join(missed)}." if missed else ".")}


def nearest_neighbour_distances(reference: Reference) -> Float64[np.ndarray, " M"]:
    """Distance of each face of the corpus to the nearest face of another sitter; faces without one are left out."""
    points = np.asarray(reference.embeddings, np.float64)
    distances = np.linalg.norm(points[:, None] - points[None], axis=-1)
    sitters = np.asarray(reference.sitters if reference.sitters is not None else range(len(points)))
    distances[sitters[:, None] == sitters[None]] = np.inf
    nearest = distances.min(1)
    return nearest[np.isfinite(nearest)]


def source_figures(source: Int[np.ndarray, "H W 3"], source_names: Sequence[str]) -> Figures:
    """Which painting gave how much, and the largest connected region copied at one offset; `source` holds exemplar, row
    and column of every texel, `source_names` the painting of each exemplar."""
    source = np.ascontiguousarray(source, np.int32)
    shares = _shares_by_painting(source, source_names)
    largest = next(iter(shares))
    numbers, sizes = regions(source)
    region = float(sizes.max() / numbers.size)
    y, x = np.argwhere(numbers == sizes.argmax())[0]
    return {"shares": {name: round(share, 4) for name, share in shares.items()},
            "largest_share": round(shares[largest], 4), "largest_share_painting": largest,
            "largest_region_share": round(region, 4), "largest_region_painting": source_names[source[y, x, 0]],
            "regions": len(sizes),
            "sentence": f"{sum(share > _GAVE_PAINT for share in shares.values())} paintings gave paint, {largest} the most "
                        f"({100 * shares[largest]:.0f} % of the canvas); the largest piece copied whole is "
                        f"{100 * region:.1f} % of the canvas."}


def _shares_by_painting(source: Int[np.ndarray, "H W 3"], source_names: Sequence[str]) -> dict[str, float]:
    """Share of the canvas that each painting gave, the largest first."""
    counts = np.bincount(source[..., 0].ravel(), minlength=len(source_names)) / source[..., 0].size
    if len(counts) > len(source_names):
        raise ShapeError(f"the source map names exemplar {len(counts) - 1}, but there are {len(source_names)} names")
    shares: dict[str, float] = {}
    for name, count in zip(source_names, counts, strict=True):
        shares[name] = shares.get(name, 0.0) + float(count)
    return dict(sorted(shares.items(), key=lambda pair: -pair[1]))


def texture_figures(mine: TextureStatistics, works: Sequence[TextureStatistics]) -> Figures | None:
    """Sliced Wasserstein distance to real works over three scales and all parts, as a ratio to that between real works.

    Per part and scale: the median distance from the portrait to the works, over the median distance between two works;
    the figure is the mean over parts and scales. 1 means: as far from the master's works as these are from each other. None if
    there are fewer than three works, or if they have no part in common.
    """
    if len(works) < _FEWEST_WORKS:
        return None
    ratios = _distance_ratios(mine, works)
    if not ratios:
        return None
    ratio = float(np.mean(list(ratios.values())))
    by_scale = {scale: [r for (_, s), r in ratios.items() if s == scale] for scale in sorted({s for _, s in ratios})}
    by_part = {part: [r for (p, _), r in ratios.items() if p == part] for part in sorted({p for p, _ in ratios})}
    return {"ratio": round(ratio, 3), "by_scale": [round(float(np.mean(among)), 3) for among in by_scale.values()],
            "by_part": {part.name.lower(): round(float(np.mean(among)), 3) for part, among in by_part.items()},
            "works": len(works),
            "sentence": f"Patch statistics are {ratio:.2f} times as far from {len(works)} real works as two real works "
                        "are from each other."}


def _distance_ratios(mine: TextureStatistics, works: Sequence[TextureStatistics]) -> dict[tuple[Part, int], float]:
    """{(part, scale): distance to the works over that between them}, over what can be compared."""
    ratios = {}
    distances = [texture_distance(mine, work) for work in works]
    for key, among in typical_distances(works).items():
        values = [found[key] for found in distances if key in found]
        if values and among > 0:
            ratios[key] = float(np.median(values)) / among
    return ratios


def relief_figures(height_mm: Float[np.ndarray, "H W"], pitch_mm: float | None) -> Figures:
    """Range and slope of a height map of `pitch_mm` a texel; ShapeError if there is no such map or pitch."""
    if pitch_mm is None or pitch_mm <= 0:
        raise ShapeError(f"pitch_mm must be positive to measure slopes, got {pitch_mm}")
    height_mm = np.asarray(height_mm, np.float32)
    if height_mm.ndim != 2 or not np.isfinite(height_mm).all():
        raise ShapeError(f"height_mm must be finite and two-dimensional, got shape {height_mm.shape}")
    low, high = np.percentile(height_mm, [_LOW, _HIGH])
    down, right = np.gradient(height_mm, pitch_mm)
    slope = np.degrees(np.arctan(np.hypot(down, right)))
    median, steep = np.percentile(slope, [50, _HIGH])
    return {"p1_mm": round(float(low), 4), "p99_mm": round(float(high), 4), "range_mm": round(float(high - low), 4),
            "median_slope_deg": round(float(median), 2), "p99_slope_deg": round(float(steep), 2),
            "sentence": f"The relief spans {high - low:.2f} mm (1st to 99th percentile); its median slope is "
                        f"{median:.0f} degrees, the steepest hundredth is above {steep:.0f} degrees."}
