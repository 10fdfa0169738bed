"""Works judge a painting that gave it no paint, the largest faces first; a work whose face is not on the canvas is passed."""

import numpy as np

from models.alignment import Frame
from models.shape import to_frame
from render.portrait.judges import choose_judges, reference_of


def test_who_gave_paint_does_not_judge(drawn_bank):
    names = [view.name for view in drawn_bank.views]
    judges = choose_judges(drawn_bank, names[:3])
    assert {view.name for view in judges} == set(names[3:])
    sizes = [view.eye_distance_px for view in judges]
    assert sizes == sorted(sizes, reverse=True)
    assert choose_judges(drawn_bank, names[:3], most=2) == judges[:2] and choose_judges(drawn_bank, names) == []


def test_the_reference_holds_every_sitter_and_the_judges_paint(drawn_bank):
    frame = Frame().scaled(120)
    layout = to_frame(drawn_bank.views[0].shape, frame)
    told = []
    reference = reference_of(drawn_bank, drawn_bank.views[1:4], layout, frame, lambda done, total: told.append((done, total)))
    assert reference.names == tuple(view.name for view in drawn_bank.views) and reference.embeddings.shape == (8, 128)
    assert len(reference.textures) == 3 and told == [(1, 4), (2, 4), (3, 4)]
    away = reference_of(drawn_bank, drawn_bank.views[1:4], layout - 10_000, frame)
    assert away.textures == () and np.array_equal(away.embeddings, reference.embeddings)
