"""What the tests of pages share: a reply that stands still, a process that knows only what the rows tell, a guest."""

import pytest

from tests.support.accounts import client_of


@pytest.fixture
def guest(app):
    """A browser that nobody is signed in with."""
    return client_of(app)
