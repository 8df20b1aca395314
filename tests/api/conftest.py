"""What the tests of live turns share: a reply that stands still, and the door of another process."""

import pytest

from tests.support.scripted_assistants import Gate


@pytest.fixture
def gate():
    """A place in a script at which the reply stands still, at most to the end of the test."""
    gate = Gate()
    yield gate
    gate.open()


@pytest.fixture
def elsewhere(app, make_app):
    """A client of another app on the same database, which knows of replies what the rows tell."""
    return make_app().test_client()


@pytest.fixture(params=["here", "elsewhere"])
def other(request, app):
    """A client of the app that writes the reply, and one of another on the same database."""
    return app.test_client() if request.param == "here" else request.getfixturevalue("elsewhere")
