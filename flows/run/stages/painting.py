"""From a guide to a painting and its relief."""

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from data.colour import to_uint16
from data.progress import Progress
from flows.corpus.paintings import height_scans
from flows.run.checkpoint import FileCheckpoint
from flows.run.commission import Commission
from flows.run.results import Composed, Ingested, Learned, Painted, Relieved, exemplar_views
from flows.run.stage_cache import Done, carry_out
from models.view_key import views_by_key
from render.portrait.canvas import canvas_frame, texel_pitch_mm
from render.portrait.kept_paint import lent_fields
from render.portrait.painting import Painting
from render.portrait.painting import paint as paint_guide
from render.relief.assemble import Overpaint, painted_relief
from render.synthesis.exemplar import SynthesisSettings
from render.synthesis.patch import ALGORITHM_VERSION as SYNTHESIS_VERSION


def paint(commission: Commission, learned: Done[Learned], composed: Done[Composed],
          progress: Progress | None = None) -> Done[Painted]:
    """The guide, painted; with a dream over it if one was ordered.

    Parameters
    ----------
    commission : Commission
    learned, composed : Done
    progress : callable (done, total), optional

    Returns
    -------
    Done
    """
    settings = SynthesisSettings(seed=commission.seed)
    over = [commission.finish, commission.dream, commission.dream and commission.dream_strength]

    def make(folder: Path) -> Painted:
        composition = composed.result
        painting = paint_guide(composition.guide, learned.result.bank.both_ways(), composition.frame, settings=settings,
                               engine=commission.engine, finish=commission.finish, progress=progress,
                               checkpoint=FileCheckpoint(folder / "checkpoint.npz"))
        if commission.dream is not None:
            painting = _dreamed(painting, commission.dream, commission.dream_strength, commission.seed, progress)
        made = painting.synthesis
        return Painted(exemplars=painting.keys, shares=list(painting.shares), colour=to_uint16(made.colour),
                       source=made.source.astype(np.int32), moved=made.moved)

    return carry_out(commission.work, "paint", Painted, [composed.digest, learned.digest, commission.engine, asdict(settings),
                                                         SYNTHESIS_VERSION, over], make)


def _dreamed(painting: Painting, layer: str, strength: float, seed: int, progress: Progress | None) -> Painting:
    from render.neural.dream import DreamSettings  # delays torch
    from render.neural.dreamed import dreamed  # delays torch

    settings = DreamSettings(layer=layer, strength=strength, seed=seed)
    return replace(painting, synthesis=dreamed(painting.synthesis, settings, progress))


def relief(commission: Commission, ingested: Done[Ingested], learned: Done[Learned], composed: Done[Composed],
           painted: Done[Painted], progress: Progress | None = None) -> Done[Relieved]:
    """The height of the paint and its canvas.

    Parameters
    ----------
    commission : Commission
    ingested, learned, composed, painted : Done
    progress : callable (done, total), optional

    Returns
    -------
    Done
    """
    pitch = texel_pitch_mm(canvas_frame(commission.megapixels), commission.width_mm)

    def make(_: Path) -> Relieved:
        models, composition, painting = learned.result, composed.result, painted.result
        made = painted_relief(
            exemplar_views(models, painting), painting.source, composition.guide.landmarks, composition.frame, pitch,
            models.relief, scans=height_scans(ingested.result.catalogue.table, commission.corpus),
            fields=lent_fields(composition.guide.provenance, views_by_key(models.bank.both_ways())),
            overpaint=_overpaint(painting), seed=commission.seed,
            relief_mm=commission.relief_mm, progress=progress)
        return Relieved.of(made)

    return carry_out(commission.work, "relief", Relieved, [painted.digest, learned.digest, commission.relief_mm, pitch,
                                                           commission.seed], make)


def _overpaint(painting: Painted) -> Callable[[], Overpaint] | None:
    """Later paint over what was copied, read when it is asked for; None where there is none."""
    moved = painting.moved
    return None if moved is None else lambda: Overpaint(painting.rgb, moved)
