import pytest

from tests.render.neural.drawn_works import draw_photo, draw_works


@pytest.fixture(scope="session")
def photo():
    return draw_photo()


@pytest.fixture(scope="session")
def works():
    return draw_works()
