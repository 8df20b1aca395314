"""Histories have a bound: in messages, in parts, in what is stored at a time, and in how many come at once."""

import json
import sqlite3
import tracemalloc

import pytest

from tests.openai_api.asking import URL, Gate, Meanwhile, answered, ask, error
from tests.support.cast import contents, statements
from tests.support.doors import script
from webapp.config.settings import Settings
from webapp.errors import TooMany
from webapp.http.json_size import has_more_values
from webapp.openai_api import large
from webapp.openai_api.large import UserLocks
from webapp.services.live.beginning import told_history
from webapp.services.transcripts import inserting
from webapp.state import current

pytestmark = pytest.mark.one_database(
    "What is refused is the same on both databases; that both keep a history is tested elsewhere."
)


MOST = 20


@pytest.fixture
def app(make_app):
    return make_app(max_history=MOST)


def post(client, raw, **headers):
    return client.post(URL, data=raw, content_type="application/json", headers=headers)


@pytest.mark.parametrize("way", [{}, {"stream": True}, {"store": False}], ids=["whole", "streamed", "unkept"])
def test_more_messages_than_the_bound_are_refused_and_the_sentence_says_what_to_do(app, client, way):
    assistant = script(app)
    body = {"messages": [{"role": "user", "content": "c"}] * (MOST + 1), **way}

    told = error(post(client, json.dumps(body)), 413, "too_many_messages", "messages")

    assert f"{MOST:,} messages" in told["message"]
    assert "name the chat" in told["message"]
    assert told["type"] == "invalid_request_error"
    assert assistant.asked == []
    assert client.get("/api/v1/sessions").json["data"] == []


def test_as_many_messages_as_the_bound_are_kept(app, client, user):
    script(app)
    body = {"messages": [{"role": ("user", "assistant")[n % 2], "content": f"c{n}"} for n in range(MOST - 1)]}
    told = answered(post(client, json.dumps(body)))
    assert contents(user, told["session_id"]) == [*(f"c{n}" for n in range(MOST - 1)), "Noted."]


LISTS = {
    "messages": '{"messages": [%s]}',
    "parts": '{"messages": [{"role": "user", "content": [%s]}]}',
    "tools": '{"messages": [{"role": "user", "content": "c"}], "tools": [%s]}',
    "functions": '{"messages": [{"role": "user", "content": "c"}], "functions": [%s]}',
    "calls": '{"messages": [{"role": "assistant", "tool_calls": [%s]}]}',
    "stop": '{"messages": [{"role": "user", "content": "c"}], "stop": [%s]}',
    "modalities": '{"messages": [{"role": "user", "content": "c"}], "modalities": [%s]}',
    "metadata": '{"messages": [{"role": "user", "content": "c"}], "metadata": {"a": [%s]}}',
    "unknown": '{"messages": [{"role": "user", "content": "c"}], "other": [%s]}',
}


@pytest.mark.parametrize("form", LISTS.values(), ids=list(LISTS))
@pytest.mark.parametrize("item", ["{}", "[]", "1", '"c"', '{"role":"user","content":"c"}'])
def test_a_list_of_any_kind_is_refused_before_its_items_are_made(client, form, item):
    few, many = (post_measured(client, form % ",".join([item] * count)) for count in (12_000, 24_000))

    # Twice as many items take as much more as copies of the body, and nothing for each of them.
    assert many - few < 12_000 * (len(item) + 1) * 4


def post_measured(client, raw):
    tracemalloc.start()
    try:
        error(post(client, raw), 413, "too_many_messages", "messages")
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("text", ["{[,", '\\"', "\\\\", '\\"{', '\\\\\\"[,'])
def test_what_stands_in_texts_does_not_count(client, app, text):
    script(app)
    raw = '{"messages": [{"role": "user", "content": "%s"}]}' % (text * 20_000)
    assert has_more_values(raw.encode(), 100) is False
    answered(post(client, raw))


@pytest.mark.parametrize(("raw", "count"), [(b'{"a": [1, 2, {"b": "[,{"}]}', 5), (b'"a\\"[', 0), (b'["\\\\", "["]', 2)])
def test_values_are_counted_outside_of_texts(raw, count):
    assert has_more_values(raw, count) is False
    assert count == 0 or has_more_values(raw, count - 1)


def test_a_history_is_stored_a_few_hundred_messages_at_a_time(make_app, monkeypatch):
    monkeypatch.setattr(inserting, "_AT_ONCE", 4)
    app = make_app()
    script(app)
    with app.app_context(), statements() as sent:
        answered(ask(app.test_client(), *(f"c{number}" for number in range(11))))
    rows = [
        len(s.parameters) for s in sent if s.sql.startswith("INSERT INTO messages") and isinstance(s.parameters, list)
    ]
    assert rows[:3] == [4, 4, 2]


def test_digests_are_made_before_others_have_to_wait(app, client, monkeypatch, tmp_path):
    script(app)
    real, free = told_history.digests_of, []

    def digests_of(history):
        # Whoever else wants to write can, at this moment.
        other = sqlite3.connect(tmp_path / "minutebook.db", timeout=0)
        other.execute("BEGIN IMMEDIATE")
        other.close()
        free.append(True)
        return real(history)

    monkeypatch.setattr(told_history, "digests_of", digests_of)
    answered(ask(client, "One", "Two", "Three"))
    assert free == [True]


def test_one_large_request_of_a_user_is_read_at_a_time(app, client, monkeypatch):
    monkeypatch.setattr(large, "_WAIT_SECONDS", 0.05)
    gate, texts = Gate(), ["x" * 100_000] * 11
    script(app)
    real = told_history.digests_of
    monkeypatch.setattr(told_history, "digests_of", lambda history: gate() and real(history))
    first = Meanwhile(lambda: ask(app.test_client(), *texts))
    assert gate.reached.wait(20)

    refused = ask(client, *texts)
    assert error(refused, 429, "too_many_requests")
    assert refused.headers["Retry-After"]
    gate.opened.set()
    answered(first.result())
    # Small ones never wait, and after the first another goes through.
    answered(ask(client, *texts))


def test_the_lock_of_a_user_does_not_delay_other_users():
    locks = UserLocks()
    with locks.hold("alice", 0), locks.hold("bob", 0), pytest.raises(TooMany):
        locks.hold("alice", 0).__enter__()
    with pytest.raises(ZeroDivisionError), locks.hold("alice", 0):
        raise ZeroDivisionError
    with locks.hold("alice", 0):
        pass


def test_a_history_is_matched_by_digests_that_are_made_once(app, client, monkeypatch):
    script(app)
    answered(ask(client, "One"))
    made, real = [], told_history.digests_of
    monkeypatch.setattr(told_history, "digests_of", lambda history: made.append(1) or real(history))

    told = answered(ask(client, "One", "Noted.", "Two", headers={"x-stainless-retry-count": "1"}))

    assert made == [1]
    assert told["session_id"]


def test_the_bound_is_a_setting(make_app):
    assert current(Settings, make_app()).max_history == 5_000
