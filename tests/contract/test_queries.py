"""However much is kept, a page costs the same number of statements."""

import pytest

from tests.services.cast import statements
from tests.services.library import fill
from webapp.services.users import local_user

FEW, MANY = 60, 2_000


@pytest.fixture
def counted(app, client):
    """Return what counts the statements of a request that has been made before."""

    def count(address, **headers):
        for _ in range(2):
            with app.app_context(), statements() as sent:
                answer = client.get(address, headers=headers)
            assert answer.status_code == 200, answer.text
        return [statement.sql for statement in sent], answer

    return count


LISTS = {
    "the new chat with its sidebar": ("/sessions", {}, 1),
    "more of the sidebar": ("/sessions?current=x", {"HX-Request-Type": "partial"}, 1),
    "the archive": ("/sessions/archived", {}, 2),
    "the API's list": ("/api/v1/sessions", {}, 1),
    "the API's list of all": ("/api/v1/sessions?include_archived=1&limit=100", {}, 1),
    "search": ("/search?q=dentist", {}, 3),
    "the API's search": ("/api/v1/search?q=dentist&limit=100", {}, 1),
}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_costs_the_same_with_many_sessions(app, counted, name):
    address, headers, most = LISTS[name]
    with app.app_context():
        fill(local_user(), FEW, messages=2)
    few, _ = counted(address, **headers)
    with app.app_context():
        fill(local_user(), MANY - FEW, messages=2)
    many, answer = counted(address, **headers)
    assert many == few
    assert len(many) <= most
    assert len(answer.data) > 500


TRANSCRIPTS = {
    "the page": ("/sessions/{}", {}, 4),
    "the page in its middle": ("/sessions/{}?around=30", {}, 4),
    "earlier ones": ("/sessions/{}?before=50", {"HX-Request-Type": "partial"}, 3),
    "the API's session": ("/api/v1/sessions/{}", {}, 3),
    "the API's session without messages": ("/api/v1/sessions/{}?messages=0", {}, 1),
    "the API's messages": ("/api/v1/sessions/{}/messages", {}, 2),
}


@pytest.mark.parametrize("name", TRANSCRIPTS)
def test_a_transcript_costs_the_same_with_many_messages(app, counted, name):
    address, headers, most = TRANSCRIPTS[name]
    with app.app_context():
        (short,) = fill(local_user(), 1, messages=FEW)
        (long,) = fill(local_user(), 1, messages=MANY)
    few, _ = counted(address.format(short), **headers)
    many, answer = counted(address.format(long), **headers)
    assert shapes(many) == shapes(few)
    assert len(many) <= most
    assert len(answer.data) > 300


def shapes(sent):
    """Leave out how many ids a list of parameters has."""
    return [statement.partition(" IN (")[0] for statement in sent]
