"""Learning from a corpus: the sitters' views, made in parallel and cached, and the relief model, fitted to height scans."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from data.errors import PortraitError
from data.progress import Progress
from features.measurement import ALGORITHM_VERSION as MEASURE_VERSION
from features.measurement import Face, Measurement
from flows.corpus.measuring import Measurer
from flows.corpus.paintings import height_scans, painted_surface
from flows.corpus.store import Store, key_of
from models.alignment import Frame
from models.bank import ALGORITHM_VERSION as BANK_VERSION
from models.bank import Bank
from models.composition import ALGORITHM_VERSION as COMPOSITION_VERSION
from models.composition import COMPARED, Composition, Work, describe_work
from models.composition_likeness import CompositionIndex
from models.view import View
from models.measured_view import view_arrays, view_from_arrays
from models.relief import ALGORITHM_VERSION as RELIEF_VERSION
from models.relief import ReliefModel
from models.relief_lessons import relief_lesson, spread_over
from models.sitters import sitter_of

log = logging.getLogger(__name__)

_MOST_LESSONS = 16
"""Most height scans that the relief model is trained on, spread over the corpus: more take minutes and improve it little."""
_LESSON_EPOCHS = 6
"""Epochs of training: half the usual number, since training continues from the shipped model."""


class SitterFace(NamedTuple):
    """A painting of one sitter: its row of the catalogue, its measurement, and which of its faces is the sitter's."""

    row: Mapping[Any, Any]
    measurement: Measurement
    face: Face


def sitters(table: pd.DataFrame, measurements: Sequence[Measurement]) -> list[SitterFace]:
    """The paintings of one sitter, from whom can be learned, in the order of their measurements."""
    rows = {row["file"]: row for row in table.to_dict("records")}
    found = ((rows[each.file], each, sitter_of(each, rows[each.file])[0]) for each in measurements)
    return [SitterFace(row, measurement, face) for row, measurement, face in found if face is not None]


def learn_views(corpus: Path, store: Store, jobs: int | None, table: pd.DataFrame, measurements: Sequence[Measurement],
                progress: Progress | None = None) -> list[View]:
    """The sitters as views for the bank; those made before come from the cache.

    Parameters
    ----------
    corpus : Path
        The folder of scans.
    store : Store
        Where views are kept between runs.
    jobs : int or None
        Processes that work; None: as many as the machine holds.
    table : DataFrame
        The catalogue's.
    measurements : sequence of Measurement
        Of its paintings.
    progress : callable (done, total), optional
        Of the views that are made anew.

    Returns
    -------
    list of View
        A painting of which no view could be made is left out, and logged.
    """
    chosen = sitters(table, measurements)
    log.info("%d paintings of one sitter, %d others", len(chosen), len(measurements) - len(chosen))
    keys = [key_of("view", row["sha256"], MEASURE_VERSION, BANK_VERSION, face.to_json(), painted_surface(row))
            for row, _, face in chosen]
    held = [store.arrays("view", key) for key in keys]
    new = [index for index, arrays in enumerate(held) if arrays is None]
    if new:
        arguments = [(corpus / chosen[i].row["file"], chosen[i].measurement, chosen[i].face, painted_surface(chosen[i].row))
                     for i in new]
        with Measurer(store, jobs) as workers:
            for index, made in zip(new, workers.map(view_arrays, arguments, progress)):
                if made.value is None:
                    log.warning("%s lends nothing: %s", chosen[index].row["file"], made.reason)
                    continue
                store.put_arrays("view", keys[index], made.value)
                held[index] = made.value
    return [view_from_arrays(corpus / row["file"], measurement, face, painted_surface(row), arrays)
            for (row, measurement, face), arrays in zip(chosen, held) if arrays is not None]


def work_arrays(path: Path | str, view: View, frame: Frame) -> dict[str, Any]:
    """In the worker: the composition of a view's painting in `frame`, as arrays to be kept; `path` names the scan in outcomes."""
    work = describe_work(view, frame)
    return work.composition.to_arrays() | {"mirrored": work.mirrored}


def learn_compositions(store: Store, jobs: int | None, bank: Bank, progress: Progress | None = None) -> CompositionIndex:
    """The compositions of a bank's paintings, from the cache or made anew, and how like they are to each other.

    Parameters
    ----------
    store : Store
        Where they are kept between runs.
    jobs : int or None
        Processes that describe; None: as many as the machine holds.
    bank : Bank
    progress : callable (done, total), optional
        Of the paintings that are described anew.

    Returns
    -------
    CompositionIndex
        A painting that cannot be read any more is left out, and logged.
    """
    frame = bank.cropped(COMPARED)
    keys = [key_of("composition", view.sha256, COMPOSITION_VERSION, view.landmarks_xy, view.content_box, asdict(frame))
            for view in bank.views]
    held = [store.arrays("composition", key) for key in keys]
    new = [index for index, arrays in enumerate(held) if arrays is None]
    if new:
        with Measurer(store, jobs) as workers:
            arguments = [(bank.views[index].path, bank.views[index], frame) for index in new]
            for index, made in zip(new, workers.map(work_arrays, arguments, progress)):
                if made.value is None:
                    log.warning("the composition of %s is not known: %s", bank.views[index].name, made.reason)
                    continue
                store.put_arrays("composition", keys[index], made.value)
                held[index] = made.value
    known = [(view.name, dict(arrays)) for view, arrays in zip(bank.views, held) if arrays is not None]
    works = [Work(mirrored=arrays.pop("mirrored"), composition=Composition(**arrays)) for _, arrays in known]
    return CompositionIndex.learn([name for name, _ in known], works, frame)


def fit_relief(corpus: Path, store: Store, table: pd.DataFrame, bank: Bank, progress: Progress | None = None) -> ReliefModel:
    """The relief model: the shipped one, taught further on the corpus' own height scans where it has some.

    Parameters
    ----------
    corpus : Path
        The folder of scans.
    store : Store
        Where the fitted model is kept between runs.
    table : DataFrame
        The catalogue's, which says where height scans lie.
    bank : Bank
        Whose sitters' paintings are learned from.
    progress : callable (done, total), optional

    Returns
    -------
    ReliefModel
    """
    scans = height_scans(table, corpus)
    views = spread_over([view for view in bank.views if view.name in scans], _MOST_LESSONS)
    if not views:
        return ReliefModel.default()
    rows = {row["file"]: row for row in table.to_dict("records")}
    key = key_of("relief", RELIEF_VERSION, ReliefModel.default().provenance, [
        [rows[view.name][name] for name in ("sha256", "height_sha256", "height_mm_per_unit", "dpi")] for view in views])
    weights, about = store.arrays("relief", key), store.get("relief", key)
    if weights is not None and about is not None:
        return ReliefModel(weights, about)
    lessons = []
    for view in views:
        try:
            lessons.append(relief_lesson(view.path, *scans[view.name], rows[view.name]["dpi"]))
        except PortraitError as error:
            log.warning("no relief learned from %s: %s", view.name, error)
    if not lessons:
        return ReliefModel.default()
    model = ReliefModel.fit([(lesson.rgb, lesson.height_mm) for lesson in lessons],
                            pitch_mm=[lesson.pitch_mm for lesson in lessons], epochs=_LESSON_EPOCHS,
                            start=ReliefModel.default(), origin=f"{len(lessons)} registered height scans of the corpus",
                            progress=progress)
    store.put_arrays("relief", key, model.weights)
    store.put("relief", key, model.metadata)
    return model
