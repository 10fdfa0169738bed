"""One thread within, as many as before outside, even after an error."""

import pytest

from models.threads import one_thread

torch = pytest.importorskip("torch")


def test_the_number_of_threads_comes_back():
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        with one_thread() as module:
            assert module is torch and torch.get_num_threads() == 1
        assert torch.get_num_threads() == 2
        with pytest.raises(RuntimeError, match="on purpose"), one_thread():
            raise RuntimeError("on purpose")
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
