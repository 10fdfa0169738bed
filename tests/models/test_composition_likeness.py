"""Copies are found among the works, mirrored and recoloured too; what is usual is told where there are works enough."""

import hashlib

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from data.landmarks import mirror
from models.composition import COMPARED, Work, describe
from models.composition_copy import copy_verdict, limits_of
from models.composition_likeness import FEWEST_WORKS, MEASURES, CompositionIndex
from tests.models.compositions import LANDMARKS, WIDTH, drawn_picture

NAMES = [f"{number}.png" for number in range(FEWEST_WORKS + 1)]


def described(picture):
    return describe(np.ascontiguousarray(picture), LANDMARKS)


def work(number):
    picture = drawn_picture(number)
    mirrored = describe(np.ascontiguousarray(picture[:, ::-1]), mirror(LANDMARKS, WIDTH))
    return Work(described(picture), mirrored.embedding)


@pytest.fixture(scope="module")
def works():
    return [work(number) for number in range(len(NAMES))]


@pytest.fixture(scope="module")
def index(works):
    return CompositionIndex.learn(NAMES, works, COMPARED)


def test_a_recoloured_copy_in_a_mirror_is_found_by_every_measure(index):
    picture = drawn_picture(4)[:, ::-1] * np.float32([0.8, 0.9, 0.7]) + np.float32([0.05, 0.02, 0.1])
    copy = describe(np.ascontiguousarray(picture), mirror(LANDMARKS, WIDTH))
    likest = index.likest(copy)
    assert set(likest) == set(MEASURES)
    assert all(found.painting == "4.png" and found.percentile == 100 for found in likest.values())
    assert likest["correlation"].mirrored and likest["keypoints"].mirrored
    verdict = copy_verdict(likest, limits_of(index))
    assert verdict.is_copy and "copy of 4.png in a mirror" in verdict.reason


def test_another_picture_is_no_copy(index):
    verdict = copy_verdict(index.likest(described(drawn_picture(100)), thorough=True), limits_of(index))
    assert not verdict.is_copy and "no copy" in verdict.reason and verdict.points < 2


def test_the_loop_may_ask_for_a_few_works_alone(index, works):
    likest = index.likest(works[2].composition, only=["5.png"])
    assert {found.painting for found in likest.values()} == {"5.png"}
    assert index.likest(works[2].composition, only=[]) == {}
    assert index.likest(works[2].composition, lenders=["7.png"])["keypoints"].painting == "2.png"


def test_what_is_usual_is_less_than_a_copy(index):
    for measure, copied in (("correlation", 0.9), ("keypoints", 20), ("embedding", 0.9)):
        assert len(index.usual[measure]) == len(NAMES) and index.usual[measure].max() < copied


def test_versions_of_one_composition_say_nothing_of_what_is_usual(works):
    index = CompositionIndex.learn([*NAMES, "version.png"], [*works, works[3]], COMPARED)
    assert max(index.usual["keypoints"]) < 20 and max(index.usual["correlation"]) < 0.9


@pytest.mark.parametrize("count", [1, 3])
def test_few_works_are_compared_and_nothing_is_said_of_what_is_usual(works, count):
    index = CompositionIndex.learn(NAMES[:count], works[:count], COMPARED)
    likest = index.likest(works[0].composition)
    assert all(found.painting == "0.png" and found.percentile is None for found in likest.values())
    assert copy_verdict(likest, limits_of(index)).is_copy
    assert not copy_verdict(index.likest(works[5].composition), limits_of(index)).is_copy


def test_an_index_is_loaded_as_it_was_saved(index, works, tmp_path):
    index.save(tmp_path / "index.npz")
    again = CompositionIndex.load(tmp_path / "index.npz")
    assert again.names == index.names and again.frame == index.frame
    assert again.likest(works[1].composition, thorough=True) == index.likest(works[1].composition, thorough=True)


def test_threads_do_not_matter(tmp_path):
    sums = set()
    for threads in (1, 2):
        with threadpool_limits(threads):
            CompositionIndex.learn(NAMES[:4], [work(number) for number in range(4)], COMPARED).save(tmp_path / "index.npz")
        sums.add(hashlib.sha256((tmp_path / "index.npz").read_bytes()).hexdigest())
    assert len(sums) == 1
