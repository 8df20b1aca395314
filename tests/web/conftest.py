"""What the tests of pages share: a reply that stands still, a process that knows only what the rows tell, a guest."""

import pytest

from tests.support.accounts import client_of
from tests.support.scripted_assistants import Gate


@pytest.fixture
def gate():
    """A place in a script at which the reply stands still, at most to the end of the test."""
    gate = Gate()
    yield gate
    gate.open()


@pytest.fixture
def elsewhere(app, make_app):
    """A client of another app on the same database."""
    return make_app().test_client()


@pytest.fixture
def guest(app):
    """A browser that nobody is signed in with."""
    return client_of(app)
