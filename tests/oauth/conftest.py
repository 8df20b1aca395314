import pytest

from tests.support.oauth import PUBLIC


@pytest.fixture
def app(make_app):
    return make_app(public_url=PUBLIC)
