"""The stages of a run, one plain function each: take a commission, do the work once, leave files and a stamp.

A stage reads what earlier stages left, never their memory, so any of them can be carried out alone or again. Prefect
knows nothing of this file: `flows.run.portrait` wraps it in tasks, the single commands call it as it is.
"""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np

from data.errors import CorpusError
from data.files import replacing, sha256_file
from flows.corpus.measuring import Failure, Job, Measurer, measure_many
from flows.corpus.store import Store, plain
from flows.run.stage_cache import Checkpoint, carry_out

_JUDGES = 12
"""Works that gave no paint, against which patch statistics are judged."""

def ingest(commission, progress=None):
    """The catalogue, as `work/ingest/catalogue.parquet`."""
    from data import catalogue as module

    # What lies in the corpus is found out each time, from the files' checksums; only new files are decoded.
    memory = Store(commission.cache).memory("ingest", module.INGEST_VERSION)
    catalogue = module.ingest(commission.corpus, progress=progress, memory=memory)
    table = catalogue.table

    def write(folder):
        catalogue.save(folder / "catalogue.parquet")
        return {"files": ["catalogue.parquet"], "count": len(table), "rejected": int(table.rejected.notna().sum()),
                "duplicates": int(table.duplicate_of.notna().sum()), "sha256": dict(zip(table.file, table.sha256))}

    return carry_out(commission.work, "ingest", [str(commission.corpus), json.loads(table.to_json(orient="records"))],
                     write)


def read_catalogue(done):
    from data.catalogue import Catalogue

    return Catalogue.load(done.path("catalogue.parquet")).table


def jobs_of(table, corpus):
    """A measuring job for every painting that was not rejected."""
    from data.catalogue import curated_row
    from flows.corpus.learning import painted_surface

    return [Job(row["file"], Path(corpus) / row["file"], row["sha256"], curated_row(row), painted_surface(row))
            for row in table[table.rejected.isna()].to_dict("records")]


def measure(commission, ingested, *, each=measure_many, progress=None):
    """Every painting measured, as `work/measure/measurements.jsonl`; those that failed, with reasons, in the facts.

    `each(jobs, measurer, progress)` does the mapping: the flow gives one that makes a Prefect task of every painting.
    """
    from features.measurement import ALGORITHM_VERSION

    jobs = jobs_of(read_catalogue(ingested), commission.corpus)

    def write(folder):
        with Measurer(Store(commission.cache), commission.jobs) as measurer:
            known = {job.file: found for job in jobs if (found := measurer.known(job)) is not None}
            new = [job for job in jobs if job.file not in known]
            found = {**known, **{job.file: result for job, result in zip(new, each(new, measurer, progress))}}
        results = [found[job.file] for job in jobs]
        lines = [json.dumps(result, ensure_ascii=False) for result in results if not isinstance(result, Failure)]
        with replacing(folder / "measurements.jsonl") as beside:
            beside.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        failures = {result.file: result.reason for result in results if isinstance(result, Failure)}
        return {"files": ["measurements.jsonl"], "measured": len(lines), "failures": failures,
                "with_face": sum(1 for result in results if not isinstance(result, Failure) and result["faces"])}

    return carry_out(commission.work, "measure", [ingested.digest, ALGORITHM_VERSION], write)


def read_measurements(done):
    from features.measurement import Measurement

    with open(done.path("measurements.jsonl"), encoding="utf-8") as stream:
        return [Measurement.from_json(json.loads(line)) for line in stream]


def learn(commission, ingested, measured, progress=None):
    """Statistics, the bank of sitters with its shape model, and the relief model, in `work/learn`."""
    from flows.corpus.learning import fit_relief, learn_views
    from models import bank, relief
    from models.statistics import Statistics

    def write(folder):
        table, measurements = read_catalogue(ingested), read_measurements(measured)
        statistics = Statistics.of(table, measurements, measured.facts["failures"])
        with replacing(folder / "statistics.json") as beside:
            beside.write_text(json.dumps(statistics.to_json(), indent=1, ensure_ascii=False), encoding="utf-8")
        if not any(measurement.faces for measurement in measurements):
            raise CorpusError(
                f"none of the {len(measurements)} paintings in {commission.corpus} that could be read shows a face that "
                "was found: expected portraits; if there are faces, give their boxes or landmarks in catalogue.csv")
        store = Store(commission.cache)
        views = learn_views(commission.corpus, store, commission.jobs, table, measurements, progress)
        learned = bank.Bank.learn(views)
        learned.save(folder)
        model = fit_relief(commission.corpus, store, table, learned, progress)
        model.save(folder / "relief.safetensors")
        return {"sitters": len(learned.views), "typical": statistics.sentence(),
                "relief_model": model.provenance.get("origin", "")}

    return carry_out(commission.work, "learn", [measured.digest, bank.ALGORITHM_VERSION, relief.ALGORITHM_VERSION],
                     write)


def compose(commission, learned, progress=None):
    """A sitter, a layout and a guide, in `work/compose`; a sheet of all candidates, and the layout of each."""
    from flows.corpus.learning import view_of_photograph
    from models.bank import Bank
    from render.export.files import write_png8
    from render.portrait.compose import compose as candidates_for
    from render.portrait.compose import full_guide
    from render.portrait.layout import Given
    from render.report.candidate_sheet import candidate_sheet

    given = Given.load(commission.layout) if commission.layout else None

    def write(folder):
        bank = Bank.load(learned.folder)
        frame = bank.cropped(commission.frame())
        person = view_of_photograph(commission.person) if commission.person else None
        found = candidates_for(bank, commission.wishes, commission.seed, frame, person=person, given=given,
                               candidates=commission.candidates, progress=progress)
        best, painted = found[0], [candidate for candidate in found if candidate.painted is not None]
        write_png8(folder / "candidates.png", candidate_sheet(painted), 72)
        for number, candidate in enumerate(painted, 1):
            candidate.layout.save(folder / f"candidate_{number}.json", frame, candidate.cast)
        guide = full_guide(best, bank, frame)
        save_guide(guide, folder / "guide.npz")
        best.layout.save(folder / "layout.json", frame, best.cast)
        write_png8(folder / "guide.png", guide.colour, 25.4 / commission.pitch_mm())
        return {"sitter": best.sitter.attributes, "sentence": best.sitter.sentence(),
                "cast": {role: [view.name, bool(view.mirrored)] for role, view in best.cast.items()},
                "nearest": best.nearest, "distance": best.distance, "faults": best.faults,
                "person_embedding": None if person is None else person.embedding.tolist()}

    inputs = [sha256_file(path) if path else None for path in (commission.person, commission.layout)]
    return carry_out(commission.work, "compose", [learned.digest, commission.seed, commission.wishes, inputs,
                                                  commission.candidates, commission.frame().size_px], write)


def walk(commission, learned, to_seed, steps, progress=None):
    """From the sitter of the commission's seed to that of another: a sheet and a layout for each step, in `walk`."""
    from models.bank import Bank
    from render.export.files import write_png8
    from render.portrait.compose import compose as candidates_for
    from render.portrait.compose import walk as walk_between
    from render.report.candidate_sheet import candidate_sheet

    names = ["walk/walk.png", *(f"walk/{number}.json" for number in range(1, steps + 1))]

    def write(folder):
        bank = Bank.load(learned.folder)
        frame = bank.cropped(commission.frame())
        ends = [candidates_for(bank, commission.wishes, seed, frame, candidates=commission.candidates)[0]
                for seed in (commission.seed, to_seed)]
        way = walk_between(bank, *ends, frame, steps, progress)
        (folder / "walk").mkdir(exist_ok=True)
        write_png8(folder / names[0], candidate_sheet(way), 72)
        for name, step in zip(names[1:], way):
            step.layout.save(folder / name, frame, step.cast)
        return {"files": names, "from": ends[0].sitter.sentence(), "to": ends[1].sitter.sentence()}

    return carry_out(commission.work, "walk", [learned.digest, commission.seed, commission.wishes, to_seed, steps,
                                               commission.candidates, commission.frame().size_px], write,
                     folder=commission.out)


def save_guide(guide, path):
    with replacing(path) as beside, open(beside, "wb") as stream:
        np.savez(stream, colour=guide.colour.astype(np.float32), parts=guide.parts, fidelity=guide.fidelity,
                 landmarks=guide.landmarks, cast=json.dumps(guide.cast))


def read_guide(path):
    from render.portrait.guide import Guide

    with np.load(path, allow_pickle=False) as held:
        cast = {role: tuple(view) for role, view in json.loads(str(held["cast"])).items()}
        return Guide(held["colour"], held["parts"], held["fidelity"], held["landmarks"], cast)


def paint(commission, learned, composed, progress=None):
    """Colour and source map, in `work/paint`: `colour.npy` (H, W, 3) uint16, `source.npy` (H, W, 3) int32; and where
    later paint lies over what was copied, `moved.npy` (H, W) bool."""
    from models.bank import Bank
    from render.portrait.painting import paint as paint_guide
    from render.synthesis import patch as synthesis

    settings = synthesis.SynthesisSettings(seed=commission.seed)
    over = [commission.finish, commission.dream, commission.dream and commission.dream_strength]

    def write(folder):
        bank = Bank.load(learned.folder)
        frame, views = bank.cropped(commission.frame()), bank.both_ways()
        painting = paint_guide(read_guide(composed.path("guide.npz")), views, frame, settings=settings,
                               engine=commission.engine, finish=commission.finish, progress=progress,
                               checkpoint=Checkpoint(folder / "checkpoint.npz"))
        colour, moved = _dreamt(commission, painting.synthesis, progress)
        if moved is not None:
            _save_array(folder / "moved.npy", moved)
        _save_array(folder / "colour.npy", np.round(np.clip(colour, 0, 1) * 65535).astype(np.uint16))
        _save_array(folder / "source.npy", painting.synthesis.source.astype(np.int32))
        shares = np.bincount(painting.synthesis.source[..., 0].ravel(), minlength=len(painting.exemplars))
        return {"exemplars": [[item.view.name, bool(item.view.mirrored)] for item in painting.exemplars],
                "shares": (shares / shares.sum()).tolist()}

    return carry_out(commission.work, "paint", [composed.digest, learned.digest, commission.engine, asdict(settings),
                                                synthesis.ALGORITHM_VERSION, over], write)


def _dreamt(commission, synthesis, progress):
    """(colour, moved) of a painting after the dream, if one was ordered."""
    if commission.dream is None:
        return synthesis.colour, synthesis.moved
    from render.neural.dream import DreamSettings, dream
    from render.neural.engine import moved

    before = np.clip(synthesis.colour, 0, 1).astype(np.float32)
    after = dream(before, DreamSettings(layer=commission.dream, strength=commission.dream_strength,
                                        seed=commission.seed), progress=progress)
    over = moved(before, after)
    return after, over if synthesis.moved is None else over | synthesis.moved


def _save_array(path, array):
    with replacing(path) as beside, open(beside, "wb") as stream:
        np.save(stream, array, allow_pickle=False)


def relief(commission, ingested, learned, composed, painted, progress=None):
    """Height in mm, as `work/relief/height.npy` (float32) and `origin.npy` (uint8)."""
    from flows.corpus.learning import height_scans
    from models.bank import Bank
    from models.relief import ReliefModel
    from models.topography import Topography
    from render.relief.exemplar_heights import exemplar_heights, overpainted_relief
    from render.relief.relief import canvas_weave, carry_height, matched, on_canvas

    pitch = commission.pitch_mm()

    def write(folder):
        bank = Bank.load(learned.folder)
        views = {(view.name, view.mirrored): view for view in bank.both_ways()}
        exemplars = [views[tuple(key)] for key in painted.facts["exemplars"]]
        source, model = np.load(painted.path("source.npy")), ReliefModel.load(learned.path("relief.safetensors"))
        heights, measured = exemplar_heights(
            exemplars, read_guide(composed.path("guide.npz")).landmarks, bank.cropped(commission.frame()), pitch, model,
            source=source, scans=height_scans(read_catalogue(ingested), commission.corpus), progress=progress)
        paint = carry_height(source, heights, pitch_mm=pitch, measured=measured)
        if "moved.npy" in painted.files:
            paint = overpainted_relief(paint, np.load(painted.path("colour.npy")).astype(np.float32) / np.float32(65535),
                                 np.load(painted.path("moved.npy")), model)
        if model.metadata.get("match", False):
            paint = matched(paint, Topography.measured())
        result = paint
        if not all(measured):
            # A height scan has the canvas in it; a height read from colour has not.
            result = on_canvas(paint, canvas_weave(paint.z_mm.shape, pitch, seed=commission.seed))
        if commission.relief_mm is not None:
            result, thicker = result.scaled_to(commission.relief_mm), commission.relief_mm / result.relief_mm
            paint = paint.scaled_to(paint.relief_mm * thicker)
        if not all(measured):
            # Prints at a finer pitch get a canvas of their own.
            _save_array(folder / "paint.npy", np.asarray(paint.z_mm))
        _save_array(folder / "height.npy", np.asarray(result.z_mm))
        _save_array(folder / "origin.npy", np.asarray(result.origin))
        return {"relief_mm": result.relief_mm, "shares": result.shares(), "provenance": result.provenance}

    return carry_out(commission.work, "relief", [painted.digest, learned.digest, commission.relief_mm, pitch,
                                                 commission.seed], write)


def export(commission, painted, relieved, progress=None):
    """The files a printer and a viewer take, in the run's folder."""
    from render.export.files import (
        height_units,
        normal_map,
        to_16_bit,
        write_colour_tiff,
        write_grey_tiff,
        write_height,
        write_png,
        write_png8,
    )
    from render.export.preview import write_preview
    from render.export.print_job import write_looks
    from render.export.raking import raking_light, visible_exaggeration
    from render.export.slices import slice_relief, write_stack
    from render.export.solids import solid_from_height, write_3mf, write_glb, write_ply, write_stl

    out, pitch = commission.out, commission.pitch_mm()
    dpi = 25.4 / pitch

    def write(_):
        colour = np.load(painted.path("colour.npy")).astype(np.float32) / np.float32(65535)
        z = np.load(relieved.path("height.npy"))
        steps = iter(range(1, 9))
        step = (lambda: progress(next(steps), 8)) if progress else (lambda: None)
        write_colour_tiff(out / "portrait.tif", colour, dpi)
        write_png8(out / "portrait.png", colour, dpi)
        step()
        write_height(out / "height.tif", z, pitch, record={"origin": relieved.facts["shares"]})
        write_png(out / "height.png", height_units(z)[0], dpi)
        write_png(out / "normal.png", to_16_bit(normal_map(z, pitch)), dpi, colour=False)
        step()
        source = np.load(painted.path("source.npy"))
        write_grey_tiff(out / "sources.tif", (source[..., 0] + 1).astype(np.uint16), dpi)
        names = [name for name, _ in painted.facts["exemplars"]]
        with replacing(out / "sources.json") as beside:
            beside.write_text(json.dumps({
                "meaning": "value k of sources.tif: the texel was copied from sources[k - 1]",
                "sources": [{"file": name, "mirrored": mirrored, "share": share} for (name, mirrored), share
                            in zip(painted.facts["exemplars"], painted.facts["shares"])]}, indent=1,
                ensure_ascii=False), encoding="utf-8")
        step()
        times = visible_exaggeration(z, pitch)
        write_png8(out / "raking.png", raking_light(z, pitch, colour, exaggeration=times), dpi)
        looks = write_looks(z, pitch, colour, out, exaggeration=times)
        step()
        solid = solid_from_height(z, pitch, base_mm=commission.base_mm, triangles=commission.triangles)
        write_stl(solid, out / "relief.stl")
        step()
        write_3mf(solid, out / "relief.3mf", colour)
        step()
        write_ply(solid, out / "relief.ply", colour)
        write_glb(solid, out / "relief.glb", colour)
        write_preview(out / "relief.html", z, pitch, colour)
        step()
        paths = write_stack(slice_relief(z, pitch), colour, out / "slices")
        step()
        return {"files": ["portrait.tif", "portrait.png", "height.tif", "height.json", "height.png", "normal.png",
                          "sources.tif", "sources.json", "raking.png", *looks, "relief.stl", "relief.3mf", "relief.ply",
                          "relief.glb", "relief.html",
                          *(f"slices/{Path(path).name}" for path in paths)],
                "print": solid.describe(), "raking_exaggeration": times,
                "paintings": len(set(names)), "pitch_mm": pitch, "dpi": dpi}

    return carry_out(commission.work, "export", [painted.digest, relieved.digest, commission.base_mm,
                                                 commission.triangles, pitch], write, folder=out)


def critique(commission, ingested, learned, composed, painted, relieved, progress=None):
    """The measured quality of the painting, as `critique.json` in the run's folder."""
    from data.parts import Part
    from models.bank import Bank, read_for, warped
    from models.texture import TextureStatistics
    from render.portrait import critique as module
    from render.portrait.critique import Reference

    def write(_):
        bank, guide = Bank.load(learned.folder), read_guide(composed.path("guide.npz"))
        frame = bank.cropped(commission.frame())
        colour = np.load(painted.path("colour.npy")).astype(np.float32) / np.float32(65535)
        names = [name for name, _ in painted.facts["exemplars"]]
        # Works that gave no paint show what the master's paint is like; those most alike in pose lie best on the layout.
        others = sorted((view for view in bank.views if view.name not in set(names)),
                        key=lambda view: (-view.eye_distance_px, view.name))[:_JUDGES]
        textures = []
        for number, view in enumerate(others):
            seen = warped(view, guide.landmarks, frame, pixels=read_for(view, frame))
            labels = np.where(seen.valid, seen.parts, 255).astype(np.uint8)
            if (labels == Part.FACE).any():
                textures.append(TextureStatistics.of(seen.colour, labels))
            if progress:
                progress(number + 1, len(others) + 1)
        reference = Reference(tuple(view.name for view in bank.views), np.stack([view.embedding for view in bank.views]),
                              textures=tuple(textures))
        figures = module.critique(colour, guide.landmarks, np.load(painted.path("source.npy")), names, reference,
                                  labels=guide.parts, height_mm=np.load(relieved.path("height.npy")),
                                  pitch_mm=commission.pitch_mm(), wanted=composed.facts["sitter"])
        if progress:
            progress(len(others) + 1, len(others) + 1)
        if composed.facts["person_embedding"] is not None:
            figures["person"] = module.person_figures(figures["likeness"], composed.facts["person_embedding"])
            figures["sentences"].append(figures["person"]["sentence"])
        with replacing(commission.out / "critique.json") as beside:
            beside.write_text(json.dumps(plain(figures), indent=1, ensure_ascii=False), encoding="utf-8")
        return {"files": ["critique.json"], "sentences": figures["sentences"]}

    return carry_out(commission.work, "critique", [learned.digest, painted.digest, relieved.digest,
                                                   module.ALGORITHM_VERSION], write, folder=commission.out)


def report(commission, ingested, measured, learned, composed, painted, relieved, exported, criticised, progress=None):
    """`report.html` and `statistics.json` in the run's folder."""
    from flows.corpus.corpus_view import CorpusView
    from models.bank import Bank
    from models.statistics import Statistics
    from render.report.report import Made, write_run_page

    stages = (ingested, measured, learned, composed, painted, relieved, exported, criticised)

    def write(_):
        table, measurements = read_catalogue(ingested), read_measurements(measured)
        statistics = Statistics.of(table, measurements, measured.facts["failures"])
        with replacing(commission.out / "statistics.json") as beside:
            beside.write_bytes(learned.path("statistics.json").read_bytes())
        view = CorpusView(commission.corpus, table, measurements, statistics)
        made = Made(
            arguments=commission.arguments(), sitter=composed.facts["sentence"], cast=composed.facts["cast"],
            guide=read_guide(composed.path("guide.npz")),
            colour=np.load(painted.path("colour.npy")), source=np.load(painted.path("source.npy")),
            exemplars=painted.facts["exemplars"], height_mm=np.load(relieved.path("height.npy")),
            raking=commission.out / "raking.png", candidates=composed.path("candidates.png"),
            exaggeration=exported.facts["raking_exaggeration"],
            critique=json.loads((commission.out / "critique.json").read_text(encoding="utf-8")),
            seconds={stage.stage: stage.seconds for stage in stages}, print_size=exported.facts["print"],
            pitch_mm=commission.pitch_mm())
        write_run_page(commission.out / "report.html", made, view.page(Bank.load(learned.folder), progress))
        return {"files": ["report.html", "statistics.json"]}

    return carry_out(commission.work, "report", [stage.digest for stage in stages], write, folder=commission.out)


ORDER = (
    ("ingest", ingest, ()),
    ("measure", measure, ("ingest",)),
    ("learn", learn, ("ingest", "measure")),
    ("compose", compose, ("learn",)),
    ("paint", paint, ("learn", "compose")),
    ("relief", relief, ("ingest", "learn", "compose", "paint")),
    ("export", export, ("paint", "relief")),
    ("critique", critique, ("ingest", "learn", "compose", "paint", "relief")),
    ("report", report, ("ingest", "measure", "learn", "compose", "paint", "relief", "export", "critique")),
)
"""Every stage: its name, its function, and the earlier stages whose results it takes."""
