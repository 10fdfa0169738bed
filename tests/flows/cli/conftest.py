"""A finished run, as small as it can be."""

import cv2
import numpy as np
import pytest

from data.parts import Part
from render.export.files import write_colour_tiff, write_height
from render.portrait.guide import Guide
from render.portrait.provenance import Provenance
from tests.flows.answers import clear


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """What export and enlarge need of a finished run: 36 x 45 mm in 72 x 90 texels."""
    folder = tmp_path_factory.mktemp("finished")
    rng = np.random.default_rng(0)
    noise = cv2.GaussianBlur(rng.standard_normal((90, 72)).astype(np.float32), (0, 0), 2)
    rgb = cv2.GaussianBlur(rng.random((90, 72, 3)).astype(np.float32), (0, 0), 6)
    write_colour_tiff(folder / "portrait.tif", rgb, 50.8)
    write_height(folder / "height.tif", (noise - noise.min()) * np.float32(0.1 / noise.std()), 0.5)
    (folder / "work" / "compose").mkdir(parents=True)
    parts = np.zeros((90, 72), np.uint8)
    parts[20:, 10:62] = Part.FACE
    turn = np.linspace(0, 2 * np.pi, 68, endpoint=False)
    landmarks = np.stack([36 + 18 * np.cos(turn), 45 + 22 * np.sin(turn)], 1)
    Guide(rgb, parts, np.ones((90, 72), np.float32), landmarks, {},
          Provenance.nobody((90, 72))).save(folder / "work" / "compose" / "guide.npz")
    return folder


@pytest.fixture
def refused(atelier, finished, tmp_path):
    """refused(arguments, words): a command, with RUN for the finished run and NOWHERE for a folder that is not there, is
    misuse and writes nothing."""
    def check(arguments, words):
        places = {"RUN": finished, "NOWHERE": tmp_path / "nowhere"}
        before = sorted(finished.rglob("*"))
        status, _, err = atelier(*(places.get(argument, argument) for argument in arguments))
        clear(status, err, 2, *words)
        assert sorted(finished.rglob("*")) == before

    return check
