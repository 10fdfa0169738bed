"""Calm places are painted from calm passages, and what came along with a patch and is no brushwork is held down."""

from dataclasses import replace

import cv2
import numpy as np

from render.restyle.lenders import Lender, Master
from render.restyle.patch_engine import liveliness, without_flecks
from render.restyle.restyle import restyle
from tests.render.restyle.drawn_lenders import QUICK


def test_calm_places_are_painted_from_calm_passages(tmp_path):
    rng, places = np.random.default_rng(5), np.mgrid[:160, :200]
    rough = cv2.GaussianBlur(rng.standard_normal((160, 200)).astype(np.float32), (0, 0), 1.2)
    works = []
    for number in range(2):  # by their tones alone, the lively halves would do better
        busy = places[0] > 80 if number else places[0] < 80
        grey = np.clip(np.where(busy, 0.5 + 0.3 * rough, 0.36 + 0.02 * rough), 0, 1)
        path = tmp_path / f"work_{number}.png"
        cv2.imwrite(str(path), np.repeat(np.round(grey * 255).astype(np.uint8)[..., None], 3, 2))
        works.append(Lender(str(path), path.name, 200, 160))
    lines = np.where((places[1] > 100) & (places[1] % 16 < 8), 0.58, 0.5).astype(np.float32)
    rgb = np.repeat(lines[..., None], 3, 2)
    painted = restyle(rgb, [Master(tuple(works))], replace(QUICK, engine="patch"), faces=[])
    fine = painted[..., 1] - cv2.GaussianBlur(painted[..., 1], (0, 0), 4)
    assert fine[10:-10, 10:80].std() < 0.012 < 0.03 < fine[10:-10, 120:190].std()


def test_the_liveliness_of_a_place_is_its_rank_in_the_picture():
    rng = np.random.default_rng(1)
    rgb = np.full((120, 160, 3), 0.7, np.float32)
    rgb[:, 120:] += 0.05 * rng.standard_normal((120, 40, 1)).astype(np.float32)
    ranks = liveliness(rgb, 20.0)
    assert ranks.dtype == np.uint8 and ranks[:, :100].max() == 0 and ranks[:, 140:].min() > 70
    assert np.abs(liveliness(0.7 + 0.2 * (rgb - 0.7), 20.0)[:, 130:].astype(int) - ranks[:, 130:]).mean() < 2  # contrast aside
    assert liveliness(np.full_like(rgb, 0.7), 20.0).max() == 0


def test_a_spark_is_held_down_and_brushwork_stays():
    rng = np.random.default_rng(2)
    painted = (0.5 + 0.1 * cv2.GaussianBlur(rng.standard_normal((80, 80, 3)), (0, 0), 1)).astype(np.float32)
    spark = painted.copy()
    spark[40, 40] = 1.0
    held, plain = without_flecks(spark, 3.0), without_flecks(painted, 3.0)
    assert held[40, 40].max() < 0.8 and np.abs(plain - painted).mean() < 0.05 * painted.std()
