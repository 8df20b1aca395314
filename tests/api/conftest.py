"""What the tests of live turns share: a reply that stands still, and the door of another process."""

import pytest


@pytest.fixture(params=["here", "elsewhere"])
def other(request, app):
    """A client of the app that writes the reply, and one of another on the same database."""
    return app.test_client() if request.param == "here" else request.getfixturevalue("elsewhere")
