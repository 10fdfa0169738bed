"""What `atelier learn --fast` does beside learning: a small network is taught the master's hand."""

from pathlib import Path

from flows.corpus.lenders import lenders_of
from flows.corpus.store import Store, key_of
from flows.run.commission import Commission
from flows.run.progress import bar
from models.feedforward_style import FastSettings, FastStyle
from render.restyle.school import painted_lessons, school_pictures
from render.restyle.works import works_for


def learn_fast(commission: Commission) -> Path:
    """Train the fast network on a commission's corpus into `OUT/fast.safetensors`; the same training is not done twice."""
    settings = FastSettings(seed=commission.seed)
    lenders = lenders_of(commission.corpus, Store(commission.cache), commission.jobs)
    photographs = school_pictures()
    out = commission.out / "fast.safetensors"
    about = {"corpus": commission.corpus.name, "works": {each.name: each.sha256 for each in lenders[:settings.works]},
             "photographs": list(photographs)}
    key = key_of(about, repr(settings))
    if out.exists() and FastStyle.load(out).record.get("key") == key:
        return out
    works = list(works_for(lenders, (settings.canvas_px, settings.canvas_px),
                           brush_scale=settings.brush_scale, count=settings.works))
    with bar("lessons", unit="picture") as progress:
        lessons = painted_lessons(list(photographs.values()), lenders, settings.seed, progress)
    with bar("fast") as progress:
        style = FastStyle.train(works, lessons, settings, progress=progress)
    style.record.update(about, key=key)
    style.save(out)
    return out
