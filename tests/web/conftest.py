"""What the tests of live turns share: a reply that stands still, and a process that knows only what the rows tell."""

import pytest

from tests.services.assistants import Gate


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
