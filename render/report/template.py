"""Pages from the template `report.html` (Jinja2), filled with what the other files of this folder gather. A page is a single
file that opens from disk without a network."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from data.files import replacing
from models.statistics import CATEGORIES
from render.report.bank_figures import SHOWN_PARTS


def write_page(path: Path | str, plots: Mapping[str, Any], **shown: Any) -> None:
    """Write a page.

    Parameters
    ----------
    path : path
    plots : mapping
        What the page's scripts draw, ready for JSON.
    **shown
        What the template shows, by the names it uses.
    """
    environment = Environment(loader=FileSystemLoader(Path(__file__).parent), undefined=StrictUndefined,
                              autoescape=select_autoescape(["html"]), trim_blocks=True, lstrip_blocks=True)
    environment.filters["words"] = lambda name: str(name).replace("_", " ").replace(".", " ")
    text = environment.get_template("report.html").render(
        categories={name: [str(v) for v in values] for name, values in CATEGORIES.items()},
        brushed=(*(part.name.lower() for part in SHOWN_PARTS), "whole"), data=_script_json(plots), **shown)
    with replacing(path) as beside:
        beside.write_text(text, encoding="utf-8")


def _script_json(value: Any) -> str:
    """JSON that is safe within a script element."""
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c").replace("\u2028", "\\u2028")
