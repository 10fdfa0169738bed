"""The corpus page in a real browser, without a network: no script error, filters sift, sliders move face and portrait."""

import re
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from data.estimate import Estimate
from models.statistics import Statistics
from render.report.corpus_page import Page, write_corpus_page
from tests.drawn import drawn_bank  # noqa: F401 - a fixture
from tests.features.figure.drawn_figure import drawn_figure

# Put at the end of the page by the test: tries what a person would, and writes down what came of it.
_PROBE = """
<script>
const said = [];
window.addEventListener("error", event => said.push("error: " + event.message));
const shape = () => get("shape").innerHTML, shown = () => cards.filter(card => !card.hidden).length;
const set = (e, value, kind) => { e.value = value; e.dispatchEvent(new Event(kind)); };
setTimeout(() => {
  try {
    const all = shown(), mean = shape();
    set(document.querySelector('[data-filter="sex"]'), "female", "change"); const women = shown();
    set(document.querySelector('[data-filter="sex"]'), "", "change");
    set(get("search"), "sitter3", "input"); const named = shown(); set(get("search"), "", "input");
    set(get("shape-sliders").querySelector("input"), 2, "input"); const moved = shape() !== mean;
    document.querySelector('[data-reset="shape-sliders"]').click(); const back = shape() === mean;
    const canvas = get("eigen"), pen = canvas.getContext("2d"),
      look = () => pen.getImageData(0, 0, canvas.width, canvas.height).data.join();
    const before = look(); set(get("eigen-sliders").querySelector("input"), 2.5, "input"); const painted = look() !== before;
    const dots = get("scatter").querySelectorAll("circle").length;
    said.push(JSON.stringify({all, women, named, moved, back, painted, drawn: canvas.dataset.drawn, dots}));
  } catch (error) { said.push("error: " + error); }
  document.body.innerHTML = "<pre id=said></pre>"; document.getElementById("said").textContent = said.join("|");
}, 1500);
</script>"""


@pytest.fixture(scope="module")
def measurements(drawn_bank):  # noqa: F811
    found = []
    for view in drawn_bank.views:
        attributes = dict(view.attributes)
        attributes["yaw_deg"] = Estimate(40 * view.turn, 0.8, "drawn")
        face = SimpleNamespace(box=(100.0, 80.0, 180.0, 200.0), confidence=0.9, landmarks_xy=view.landmarks_xy,
                               landmark_confidence=np.full(68, 0.8), attributes=attributes, figure=drawn_figure())
        found.append(SimpleNamespace(file=view.name, sha256=view.sha256, width_px=400, height_px=500, faces=(face,),
                                     reason=None, brushwork={"face": {"stroke_width_px": 4.0}}))
    return found


@pytest.fixture(scope="module")
def table(drawn_bank):  # noqa: F811
    rows = [{"file": view.name, "title": "<script>alert(1)</script>", "rejected": None, "duplicate_of": None, "width_px": 400,
             "height_px": 500} for view in drawn_bank.views]
    rows.append({**rows[0], "file": "broken.jpg", "rejected": "the file is cut short", "title": None})
    rows[7] |= {"duplicate_of": rows[6]["file"], "duplicate_kind": "crop", "duplicate_agreement": 0.912}
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def made(drawn_bank, table, measurements):  # noqa: F811
    corpus = Path(drawn_bank.views[0].path).parent
    return Page.of(corpus, measurements, Statistics.of(table, measurements), drawn_bank, notes=["old.csv: <b>what?</b>"])


@pytest.fixture
def page(made, tmp_path):
    write_corpus_page(tmp_path / "page.html", made)
    return tmp_path / "page.html"


def test_the_page_is_self_contained_and_escapes_what_others_wrote(page):
    text = page.read_text(encoding="utf-8")
    assert not re.search(r"""(src|href)\s*=\s*["']?(https?:|//)|@import|url\(""", text)
    assert "<script>alert(1)" not in text and "the file is cut short" in text
    assert "The typical sitter is" in text and 'id="strokes"' in text
    assert "old.csv: &lt;b&gt;what?&lt;/b&gt;" in text


def test_a_card_says_who_sits_and_how_certain_that_is(made):
    card = made.cards[1]
    assert card.caption == "female, about 34, left" and card.sitter and not card.rejected
    assert card.certain["sex"] == "90%, drawn" and card.attributes["age_years"] == "34"
    assert card.picture.startswith("data:image/jpeg;base64,") and (card.width, card.height) == (160, 200)
    face, = card.outlines
    assert face.box == (40.0, 32.0, 72.0, 80.0) and len(face.points) == 9
    assert face.figure[0] == "39.7,111.7 119.7,111.7" and len(face.figure) == 3


def test_a_file_that_could_not_be_read_has_a_card_without_a_picture(made):
    card = made.cards[-1]
    assert card.rejected and card.picture is None and card.caption == card.fate == "the file is cut short"


def test_progress_counts_the_cards(drawn_bank, table, measurements):  # noqa: F811
    calls = []
    Page.of(Path(drawn_bank.views[0].path).parent, measurements, Statistics.of(table, measurements),
            progress=lambda done, total: calls.append((done, total)))
    assert calls == [(number, len(table) + 1) for number in range(1, len(table) + 2)]


def test_copies_are_shown_side_by_side(page, drawn_bank):  # noqa: F811
    text = page.read_text(encoding="utf-8")
    copies = text[text.index('id="copies"'):]
    assert copies.count("<img") == 2 and "a part of it, 91% alike" in copies
    assert copies.index(drawn_bank.views[6].name) < copies.index(drawn_bank.views[7].name)


def test_the_page_works_in_a_browser(page, tmp_path):
    import json

    browser = next((found for name in ("chromium", "chromium-browser", "google-chrome", "chrome")
                    if (found := shutil.which(name))), None)
    if browser is None:
        pytest.skip("no Chromium on this machine: install chromium to try the page in a real browser")
    page.write_text(page.read_text(encoding="utf-8").replace("</body>", _PROBE + "</body>"))
    done = subprocess.run(
        [browser, "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=6000", f"--user-data-dir={tmp_path}/b",
         "--host-resolver-rules=MAP * ~NOTFOUND", "--dump-dom", page.as_uri()], capture_output=True,
        encoding="utf-8", errors="replace", timeout=90)
    said = re.search(r'<pre id="said">(.*?)</pre>', done.stdout, re.S)
    assert said, done.stdout[-500:] + done.stderr[-500:]
    found = json.loads(said[1].replace("&amp;", "&"))
    assert found == {"all": 7, "women": 3, "named": 1, "moved": True, "back": True, "painted": True, "drawn": "yes", "dots": 7}
