"""Claim: a weave has the period and depth asked for, starts from 0, is the same every time, and is left out where the pitch
cannot hold its threads."""

import numpy as np

from render.imaging.weave import canvas_weave, shown_weave


def woven(seed):
    return canvas_weave((256, 256), 0.1, period_mm=0.8, depth_mm=0.06, undulation_mm=0.0, seed=seed)


def test_a_weave_has_its_period_and_is_the_same_every_time():
    weave = woven(1)
    assert weave.min() == 0 and 0.02 < np.ptp(weave) < 0.15
    spectrum = np.abs(np.fft.rfft(weave - weave.mean(), axis=1)).mean(0)
    # Threads go over and under: the pattern repeats every second thread, and each thread is a ridge.
    peak_mm = 25.6 / (np.argmax(spectrum[8:]) + 8)
    assert min(abs(peak_mm - 0.8), abs(peak_mm - 1.6)) < 0.1
    np.testing.assert_array_equal(weave, woven(1))
    assert (weave != woven(2)).any()


def test_threads_are_shown_only_where_the_pitch_can_hold_them():
    assert shown_weave(0.05) == 1 and shown_weave(0.2) == 0 and 0 < shown_weave(0.13) < 1
    assert np.ptp(canvas_weave((64, 64), 0.25, undulation_mm=0.0)) == 0
    assert np.ptp(canvas_weave((64, 64), 0.08, undulation_mm=0.0)) > 0.03
