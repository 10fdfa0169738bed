"""`report.html` (Jinja2) lays out what the other files of this folder gather. One file each; opens from disk without a
network."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from data.files import replacing
from models.statistics import CATEGORIES
from render.report.bank_figures import SHOWN_PARTS

if TYPE_CHECKING:  # the pages are written by this module's `write_page`
    from render.report.corpus_page import Page


def write_page(path: Path | str, page: "Page", run: Mapping[str, Any] | None) -> None:
    """Write a page.

    Parameters
    ----------
    path : path
    page : Page
        Of the corpus.
    run : mapping, optional
        What a run made of it, as `render.report.run_page` gathers it; without it the page is of the corpus alone.
    """
    environment = Environment(loader=FileSystemLoader(Path(__file__).parent), undefined=StrictUndefined,
                              autoescape=select_autoescape(["html"]), trim_blocks=True, lstrip_blocks=True)
    environment.filters["words"] = lambda name: str(name).replace("_", " ").replace(".", " ")
    text = environment.get_template("report.html").render(
        page=page, run=run, categories={name: [str(v) for v in values] for name, values in CATEGORIES.items()},
        brushed=(*(part.name.lower() for part in SHOWN_PARTS), "whole"),
        data=_script_json({"modes": page.modes, "columns": page.columns, "eigen": page.eigen}))
    with replacing(path) as beside:
        beside.write_text(text, encoding="utf-8")


def _script_json(value: Any) -> str:
    """JSON that may stand within a script element."""
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c").replace("\u2028", "\\u2028")
