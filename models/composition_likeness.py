"""How like a composition is to the works of a corpus, both ways round, and how like these are to each other.

Three measures, each the greater the more alike: `correlation` of lightness place by place, less what all works share;
`keypoints` that agree on one shift, turn and scale; `embedding`, the cosine of pooled features, whitened over the corpus.
What is usual is found of works that the whitening does not know, as a new picture is not known to it: whitening drives those
that it was made of apart.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Float32, Float64, Int16

from data.progress import Progress
from data.saving import save_arrays
from models.alignment import Frame
from models.composition import Composition, Work
from models.keypoint_agreement import agreeing
from models.threads import one_thread, product

MEASURES = ("correlation", "keypoints", "embedding")
FEWEST_WORKS = 8
"""Works from which on it can be said what is usual among them."""
_LEAST_SHARED = 0.3
"""Share of a picture that a work must show too for their lightness to be compared."""
_VERSION_CORRELATION, _VERSION_KEYPOINTS = 0.9, 60
"""More alike than this, two works are versions of one composition: they say nothing of what is usual."""
_SHORTLIST = 4
"""Works, by each of the other measures, whose keypoints are looked at."""
_SHRINKAGE = 1.0
"""Added to the variance of every direction before it is whitened, in mean variances of the corpus' directions."""
_FEWEST_WHITENED = 4
_FOLDS = 12
"""Parts of the corpus, each of which is compared with the others under a whitening made of these alone."""


class Likeness(NamedTuple):
    """The likest work by one measure: `percentile` of works whose likest other work is less like them (None: too few works)."""

    value: float
    painting: str
    mirrored: bool
    percentile: float | None


class Whitening(NamedTuple):
    """What makes embeddings comparable: their mean, and the directions in which they vary, each over its spread."""

    centre: Float32[np.ndarray, " D"]
    directions: Float32[np.ndarray, "D K"]

    @classmethod
    def of(cls, embeddings: Float[np.ndarray, "N D"]) -> "Whitening":
        """Of a corpus, both ways round; of very few works, embeddings are left as they are."""
        points = np.asarray(embeddings, np.float64)
        if len(points) < 2 * _FEWEST_WHITENED:
            return cls(np.zeros(points.shape[1], np.float32), np.eye(points.shape[1], dtype=np.float32))
        centre = points.mean(0)
        with one_thread() as torch:
            _, spread, directions = torch.linalg.svd(torch.from_numpy(points - centre), full_matrices=False)
        variance = spread.numpy() ** 2
        scale = 1 / np.sqrt(variance + _SHRINKAGE * variance.mean() + 1e-12)
        return cls(centre.astype(np.float32), (directions.numpy().T * scale).astype(np.float32))

    def __call__(self, embeddings: Float[np.ndarray, "N D"]) -> Float32[np.ndarray, "N K"]:
        """Embeddings of length one, whose products are cosines."""
        moved = product(np.asarray(embeddings, np.float32) - self.centre, self.directions)
        return moved / np.maximum(np.sqrt((moved ** 2).sum(1, keepdims=True)), 1e-9)


@dataclass(frozen=True, eq=False)
class CompositionIndex:
    """The compositions of a corpus.

    Attributes
    ----------
    frame : Frame
        In which all are described.
    names : tuple of str
    works : tuple of Work
    whitening : Whitening
    usual : dict of sorted (N,) float64
        By measure: how like each work is to the likest other one, versions of one composition left out.
    versions : (N, N) bool
        Which works are versions of one composition; each is one of its own.
    """

    frame: Frame
    names: tuple[str, ...]
    works: tuple[Work, ...]
    whitening: Whitening
    usual: dict[str, Float64[np.ndarray, " N"]]
    versions: Bool[np.ndarray, "N N"]

    @classmethod
    def learn(cls, names: Sequence[str], works: Sequence[Work], frame: Frame,
              progress: Progress | None = None) -> "CompositionIndex":
        """The index of a corpus.

        Parameters
        ----------
        names : sequence of str
            Of the paintings.
        works : sequence of Work
            Each painting as `models.composition.describe_work` describes it in `frame`.
        frame : Frame
        progress : callable (done, total), optional

        Returns
        -------
        CompositionIndex
        """
        embeddings = np.stack([work.composition.embedding for work in works] + [work.mirrored for work in works])
        bare = cls(frame, tuple(names), tuple(works), Whitening.of(embeddings), {}, np.eye(len(works), dtype=bool))
        usual, versions = _usual(bare, embeddings, progress)
        return replace(bare, usual=usual, versions=versions)

    def versions_of(self, name: str) -> frozenset[str]:
        """The painting and all that are versions of its composition; it alone if the index does not hold it."""
        if name not in self.names:
            return frozenset([name])
        return frozenset(np.array(self.names)[self.versions[self.names.index(name)]].tolist())

    def likest(self, composition: Composition, *, only: Collection[str] | None = None, lenders: Collection[str] = (),
               thorough: bool = False) -> dict[str, Likeness]:
        """The likest work by each measure.

        Parameters
        ----------
        composition : Composition
            From `models.composition.describe` in this index's frame.
        only : collection of str, optional
            Paintings that are looked at; None: all.
        lenders : collection of str
            Paintings whose keypoints are looked at besides those of the likest by the other measures.
        thorough : bool
            Look at the keypoints of every work: some five times slower.

        Returns
        -------
        dict of Likeness
            By measure; empty where there is no work to look at.
        """
        among = np.array([only is None or name in only for name in self.names] * 2)
        if not among.any():
            return {}
        values = {"correlation": np.where(among, self.correlations(composition), -np.inf),
                  "embedding": np.where(among, self.embedding_likenesses(composition), -np.inf)}
        if thorough or only is not None:
            looked_at = among
        else:
            looked_at = among & np.array([name in lenders for name in self.names] * 2)
            for each in values.values():
                looked_at[np.argsort(-each, kind="stable")[:_SHORTLIST]] = True
            looked_at &= among
        values["keypoints"] = np.where(among, self.keypoint_agreements(composition, looked_at), -np.inf)
        return {measure: self._likeness(measure, values[measure]) for measure in MEASURES}

    def correlations(self, composition: Composition) -> Float64[np.ndarray, " 2N"]:
        """Correlation of lightness with each work as painted, then with each mirrored; 0 where too little is shared. All
        sums are of whole numbers, so that their order does not matter."""
        mine, seen = self._less_mean(composition)
        theirs, squares, shown = self._lightness
        count, sum_mine, squares_mine = product(shown, np.stack([seen, mine, mine ** 2], 1)).T
        sum_theirs, both = product(theirs, np.stack([seen, mine], 1)).T
        spread = (count * squares_mine - sum_mine ** 2) * (count * product(squares, seen) - sum_theirs ** 2)
        enough = (count > _LEAST_SHARED * seen.sum()) & (spread > 0)
        return np.where(enough, (count * both - sum_mine * sum_theirs) / np.sqrt(np.where(enough, spread, 1)), 0.0)

    def embedding_likenesses(self, composition: Composition) -> Float64[np.ndarray, " 2N"]:
        """Cosine of embeddings with each work as painted, then with each mirrored."""
        mine = self.whitening(composition.embedding[None])[0]
        return (self._whitened * mine).sum(1).astype(np.float64)

    def keypoint_agreements(self, composition: Composition,
                            looked_at: Bool[np.ndarray, " 2N"] | None = None) -> Float64[np.ndarray, " 2N"]:
        """Agreeing keypoints with each work as painted, then with each mirrored; 0 for those that are not looked at."""
        count = len(self.names)
        ways = (composition, composition.in_mirror())
        chosen = np.arange(2 * count) if looked_at is None else np.flatnonzero(looked_at)
        found = np.zeros(2 * count)
        for number in chosen:
            found[number] = agreeing(ways[number // count], self.works[number % count].composition)
        return found

    def _likeness(self, measure: str, values: Float64[np.ndarray, " 2N"]) -> Likeness:
        best, count, usual = int(values.argmax()), len(self.names), self.usual[measure]
        value = float(values[best])
        percentile = float((usual < value).mean() * 100) if len(usual) >= FEWEST_WORKS else None
        return Likeness(value, self.names[best % count], best >= count, percentile)

    def _less_mean(self, composition: Composition) -> tuple[Float64[np.ndarray, " P"], Float64[np.ndarray, " P"]]:
        """Lightness less what all works share, and where it is seen, as rows of whole numbers."""
        seen = composition.seen.ravel()
        return np.where(seen, composition.lightness.ravel() - self._mean.ravel(), 0).astype(np.float64), seen.astype(np.float64)

    @cached_property
    def _mean(self) -> Int16[np.ndarray, "90 72"]:
        """Mean lightness of the works, both ways round; nothing for a single work, which shares it with none."""
        both = [way for work in self.works for way in (work.composition, work.composition.in_mirror())]
        count = np.sum([way.seen for way in both], 0, dtype=np.int64)
        total = np.sum([np.where(way.seen, way.lightness, 0) for way in both], 0, dtype=np.int64)
        return np.round(total / np.maximum(count, 1) * (len(self.works) > 1)).astype(np.int16)

    @cached_property
    def _lightness(self) -> tuple[Float64[np.ndarray, "2N P"], Float64[np.ndarray, "2N P"], Float64[np.ndarray, "2N P"]]:
        """Lightness of all works both ways, less the mean; its squares; and where it is seen."""
        compositions = [work.composition for work in self.works]
        rows = [self._less_mean(each) for each in compositions + [each.in_mirror() for each in compositions]]
        lightness, seen = np.stack([row[0] for row in rows]), np.stack([row[1] for row in rows])
        return lightness, lightness ** 2, seen

    @cached_property
    def _whitened(self) -> Float32[np.ndarray, "2N K"]:
        return self.whitening(np.stack([work.composition.embedding for work in self.works]
                                       + [work.mirrored for work in self.works]))

    def save(self, path: Path | str) -> None:
        """Write the index as one .npz."""
        arrays: dict[str, object] = {
            "names": np.array(self.names), "frame": np.array([self.frame.width_px, self.frame.height_px,
                                                              self.frame.eye_share, *self.frame.eye_centre]),
            "centre": self.whitening.centre, "directions": self.whitening.directions,
            "mirrored": np.stack([work.mirrored for work in self.works]), "versions": self.versions,
            "points": np.array([len(work.composition.points_xy) for work in self.works])}
        arrays |= {f"usual_{measure}": values for measure, values in self.usual.items()}
        for each in fields(Composition):
            held = [getattr(work.composition, each.name) for work in self.works]
            arrays[each.name] = np.concatenate(held) if each.name in _OF_KEYPOINTS else np.stack(held)
        save_arrays(path, **arrays)

    @classmethod
    def load(cls, path: Path | str) -> "CompositionIndex":
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as held:
            arrays = {name: held[name] for name in held.files}
        ends = np.cumsum(arrays["points"])
        of_works = {each.name: np.split(arrays[each.name], ends[:-1]) if each.name in _OF_KEYPOINTS else arrays[each.name]
                    for each in fields(Composition)}
        works = tuple(Work(Composition(**{name: values[number] for name, values in of_works.items()}), mirrored)
                      for number, mirrored in enumerate(arrays["mirrored"]))
        width, height, share, x, y = arrays["frame"].tolist()
        return cls(Frame(int(width), int(height), share, (x, y)), tuple(arrays["names"].tolist()), works,
                   Whitening(arrays["centre"], arrays["directions"]),
                   {measure: arrays[f"usual_{measure}"] for measure in MEASURES}, arrays["versions"])


_OF_KEYPOINTS = ("points_xy", "points_size", "points_angle", "descriptors")


def _usual(index: CompositionIndex, embeddings: Float32[np.ndarray, "2N D"],
           progress: Progress | None) -> tuple[dict[str, Float64[np.ndarray, " N"]], Bool[np.ndarray, "N N"]]:
    """How like each work is to the likest other one, by measure, sorted, versions of one composition left out; and which works
    are versions of each other."""
    count = len(index.works)
    correlation = _either_way(np.stack([index.correlations(work.composition) for work in index.works]))
    keypoints = _agreements_among(index.works, progress)
    embedding = _embedding_likenesses_among(embeddings)
    left_out = (correlation > _VERSION_CORRELATION) | (keypoints > _VERSION_KEYPOINTS) | np.eye(count, dtype=bool)
    has_other = ~left_out.all(1)
    usual = {measure: np.sort(np.where(left_out, -np.inf, values).max(1)[has_other])
             for measure, values in zip(MEASURES, (correlation, keypoints, embedding))}
    return usual, left_out


def _either_way(values: Float64[np.ndarray, "N 2N"]) -> Float64[np.ndarray, "N N"]:
    """The larger of what is found as painted and mirrored."""
    return np.maximum(values[:, :len(values)], values[:, len(values):])


def _agreements_among(works: Sequence[Work], progress: Progress | None) -> Float64[np.ndarray, "N N"]:
    """Agreeing keypoints between works, either way round."""
    count = len(works)
    found = np.zeros((count, count))
    for one, work in enumerate(works):
        ways = work.composition, work.composition.in_mirror()
        for other in range(one + 1, count):
            found[one, other] = found[other, one] = max(agreeing(way, works[other].composition) for way in ways)
        if progress:
            progress(one + 1, count)
    return found


def _embedding_likenesses_among(embeddings: Float32[np.ndarray, "2N D"]) -> Float64[np.ndarray, "N N"]:
    """Cosines between works, each row found under a whitening that does not know its work; -1 where none was found."""
    count = len(embeddings) // 2
    found = np.full((count, count), -1.0)
    for fold in range(min(_FOLDS, count)):
        away = np.arange(count) % _FOLDS == fold
        if away.all():
            continue
        both = np.concatenate([away, away])
        known = Whitening.of(embeddings[~both])
        cosines = (known(embeddings[:count][away])[:, None] * known(embeddings[~both])[None]).sum(-1)
        half = cosines.shape[1] // 2
        found[np.ix_(away, ~away)] = np.maximum(cosines[:, :half], cosines[:, half:])
    return found
