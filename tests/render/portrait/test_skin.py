"""Skin of two paintings meets half way, hands too; cloth and black hair keep their colour."""

import numpy as np

from render.portrait.skin import skin_share, skin_tone, tuned

PALE, TANNED, BLUE, BLACK = (np.float32(lab) for lab in ([75, 10, 14], [65, 16, 24], [35, 5, -30], [6, 0, 0]))


def test_the_tone_of_a_face_is_that_of_its_lit_side():
    lab = np.tile(PALE, (10, 10, 1))
    lab[:, :4] *= 0.4
    np.testing.assert_allclose(skin_tone(lab, np.ones((10, 10), bool)), PALE, atol=1e-4)
    assert np.isnan(skin_tone(lab, np.zeros((10, 10), bool))).all()


def test_shaded_skin_is_skin_and_cloth_is_not():
    lab = np.stack([PALE, PALE * [0.6, 0.8, 0.8], BLUE, BLACK])[None].astype(np.float32)
    share = skin_share(lab, PALE)[0]
    assert share[:2].min() > 0.9 and share[2:].max() == 0


def test_both_skins_move_and_what_was_added_to_the_body_is_told():
    head, body = np.tile(PALE, (40, 40, 1)), np.tile(TANNED, (40, 40, 1))
    body[:, 20:] = BLUE
    head[:, 20:] = BLACK
    skin = np.zeros((40, 40), bool)
    skin[:, :20] = True
    moved = tuned(head, skin, PALE, body, np.ones((40, 40), bool), TANNED, 20.0)
    before, after = np.linalg.norm(PALE - TANNED), np.linalg.norm(moved.head_lab[20, 5] - moved.body_lab[20, 5])
    assert after < 0.25 * before
    np.testing.assert_allclose(moved.body_lab[20, 5], TANNED + moved.body_shift_lab, atol=0.01)
    np.testing.assert_allclose(moved.body_lab[20, 35], BLUE, atol=0.01)
    assert np.abs(moved.head_lab[20, 35] - BLACK).max() < 1.0


def test_without_a_tone_nothing_moves():
    head = np.tile(PALE, (8, 8, 1))
    everywhere = np.ones((8, 8), bool)
    moved = tuned(head, everywhere, PALE, head, everywhere, None, 20.0)
    assert moved.head_lab is head and not moved.body_shift_lab.any()
