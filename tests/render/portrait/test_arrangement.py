"""The largest part that one painting gives at one shift, turn and scale is found among shuffled and bent paint."""

import numpy as np
import pytest

from render.portrait.arrangement import arrangement_share

H, W = 120, 96
YY, XX = np.mgrid[:H, :W].astype(np.float32)
NOWHERE = np.zeros((H, W), bool)


def placed(scale=3.0, turn_deg=0.0):
    """Where texels lie in a scan that keeps its own arrangement."""
    angle = np.radians(turn_deg)
    z = scale * np.exp(1j * angle) * (XX + 1j * YY) + (40 + 70j)
    return np.stack([z.real, z.imag], -1).astype(np.float32)


@pytest.mark.parametrize("turn_deg", [0.0, 12.0])
def test_a_painting_in_its_own_place_is_all_one_arrangement(turn_deg):
    found = arrangement_share(np.zeros((H, W), int), placed(turn_deg=turn_deg), NOWHERE)
    assert found.share == 1 and found.source == 0
    assert abs(abs(found.turn) - 3) < 0.1


def test_a_part_and_a_shuffled_rest():
    rng = np.random.default_rng(0)
    xy = placed()
    xy[:, 40:] = rng.uniform(0, 400, xy[:, 40:].shape)
    found = arrangement_share(np.zeros((H, W), int), xy, NOWHERE)
    assert 40 / W - 0.02 < found.share < 40 / W + 0.08


def test_the_larger_of_two_paintings_counts_and_the_head_does_not():
    source = np.where(XX < 60, 4, 7)
    head = YY < 30
    found = arrangement_share(source, placed(), head)
    assert found.source == 4 and np.isclose(found.share, 60 / W)
    assert np.isclose(arrangement_share(np.where(XX < 60, -1, 7), placed(), head).share, 36 / W)


def test_a_bent_body_keeps_less_than_a_stiff_one():
    bent = placed()
    bent[..., 0] += 3.0 * 14 * np.sin(YY / 14)
    shares = [arrangement_share(np.zeros((H, W), int), xy, NOWHERE).share for xy in (placed(), bent)]
    assert shares[1] < 0.6 < shares[0]


def test_one_spot_used_everywhere_is_no_arrangement():
    xy = placed() % 24          # patches of one small spot, again and again
    assert arrangement_share(np.zeros((H, W), int), xy, NOWHERE).share < 0.15


def test_nothing_given():
    found = arrangement_share(np.full((H, W), -1), placed(), NOWHERE)
    assert found.share == 0 and found.source == -1
