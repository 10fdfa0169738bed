"""The paintings of a corpus as lenders of a master's hand, for restyling photographs and films."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from data.errors import CorpusError
from flows.corpus.corpus_view import CorpusView, view_corpus
from flows.corpus.folder import check_corpus
from flows.corpus.learning import learn_views
from flows.corpus.paintings import painted_surface
from flows.corpus.store import Store
from render.restyle.lenders import Lender


def lenders_of(corpus: Path, store: Store, jobs: int | None) -> list[Lender]:
    """A corpus' paintings as lenders: first those of one sitter, the largest faces first, then all others.

    Parameters
    ----------
    corpus : Path
        The folder of scans.
    store : Store
        Where measurements are kept between runs.
    jobs : int or None
        Processes that measure; None: as many as the machine holds.

    Returns
    -------
    list of Lender

    Raises
    ------
    CorpusError
        If there is no painting that can be used.
    """
    check_corpus(corpus)
    view = view_corpus(corpus, store, jobs, lambda name: None)
    sitters = learn_views(view.corpus, store, jobs, view.table, view.measurements)
    sitters.sort(key=lambda each: (-each.eye_distance_px, each.name))
    lenders = [Lender.of_view(each) for each in sitters] + _others(view, {each.name for each in sitters})
    if not lenders:
        raise CorpusError(f"no painting in {corpus} can be used: `atelier ingest {corpus}` lists them with the reasons")
    return lenders


def _others(view: CorpusView, shown: set[str]) -> list[Lender]:
    """The usable paintings that are not among those `shown`, the largest scans first."""
    def size(row: Mapping[Any, Any]) -> tuple[float, str]:
        return -row["width_px"] * row["height_px"], row["file"]

    rows = view.table[view.table.rejected.isna() & ~view.table.file.isin(shown)].to_dict("records")
    return [Lender(str(view.corpus / row["file"]), row["file"], int(row["width_px"]), int(row["height_px"]),
                   content_box=painted_surface(row), sha256=row["sha256"]) for row in sorted(rows, key=size)]
