"""However much is kept, a page costs the same number of statements."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.support.accounts import ALICE
from tests.support.cast import statements
from tests.support.doors import script
from tests.support.library import fill
from webapp.agent.protocol import AssistantFailed

if TYPE_CHECKING:
    from flask import Flask

FEW, MANY = 60, 2_000


class Library(NamedTuple):
    """Alice's sessions, and one chat of as many messages."""

    app: Flask
    chat: str

    def count(self, address, **headers):
        """Return the statements of a request that has been made before, and its answer."""
        client = self.app.test_client()
        for _ in range(2):
            with self.app.app_context(), statements() as sent:
                answer = client.get(address, headers=headers)
                # A stream asks while it is read.
                answer.get_data()
            assert answer.status_code in {200, 204}, answer.text
        return [statement.sql for statement in sent], answer


@pytest.fixture(scope="module")
def libraries(make_shared_app):
    """A small library and a large one: filled once, and only read."""

    def furnish(count):
        app = make_shared_app()
        with app.app_context():
            fill(ALICE, count, messages=2)
            return Library(app, fill(ALICE, 1, messages=count)[0])

    return furnish(FEW), furnish(MANY)


LISTS = {
    "the new chat with its sidebar": ("/sessions", {}, 4),
    "more of the sidebar": ("/sessions?current=x", {"HX-Request-Type": "partial"}, 2),
    "the archive": ("/sessions/archived", {}, 4),
    "the API's list": ("/api/v1/sessions", {}, 2),
    "the API's list of all": ("/api/v1/sessions?include_archived=1&limit=100", {}, 2),
    "search": ("/search?q=dentist", {}, 12),
    "the API's search": ("/api/v1/search?q=dentist&limit=100", {}, 7),
}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_costs_the_same_with_many_sessions(libraries, name):
    address, headers, most = LISTS[name]
    small, large = libraries
    few, _ = small.count(address, **headers)
    many, answer = large.count(address, **headers)
    assert many == few
    assert len(many) <= most
    assert len(answer.data) > 500


TRANSCRIPTS = {
    "the page": ("/sessions/{}", {}, 8),
    "the page in its middle": ("/sessions/{}?around=5", {}, 7),
    "earlier ones": ("/sessions/{}?before=50", {"HX-Request-Type": "partial"}, 4),
    "the API's session": ("/api/v1/sessions/{}", {}, 4),
    "the API's session without messages": ("/api/v1/sessions/{}?messages=0", {}, 2),
    "the API's messages": ("/api/v1/sessions/{}/messages", {}, 3),
}


PARTIAL = {"HX-Request-Type": "partial"}
EVENTS = {"Accept": "text/event-stream", "Last-Event-ID": "{last}:0"}
#: What is asked behind the end of a chat: `last` is the id of its last message and `idx` its place.
FOLLOWED = {
    "news": ("/sessions/{id}/news?after={before}&last=x", PARTIAL, 15),
    "no news": ("/sessions/{id}/news?after={idx}&last={last}&named={named}", PARTIAL, 5),
    "the page's stream": ("/sessions/{id}/live?after={idx}&last={last}", {}, 8),
    "the API's stream of what was kept": ("/api/v1/sessions/{id}/live", EVENTS, 6),
    "a form to edit": ("/sessions/{id}/messages/0/edit", PARTIAL, 5),
    "a message as it was": ("/sessions/{id}/messages/0/article", PARTIAL, 4),
}


def without_reaching(statements):
    """Leave out how the list reaches an open chat far down: its place is counted, and the list is read once more."""
    counted = [
        number
        for number, statement in enumerate(statements)
        if "count(*)" in statement and "FROM session_tags" not in statement
    ]
    assert len(counted) <= 1
    return [s for number, s in enumerate(statements) if not counted or number not in (counted[0], counted[0] + 1)]


@pytest.mark.parametrize("name", TRANSCRIPTS)
def test_a_transcript_costs_the_same_with_many_messages(libraries, name):
    address, headers, most = TRANSCRIPTS[name]
    small, large = libraries
    few, _ = small.count(address.format(small.chat), **headers)
    many, answer = large.count(address.format(large.chat), **headers)
    many = without_reaching(many)
    assert shapes(many) == shapes(few)
    assert len(many) <= most
    assert len(answer.data) > 300


@pytest.mark.parametrize("name", FOLLOWED)
def test_following_costs_the_same_with_many_messages(libraries, name):
    address, headers, most = FOLLOWED[name]
    costs = []
    for library in libraries:
        messages = f"/api/v1/sessions/{library.chat}/messages?before_idx={MANY}&limit=1"
        (last,) = library.app.test_client().get(messages).json["data"]
        facts = {"id": library.chat, "last": last["id"], "idx": last["idx"], "before": last["idx"] - 2}
        page = library.app.test_client().get(f"/sessions/{library.chat}").text
        facts["named"] = re.search(r'name="named" value="(\w+)"', page)[1]
        sent, answer = library.count(address.format(**facts), **{k: v.format(**facts) for k, v in headers.items()})
        assert answer.status_code == (204 if name == "no news" else 200)
        costs.append(shapes(sent))
    assert costs[0] == costs[1]
    assert len(costs[0]) <= most


SEEN_LIVE = {
    "the page": ("/sessions/{}", {}, 8),
    "news": ("/sessions/{}/news?after=1", PARTIAL, 12),
    "the API's look at it": ("/api/v1/sessions/{}/live", {"Accept": "application/json"}, 3),
    "the API's stream": ("/api/v1/sessions/{}/live", {}, 5),
}


@pytest.mark.parametrize("name", SEEN_LIVE)
def test_what_failed_costs_the_same_however_long_it_was(app, make_app, name):
    address, headers, most = SEEN_LIVE[name]
    # Another process writes, so that only what is asked here is counted.
    writer = make_app()
    costs = []
    for pieces in (1, 300):
        script(writer, (*(["So far, so good. "] * pieces), AssistantFailed("The line broke.")))
        with app.app_context():
            (session_id,) = fill(ALICE, 1, messages=pieces * 2)
        body = {"content": "Hello", "session_id": session_id, "stream": True, "assistant": "scripted"}
        assert "The line broke." in writer.test_client().post("/api/v1/chat", json=body).text
        sent, answer = Library(app, session_id).count(address.format(session_id), **headers)
        assert "The line broke." in answer.text
        costs.append(shapes(sent))
    assert costs[0] == costs[1]
    assert len(costs[0]) <= most


def shapes(sent):
    """Leave out how many ids a list of parameters has."""
    return [statement.partition(" IN (")[0] for statement in sent]
