"""Claim: the page stands alone, and a real browser shows the relief, with and without colour, under a moving light."""

import json
import re
import shutil
import subprocess

import numpy as np
import pytest

from render.export.preview import write_preview

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)


def page(path):
    y, x = np.mgrid[:160, :120].astype(np.float32)
    z = 0.2 + 0.1 * np.sin(x * 0.4)
    rgb = np.stack([np.full_like(x, 0.85), np.full_like(x, 0.15), np.full_like(x, 0.1)], -1)
    write_preview(path, z.astype(np.float32), 0.5, rgb, title="Ridges <test>")


def test_page_needs_no_network(tmp_path):
    page(tmp_path / "p.html")
    text = (tmp_path / "p.html").read_text(encoding="utf-8")
    assert not re.search(r"""(?:src|href)\s*=\s*["'](?!data:)|https?://|@import|fetch\(""", text)
    assert "Ridges &lt;test&gt;" in text and '"width_mm": 60.0' in text


def test_large_pictures_are_reduced(tmp_path):
    write_preview(tmp_path / "p.html", np.random.default_rng(0).random((2600, 60)).astype(np.float32), 0.1,
                  np.zeros((2600, 60, 3), np.float32))
    assert '"rows": 1280' in (tmp_path / "p.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_browser_shows_it(tmp_path):
    if BROWSER is None:
        pytest.skip("no chromium or chrome on this machine: the preview page was not opened")
    page(tmp_path / "p.html")
    text = (tmp_path / "p.html").read_text(encoding="utf-8")

    # Works the controls as a visitor would, and leaves what the view shows (means of a grid of places) in the document.
    script = """<script>const wait = setInterval(() => {
      if (!atelier.state.ready) return; clearInterval(wait);
      const e = id => document.getElementById(id), results = {};
      const look = name => { atelier.draw(); const all = new Uint8Array(canvas.width * canvas.height * 4);
        gl.readPixels(0, 0, canvas.width, canvas.height, gl.RGBA, gl.UNSIGNED_BYTE, all); const rows = [];
        for (let y = .45; y < .6; y += .05) { const row = []; for (let x = 0; x < 60; x++) { const at =
          (Math.round(y * canvas.height) * canvas.width + Math.round(canvas.width / 2) - 30 + x) * 4;
          row.push([all[at], all[at + 1], all[at + 2]]); } rows.push(row); } results[name] = rows; };
      look("first"); e("colour").click(); look("plain"); e("colour").click();
      e("height").value = 0; e("height").dispatchEvent(new Event("input")); look("flat");
      e("height").value = 3; e("height").dispatchEvent(new Event("input"));
      const pad = e("pad").getBoundingClientRect(), at = {clientX: pad.right - 20, clientY: pad.top + 30, pointerId: 1};
      e("pad").setPointerCapture = () => {}; e("pad").dispatchEvent(new PointerEvent("pointerdown", at)); look("turned");
      const out = document.createElement("pre"); out.id = "results"; out.textContent = JSON.stringify(results);
      document.body.append(out); }, 20);</script></body>"""
    (tmp_path / "p.html").write_text(text.replace("</body>", script))
    run = subprocess.run(
        [BROWSER, "--headless=new", "--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
         "--disable-dev-shm-usage", f"--user-data-dir={tmp_path / 'profile'}", "--virtual-time-budget=3000",
         "--window-size=600,600", "--dump-dom", (tmp_path / "p.html").as_uri()],
        capture_output=True, timeout=120, check=False, encoding="utf-8", errors="replace")
    found = re.search(r'<pre id="results">(.*?)</pre>', run.stdout, re.DOTALL)
    assert found, (run.stdout[-600:], run.stderr[-1000:])
    seen = {name: np.array(rows, np.float32) for name, rows in json.loads(found[1]).items()}
    first = seen["first"]
    assert first[..., 0].mean() > 2 * first[..., 2].mean() > 0              # red paint is seen as red
    assert first[..., 0].std(1).mean() > 4                                  # and its ridges are
    assert abs(np.subtract(*seen["plain"][..., [0, 2]].mean((0, 1)))) < 20  # a plaster cast
    assert seen["flat"].std(1).mean() < 0.4 * first.std(1).mean()
    assert np.abs(seen["turned"] - first).mean() > 3                        # the lamp moved
