"""What a user gets of a painting: files for printers and viewers, a critique, and a page."""

from pathlib import Path

import numpy as np

from data.files import replacing
from data.progress import Progress
from flows.run.commission import Commission
from flows.run.results import (
    Composed,
    Criticised,
    Exported,
    Ingested,
    Learned,
    Measured,
    Painted,
    Relieved,
    Reported,
    exemplar_views,
)
from flows.run.stage_cache import Done, carry_out_into
from models.statistics import Statistics
from models.view_key import views_by_key
from render.export.run_files import PrintableRun, write_run_files
from render.portrait.body_faults import body_figures
from render.portrait.canvas import canvas_frame, texel_pitch_mm
from render.portrait.composition_critique import composition_figures, painted_arrangement
from render.portrait.critique import ALGORITHM_VERSION as CRITIQUE_VERSION
from render.portrait.critique import critique as criticise
from render.portrait.critique import person_figures
from render.portrait.judges import choose_judges, reference_of
from render.portrait.kept_paint import lent_fields
from render.report.corpus_page import Page
from render.report.run_page import Made, write_run_page


def export(commission: Commission, painted: Done[Painted], relieved: Done[Relieved],
           progress: Progress | None = None) -> Done[Exported]:
    """The files a printer and a viewer take.

    Parameters
    ----------
    commission : Commission
    painted, relieved : Done
    progress : callable (done, total), optional

    Returns
    -------
    Done
    """
    pitch = texel_pitch_mm(canvas_frame(commission.megapixels), commission.width_mm)

    def make(out: Path) -> tuple[Exported, tuple[str, ...]]:
        painting = painted.result
        run = PrintableRun(painting.rgb, relieved.result.relief, painting.source, painting.exemplars, painting.shares,
                           commission.base_mm, commission.triangles)
        written = write_run_files(run, out, progress)
        return Exported(solid=written.solid, raking_exaggeration=written.exaggeration, paintings=len(set(painting.names)),
                        pitch_mm=pitch, dpi=run.dpi), written.names

    return carry_out_into(commission.out, commission.work, "export", Exported,
                          [painted.digest, relieved.digest, commission.base_mm, commission.triangles, pitch], make)


def critique(commission: Commission, learned: Done[Learned], composed: Done[Composed], painted: Done[Painted],
             relieved: Done[Relieved], progress: Progress | None = None) -> Done[Criticised]:
    """The measured quality of the painting.

    Parameters
    ----------
    commission : Commission
    learned, composed, painted, relieved : Done
    progress : callable (done, total), optional

    Returns
    -------
    Done
    """
    def make(_: Path) -> tuple[Criticised, list[str]]:
        bank, composition, painting = learned.result.bank, composed.result, painted.result
        guide, height = composition.guide, relieved.result.relief
        rgb = painting.rgb
        judges = choose_judges(bank, painting.names)
        reference = reference_of(bank, judges, guide.landmarks, composition.frame, progress)
        figures = criticise(rgb, guide.landmarks, painting.source, painting.names, reference, labels=guide.parts,
                            height_mm=height.z_mm, pitch_mm=height.pitch_mm, wanted=composition.sitter)
        if progress:
            progress(len(judges) + 1, len(judges) + 1)
        arrangement = painted_arrangement(painting.source, exemplar_views(learned.result, painting), guide.landmarks,
                                          composition.frame,
                                          fields=lent_fields(guide.provenance, views_by_key(bank.both_ways())))
        figures["composition"] = composition_figures(rgb, guide.landmarks, learned.result.compositions, arrangement,
                                                     painting.names)
        figures["body"] = body_figures(composition.faults)
        figures["sentences"] += [figures[group]["sentence"] for group in ("composition", "body")]
        if composition.person_embedding is not None:
            figures["person"] = person_figures(figures["likeness"], np.array(composition.person_embedding))
            figures["sentences"].append(figures["person"]["sentence"])
        return Criticised(sentences=figures["sentences"], figures=figures), ["critique.json"]

    return carry_out_into(commission.out, commission.work, "critique", Criticised,
                          [learned.digest, painted.digest, relieved.digest, CRITIQUE_VERSION], make)


def report(commission: Commission, ingested: Done[Ingested], measured: Done[Measured], learned: Done[Learned],
           composed: Done[Composed], painted: Done[Painted], relieved: Done[Relieved], exported: Done[Exported],
           criticised: Done[Criticised], progress: Progress | None = None) -> Done[Reported]:
    """The page of the run, and the corpus' statistics beside it.

    Parameters
    ----------
    commission : Commission
    ingested, measured, learned, composed, painted, relieved, exported, criticised : Done
    progress : callable (done, total), optional

    Returns
    -------
    Done
    """
    stages = (ingested, measured, learned, composed, painted, relieved, exported, criticised)

    def make(out: Path) -> tuple[Reported, list[str]]:
        table, found, bank = ingested.result.catalogue.table, measured.result, learned.result.bank
        measurements = found.measurements
        statistics = Statistics.of(table, measurements, found.failures)
        with replacing(out / "statistics.json") as beside:
            beside.write_bytes(learned.path("statistics.json").read_bytes())
        composition, painting, relief = composed.result, painted.result, relieved.result.relief
        made = Made(
            arguments=commission.arguments(), sitter=composition.sentence, cast=composition.cast, guide=composition.guide,
            colour=painting.colour, source=painting.source, exemplars=list(painting.exemplars), height_mm=relief.z_mm,
            raking=out / "raking.png", candidates=composed.path("candidates.png"),
            exaggeration=exported.result.raking_exaggeration, critique=criticised.result.figures,
            seconds={stage.stage: stage.seconds for stage in stages}, print_size=exported.result.solid,
            pitch_mm=relief.pitch_mm)
        write_run_page(out / "report.html", made, Page.of(commission.corpus, measurements, statistics, bank, progress))
        return Reported(), ["report.html", "statistics.json"]

    return carry_out_into(commission.out, commission.work, "report", Reported, [stage.digest for stage in stages], make)
