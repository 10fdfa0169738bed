"""Learning in parallel: every sitter's view made in a process of its own and kept, the relief model fitted to scans."""

import logging

import numpy as np

from data.errors import CorpusError, PortraitError
from flows.corpus.measuring import Failure, Measurer
from flows.corpus.store import key_of

log = logging.getLogger(__name__)

_VIEW_SIDE_PX = 1024
_RELIEF_PAIRS = 16
_RELIEF_SIDE_PX = 900
_UNKNOWN_PITCH_MM = 0.25


def sitters(table, measurements):
    """The paintings of one sitter: [(catalogue row, Measurement, Face)], and {file: why not} for the others."""
    from models.sitters import sitter_of

    rows = {row["file"]: row for row in table.to_dict("records")}
    chosen, others = [], {}
    for measurement in measurements:
        face, why = sitter_of(measurement, rows[measurement.file])
        if face is None:
            others[measurement.file] = why
        else:
            chosen.append((rows[measurement.file], measurement, face))
    return chosen, others


def learn_views(corpus, store, jobs, table, measurements, progress=None):
    """The sitters as views for the bank; those made before come from the cache."""
    from features.measurement import ALGORITHM_VERSION
    from models.bank import ALGORITHM_VERSION as BANK_VERSION
    from models.bank import View

    chosen, others = sitters(table, measurements)
    log.info("%d paintings of one sitter, %d others", len(chosen), len(others))
    keys = [key_of("view", row["sha256"], ALGORITHM_VERSION, BANK_VERSION, face.to_json(), painted_surface(row))
            for row, _, face in chosen]
    held = [store.arrays("view", key) for key in keys]
    new = [index for index, arrays in enumerate(held) if arrays is None]
    if new:
        arguments = [(corpus / chosen[i][0]["file"], chosen[i][1], chosen[i][2], painted_surface(chosen[i][0]))
                     for i in new]
        with Measurer(store, jobs) as workers:
            for index, made in zip(new, workers.map(view_arrays, arguments, progress)):
                if isinstance(made, Failure):
                    log.warning("%s lends nothing: %s", chosen[index][0]["file"], made.reason)
                    continue
                store.put_arrays("view", keys[index], made)
                held[index] = made
    return [View(row["file"], str(corpus / row["file"]), row["sha256"], measurement.width_px,
                 measurement.height_px, painted_surface(row) or (0, 0, measurement.width_px, measurement.height_px),
                 np.asarray(face.landmarks_xy, np.float64), dict(face.attributes), **arrays)
            for (row, measurement, face), arrays in zip(chosen, held) if arrays is not None]


def painted_surface(row):
    """The painted surface of a catalogue row as (x, y, w, h), or None for all of the scan."""
    box = row.get("content_box")
    if box is None or np.ndim(box) == 0 or list(box) == [0, 0, row["width_px"], row["height_px"]]:
        return None
    return tuple(int(value) for value in box)


def view_arrays(path, measurement, face, box):
    """What a view holds beside its measurement: parts map, embedding, light and tones. Runs in a worker."""
    view = _made_view(path, measurement, face, box)
    return {"embedding": view.embedding, "parts": view.parts, "light": view.light, "tones": view.tones}


def _made_view(path, measurement, face, box):
    from data.scan import read_scan
    from features.face.embedding import face_embedding
    from features.sitter.parts import parts_map
    from models.bank import make_view

    rgb = read_scan(path, max_side_px=_VIEW_SIDE_PX)
    scale = rgb.shape[1] / measurement.width_px
    landmarks = (np.asarray(face.landmarks_xy) + 0.5) * scale - 0.5
    return make_view(path, measurement.file, measurement.sha256, face, width_px=measurement.width_px,
                     height_px=measurement.height_px, parts=parts_map(rgb, landmarks, attributes=face.attributes),
                     embedding=face_embedding(rgb, landmarks), content_box=box)


def view_of_photograph(path):
    """A photographed person as a view, which can lend everything but paint.

    Raises
    ------
    CorpusError
        If there is no face in the photograph, or none is clear.
    """
    from features.measure import measure_scan

    measurement = measure_scan(path)
    faces = [face for face in measurement.faces if face.embedding is not None]
    if not faces:
        raise CorpusError(f"--sitter {path}: no clear face in this photograph ({measurement.reason or 'none found'}): expected "
                          "one person, seen from the front or in three-quarter view, the face at least 80 pixels wide")
    return _made_view(path, measurement, max(faces, key=lambda found: found.box[2] * found.box[3]), None)


def height_scans(table, corpus):
    """{file: (path of its height scan, mm per unit)} of a catalogue."""
    if "height_file" not in table:
        return {}
    rows = table[table.rejected.isna() & table.height_file.notna() & table.height_mm_per_unit.notna()]
    return {row["file"]: (corpus / row["height_file"], float(row["height_mm_per_unit"]))
            for row in rows.to_dict("records")}


def fit_relief(corpus, store, table, bank, progress=None):
    """The relief model: the shipped one, taught further on the corpus' own height scans where it has some."""
    from data.height_scan import read_height
    from data.scan import read_scan
    from models.relief import ALGORITHM_VERSION, ReliefModel

    scans = height_scans(table, corpus)
    views = [view for view in bank.views if view.name in scans]
    # Every painting with a scan would take minutes; a few, spread over the corpus, teach as much.
    views = views[:: max(1, len(views) // _RELIEF_PAIRS)][:_RELIEF_PAIRS]
    if not views:
        return ReliefModel.default()
    rows = {row["file"]: row for row in table.to_dict("records")}
    key = key_of("relief", ALGORITHM_VERSION, ReliefModel.default().provenance, [
        [rows[view.name][name] for name in ("sha256", "height_sha256", "height_mm_per_unit", "dpi")] for view in views])
    weights, about = store.arrays("relief", key), store.get("relief", key)
    if weights is not None and about is not None:
        return ReliefModel(weights, about)
    pairs, pitches = [], []
    for view in views:
        path, mm_per_unit = scans[view.name]
        try:
            rgb, height = read_scan(view.path), read_height(path, mm_per_unit)
        except PortraitError as error:
            log.warning("no relief learned from %s: %s", view.name, error)
            continue
        if rgb.shape[:2] != height.shape:
            log.warning("no relief learned from %s: its height scan has %s texels, the painting %s", view.name,
                        height.shape, rgb.shape[:2])
            continue
        middle = tuple(slice(max(0, (side - _RELIEF_SIDE_PX) // 2), (side + _RELIEF_SIDE_PX) // 2) for side in height.shape)
        dpi = rows[view.name]["dpi"]
        pairs.append((rgb[middle], height[middle]))
        pitches.append(25.4 / dpi if dpi and np.isfinite(dpi) else _UNKNOWN_PITCH_MM)
    if not pairs:
        return ReliefModel.default()
    model = ReliefModel.fit(pairs, pitch_mm=pitches, epochs=6, start=ReliefModel.default(),
                            origin=f"{len(pairs)} registered height scans of the corpus", progress=progress)
    store.put_arrays("relief", key, model.weights)
    store.put("relief", key, model.metadata)
    return model
