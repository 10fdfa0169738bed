import pytest

from tests.render.restyle.drawn_lenders import draw_lenders, draw_photo


@pytest.fixture(scope="session")
def lenders(tmp_path_factory):
    return draw_lenders(tmp_path_factory.mktemp("works"))


@pytest.fixture(scope="session")
def photo():
    return draw_photo()
