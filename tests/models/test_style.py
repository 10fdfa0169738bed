"""A style pools works fairly, knows parts by themselves or by who stands in for them, and is no distance from itself."""

import numpy as np
import pytest

from data.errors import CorpusError, ShapeError, UsageError
from data.parts import Part
from models import style, style_gathering
from models.style import FALLBACKS, StyleTargets, Work, directions, part_distances, quantiles, style_distance

torch = pytest.importorskip("torch")


def painted(seed, colour, *, shape=(96, 110), name=""):
    """Noise of one colour; the left half is a face, the right half cloth."""
    rng = np.random.default_rng(seed)
    rgb = np.clip(np.float32(colour) + rng.normal(0, 0.08, (*shape, 3)), 0, 1).astype(np.float32)
    parts = np.full(shape, Part.FACE, np.uint8)
    parts[:, shape[1] // 2:] = Part.CLOTHING
    return Work(rgb, parts, name=name)


@pytest.fixture(scope="module")
def learned():
    works = [painted(seed, (0.7, 0.5, 0.4), name=f"work {seed}") for seed in range(3)]
    return works, StyleTargets.learn(works, levels=2, layers=("fire2", "conv1"), sample=200)


def test_a_work_and_its_parts_are_of_one_size_at_any_size():
    work = painted(0, (0.5, 0.5, 0.5))
    seen = work.resized(0.5)
    assert seen.rgb.shape == (48, 55, 3) and seen.parts.shape == (48, 55) and seen.valid is None
    assert work.resized(1.0).rgb is work.rgb
    with pytest.raises(ShapeError, match="parts map of that size"):
        Work(work.rgb, work.parts[1:])
    with pytest.raises(ShapeError, match="float32"):
        Work(work.rgb.astype(float), work.parts)


@pytest.mark.weights
def test_samples_are_kept_by_level_layer_and_part(learned):
    works, target = learned
    assert target.layers == ("conv1", "fire2") and target.names == ("work 0", "work 1", "work 2")
    for level in target.samples:
        for layer, channels in (("conv1", 64), ("fire2", 128)):
            assert set(level[layer]) == {Part.FACE, Part.CLOTHING}
            assert all(v.shape[0] == channels and v.shape[1] <= 200 and v.dtype == np.float16 for v in level[layer].values())


@pytest.mark.weights
def test_who_is_not_known_has_a_stand_in(learned):
    _, target = learned
    assert target.sample_for(0, "conv1", Part.LIPS) is target.samples[0]["conv1"][Part.FACE]
    assert target.sample_for(9, "conv1", Part.BACKGROUND) is target.samples[1]["conv1"][Part.CLOTHING]
    np.testing.assert_array_equal(target.tone(Part.EYES), target.tones[Part.FACE])


@pytest.mark.weights
def test_a_style_is_nearer_to_itself_than_to_another(learned):
    works, target = learned
    own, other = (style_distance(work.rgb, work.parts, target) for work in (works[0], painted(9, (0.1, 0.3, 0.6))))
    assert own < 0.2 * other
    by_part = part_distances(works[0].rgb, works[0].parts, target)
    assert set(by_part) == {Part.FACE, Part.CLOTHING} and min(by_part.values()) <= own <= max(by_part.values())


@pytest.mark.weights
def test_what_is_not_painted_is_not_learned():
    work = painted(0, (0.7, 0.5, 0.4))
    half = Work(work.rgb, work.parts, valid=work.parts == Part.FACE)
    target = StyleTargets.learn([half], levels=1, layers=("conv1",))
    assert set(target.samples[0]["conv1"]) == {Part.FACE} == set(target.tones)


def test_tones_are_the_middle_work_s():
    works = [painted(seed, [lightness] * 3) for seed, lightness in enumerate((0.2, 0.3, 0.95))]
    tones = StyleTargets.of_tones(works).tones
    middle = StyleTargets.of_tones(works[1:2]).tones
    np.testing.assert_allclose(tones[Part.FACE][0], middle[Part.FACE][0], atol=0.5)


def test_every_work_has_an_equal_say():
    pieces = [np.full((2, count), number, np.float16) for number, count in enumerate((1000, 1000, 30))]
    pooled = style_gathering._pooled(pieces, 300, np.random.default_rng(0))
    assert {int(number): int((pooled[0] == number).sum()) for number in np.unique(pooled)} == {0: 135, 1: 135, 2: 30}


def test_everybody_has_stand_ins_and_the_commonest_part_is_the_last_resort():
    assert set(FALLBACKS) == set(Part)
    assert style._stand_in(Part.NECK, {Part.FACE: 10, Part.CLOTHING: 100}) == Part.CLOTHING
    assert style._stand_in(Part.EYES, {Part.HAIR: 7, Part.CLOTHING: 9}) == Part.CLOTHING
    assert style._stand_in(Part.EYES, {Part.EYES: 50, Part.FACE: 500}) == Part.EYES


def test_directions_are_orthonormal_in_blocks_and_come_from_their_seed():
    found = directions(6, 9, [1, 2])
    assert found.shape == (9, 6) and torch.equal(found, directions(6, 9, [1, 2]))
    torch.testing.assert_close(found[:6] @ found[:6].T, torch.eye(6), atol=1e-5, rtol=0)


def test_quantiles_are_those_of_every_row():
    values = np.random.default_rng(0).random((3, 500)).astype(np.float32)
    wanted = np.quantile(values, (np.arange(96) + 0.5) / 96, axis=1, method="hazen").T
    np.testing.assert_allclose(quantiles(torch.from_numpy(values)).numpy(), wanted, atol=1e-5)


@pytest.mark.weights
def test_bad_wishes_are_told_plainly():
    with pytest.raises(UsageError, match="between 0.1 and 10, got 11"):
        StyleTargets.learn([painted(0, (0, 0, 0))], levels=1, layers=("conv1",), brush_scale=11)
    with pytest.raises(CorpusError, match="at least one painting"):
        StyleTargets.learn([], levels=1, layers=("conv1",))
