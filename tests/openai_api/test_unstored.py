"""`store: false`: answered as any other, and not one row is left."""

from functools import partial
from threading import Event

import pytest

from tests.openai_api.asking import HEADER, answered, ask, error, events, text_of
from tests.support.doors import NOBODY, add_turn, make_session, script
from tests.support.rows import TABLES, count_rows
from tests.support.scripted_assistants import Scripted
from webapp.agent.values import End, Text, Usage
from webapp.database.engine import db
from webapp.services.assistants.registry import Assistants
from webapp.state import current


@pytest.fixture
def rows(app):
    return partial(count_rows, app)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_nothing_is_kept(app, client, rows, stream):
    assistant = script(app, "So.")
    add_turn(client, make_session(client)["id"], "Hello", "Hi.")
    before = rows()
    headers = {"Idempotency-Key": "one", "x-stainless-retry-count": "1"}
    response = ask(client, "Hello", "Hi.", "And now?", store=False, stream=stream, headers=headers)
    assert (text_of(events(response)) if stream else answered(response)["text"]) == "So."
    assert assistant.asked == [[("user", "Hello"), ("assistant", "Hi."), ("user", "And now?")]]
    assert HEADER not in response.headers
    assert rows() == before


def test_no_row_is_there_while_it_is_answered(app, client, rows):
    during = []
    current(Assistants, app).add(Scripted(Text("So"), lambda: during.append(rows()), Text("."), End(model="m")))
    assert answered(ask(client, "Hello", store=False))["text"] == "So."
    assert during == [dict.fromkeys(TABLES, 0)]


def test_it_is_told_as_any_other(app, client):
    current(Assistants, app).add(Scripted(Text("So."), End(model="m", finish_reason="length", usage=Usage(3, 4))))
    told = answered(ask(client, "Hello", store=False))
    assert (told["model"], told["choices"][0]["finish_reason"], told["metadata"]) == ("m", "length", {})
    assert told["usage"]["total_tokens"] == 7
    assert told["id"].startswith("chatcmpl-")


def test_instructions_are_heeded(app, client):
    assistant = script(app)
    messages = [{"role": "system", "content": "Be short."}, {"role": "user", "content": "Hello"}]
    answered(ask(client, messages=messages, store=False))
    assert assistant.asked == [[("system", "Be short."), ("user", "Hello")]]


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("line", ["", RuntimeError("a secret")], ids=["silent", "broken"])
def test_the_limits_are_those_of_what_is_kept(make_app, line, stream):
    app = make_app(max_content_chars=100)
    script(app, line)
    told = error(ask(app.test_client(), "Hello", store=False, stream=stream), 502, "provider_failed")
    assert "secret" not in told["message"]
    error(ask(app.test_client(), "x" * 101, store=False), 400, "too_long", "messages[0].content")


def test_one_that_is_too_long_comes_up_to_the_limit_and_says_so(make_app):
    app = make_app(max_content_chars=100)
    script(app, "x" * 101)
    (choice,) = ask(app.test_client(), "Hello", store=False).json["choices"]
    assert (choice["message"]["content"], choice["finish_reason"]) == ("x" * 100, "length")


def test_one_that_takes_too_long_is_given_up(make_app):
    from time import sleep

    app = make_app(answer_timeout=0.1)
    current(Assistants, app).add(Scripted(Text("So"), lambda: sleep(0.2), Text("."), End(model="m")))
    assert "0.1 seconds" in error(ask(app.test_client(), "Hello", store=False), 502)["message"]


def test_whoever_goes_away_stops_it(app, client):
    gone = Event()

    class Heeding:
        key = label = "scripted"
        stop = None

        def reply(self, _history, *, stop=None, **_limits):
            self.stop = stop
            yield Text("So")
            assert gone.wait(20)
            yield Text(".")
            yield End(model="m")

    assistant = Heeding()
    current(Assistants, app).add(assistant)
    response = ask(client, "Hello", store=False, stream=True)
    next(iter(response.response))
    assert not assistant.stop.is_requested
    response.close()
    assert assistant.stop.is_requested
    gone.set()


def test_a_place_is_given_back(make_app):
    app = make_app(live_turns=1)
    script(app, "One", RuntimeError("broken"), "Three")
    client = app.test_client()
    assert [ask(client, "Hello", store=False).status_code for _ in range(3)] == [200, 502, 200]


def test_half_a_character_is_mended_as_in_what_is_kept(app, client):
    current(Assistants, app).add(Scripted(Text("\ud83d"), Text("\ude00 and \ud83d"), End(model="m")))
    assert answered(ask(client, "Hello", store=False))["text"] == "\U0001f600 and \ufffd"
    assert text_of(events(ask(client, "Hello", store=False, stream=True))) == "\U0001f600 and \ufffd"


def test_no_chat_can_be_named_with_it(app, client):
    script(app)
    error(ask(client, "Hello", store=False, headers={HEADER: NOBODY}), 400, "contradictory", "store")


def test_no_connection_is_held_while_the_assistant_answers(app, client):
    held = []

    def look():
        with app.app_context():
            held.append(db.engine.pool.checkedout())

    current(Assistants, app).add(Scripted(look, Text("So"), look, End(model="m")))
    answered(ask(client, "Hello", store=False))
    assert held == [0, 0]
