"""What shall be painted: a composition chosen from candidates, or a walk from one sitter to another."""

from pathlib import Path

from data.files import sha256_file
from data.progress import Progress
from data.units import texels_per_inch
from flows.run.commission import Commission
from flows.run.results import Composed, Learned, Walked
from flows.run.stage_cache import Done, carry_out, carry_out_into
from models.measured_view import view_of_photograph
from models.view_key import ViewKey
from render.export.files import write_png8
from render.portrait.canvas import canvas_frame, texel_pitch_mm
from render.portrait.compose import compose as compose_candidates
from render.portrait.compose import full_guide
from render.portrait.compose import walk as walk_between
from render.portrait.layout import Given
from render.report.candidate_sheet import candidate_sheet

_SHEET_DPI = 72


def compose(commission: Commission, learned: Done[Learned], progress: Progress | None = None) -> Done[Composed]:
    """A sitter, a layout and a guide; beside them a sheet of all candidates, and the layout of each.

    Parameters
    ----------
    commission : Commission
    learned : Done
    progress : callable (done, total), optional

    Returns
    -------
    Done
    """
    given = Given.load(commission.layout) if commission.layout else None
    canvas = canvas_frame(commission.megapixels)

    def make(folder: Path) -> Composed:
        bank = learned.result.bank
        widest = bank.cropped(canvas)
        person = view_of_photograph(commission.person) if commission.person else None
        found = compose_candidates(bank, commission.wishes, commission.seed, widest, index=learned.result.compositions,
                                   person=person, given=given, candidates=commission.candidates, progress=progress)
        best, shown = found[0], found[:commission.candidates]
        frame = best.frame(widest)
        write_png8(folder / "candidates.png", candidate_sheet(shown), _SHEET_DPI)
        for number, candidate in enumerate(shown, 1):
            candidate.layout.save(folder / f"candidate_{number}.json", candidate.frame(widest), candidate.cast,
                                  candidate.figure.layout)
        guide = full_guide(best, bank, widest)
        best.layout.save(folder / "layout.json", frame, best.cast, best.figure.layout)
        write_png8(folder / "guide.png", guide.colour, texels_per_inch(texel_pitch_mm(canvas, commission.width_mm)))
        return Composed(sitter=best.sitter.attributes, sentence=best.sitter.sentence(),
                        cast={role: ViewKey(view.name, bool(view.mirrored)) for role, view in best.cast.items()},
                        nearest=best.nearest, distance=best.distance, faults=best.faults,
                        person_embedding=None if person is None else person.embedding.tolist(), frame=frame, guide=guide)

    inputs = [sha256_file(path) if path else None for path in (commission.person, commission.layout)]
    return carry_out(commission.work, "compose", Composed, [learned.digest, commission.seed, commission.wishes, inputs,
                                                            commission.candidates, canvas.size_px], make)


def walk(commission: Commission, learned: Done[Learned], to_seed: int, steps: int,
         progress: Progress | None = None) -> Done[Walked]:
    """From the sitter of the commission's seed to that of another: a sheet and a layout for each step, in `walk`.

    Parameters
    ----------
    commission : Commission
    learned : Done
    to_seed : int
        The seed of the sitter to arrive at.
    steps : int
        Sitters on the way, both ends included.
    progress : callable (done, total), optional

    Returns
    -------
    Done
    """
    names = ["walk/walk.png", *(f"walk/{number}.json" for number in range(1, steps + 1))]
    canvas = canvas_frame(commission.megapixels)

    def make(folder: Path) -> tuple[Walked, list[str]]:
        bank = learned.result.bank
        widest = bank.cropped(canvas)
        start, end = (compose_candidates(bank, commission.wishes, seed, widest, index=learned.result.compositions,
                                         candidates=commission.candidates)[0] for seed in (commission.seed, to_seed))
        way = walk_between(bank, start, end, widest, steps, progress)
        (folder / "walk").mkdir(exist_ok=True)
        write_png8(folder / names[0], candidate_sheet(way), _SHEET_DPI)
        for name, step in zip(names[1:], way):
            step.layout.save(folder / name, step.frame(widest), step.cast, step.figure.layout)
        return Walked(start.sitter.sentence(), end.sitter.sentence()), names

    return carry_out_into(commission.out, commission.work, "walk", Walked,
                          [learned.digest, commission.seed, commission.wishes, to_seed, steps, commission.candidates,
                           canvas.size_px], make)
