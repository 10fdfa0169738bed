"""A catalogue's rows become requests to measure, painted surfaces and height scans; rejected paintings do not."""

import numpy as np
import pandas as pd
import pytest

from flows.corpus.paintings import height_scans, measuring_requests, painted_surface


@pytest.fixture
def table():
    rows = [{"file": "a.png", "sha256": "1", "rejected": None, "width_px": 40, "height_px": 30, "sex": "female",
             "content_box": [0, 0, 40, 30], "height_file": "a.height.tif", "height_mm_per_unit": 0.5},
            {"file": "b.png", "sha256": "2", "rejected": None, "width_px": 40, "height_px": 30, "sex": None,
             "content_box": np.array([2, 3, 30, 20]), "height_file": None, "height_mm_per_unit": None},
            {"file": "c.png", "sha256": None, "rejected": "damaged", "width_px": 0, "height_px": 0, "sex": None,
             "content_box": None, "height_file": "c.height.tif", "height_mm_per_unit": 0.5}]
    return pd.DataFrame(rows)


def test_jobs_are_those_not_rejected_with_what_a_curator_said(table, tmp_path):
    first, second = measuring_requests(table, tmp_path)
    assert (first.file, first.path, first.curated, first.content_box) == ("a.png", tmp_path / "a.png", {"sex": "female"}, None)
    assert (second.curated, second.content_box) == ({}, (2, 3, 30, 20)) and first.key() != second.key()


def test_a_surface_that_is_all_of_the_scan_is_none(table):
    assert [painted_surface(row) for row in table.to_dict("records")] == [None, (2, 3, 30, 20), None]


def test_height_scans_are_found_by_painting(table, tmp_path):
    assert height_scans(table, tmp_path) == {"a.png": (tmp_path / "a.height.tif", 0.5)}
    assert height_scans(table.drop(columns="height_file"), tmp_path) == {}
