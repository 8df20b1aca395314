"""A legal body is read however its texts are written: its bound follows from the longest texts that a route takes."""

import json
from urllib.parse import urlencode

import pytest

from tests.support.doors import add_turn, make_session, problem, read, script
from webapp.api import api
from webapp.api.schemas.base import CONTENT_LIMIT
from webapp.config.settings import Settings
from webapp.http.body_limits import BYTES_PER_CHARACTER, PLAIN_BYTES, body_limit, max_bytes
from webapp.services.carried import MOST_TEXTS
from webapp.state import current

pytestmark = pytest.mark.one_database("A body is refused before any row is read.")


#: Beyond the Basic Multilingual Plane: JSON may write it in twelve bytes, and so does a form.
KEY = "\U0001f511"
LONGEST = 100_000
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def session(app, client):
    script(app)
    session = make_session(client)
    add_turn(client, session["id"])
    return session


def send(client, path, body):
    return client.post(path, data=json.dumps(body), content_type="application/json")


def longest(number=0):
    return f"{number:02}" + KEY * (LONGEST - 2)


def contents(client, session_id):
    return [message["content"] for message in read(client, session_id)["messages"]]


def test_the_longest_message_is_taken_with_every_character_escaped(client, session):
    answer = send(client, "/api/v1/chat", {"content": longest(), "session_id": session["id"]})
    assert answer.status_code == 200, answer.text
    assert contents(client, session["id"])[2] == longest()


def test_a_turn_of_two_of_the_longest_messages_is_taken_with_every_character_escaped(client, session):
    turn = {"user": {"content": longest(1)}, "assistant": {"content": longest(2)}}
    answer = send(client, f"/api/v1/sessions/{session['id']}/turns", turn)
    assert answer.status_code == 201, answer.text
    assert contents(client, session["id"])[2:] == [longest(1), longest(2)]


def test_the_longest_edit_is_taken_with_every_character_escaped(client, session):
    answer = send(client, f"/api/v1/sessions/{session['id']}/edits", {"idx": 0, "content": longest()})
    assert answer.status_code == 200, answer.text
    assert contents(client, session["id"])[0] == longest()


def test_a_history_of_the_longest_messages_is_taken_with_every_character_escaped(client, session):
    messages = [{"role": role, "content": longest(n)} for n, role in enumerate(("user", "assistant") * 7 + ("user",))]
    answer = send(client, "/v1/chat/completions", {"messages": messages})
    assert answer.status_code == 200, answer.text
    kept = contents(client, answer.headers["X-Minutebook-Session"])
    assert kept[:-1] == [message["content"] for message in messages]


@pytest.mark.parametrize("limit", [1, 200_000])
def test_the_bound_follows_the_longest_message_that_the_operator_allows(make_app, limit):
    app = make_app(max_content_chars=limit)
    script(app)
    client = app.test_client()
    session = make_session(client)
    turn = {"user": {"content": KEY * limit}, "assistant": {"content": KEY * limit}}
    assert send(client, f"/api/v1/sessions/{session['id']}/turns", turn).status_code == 201
    turn["user"]["content"] += KEY
    problem(send(client, f"/api/v1/sessions/{session['id']}/turns", turn), 422)


def test_the_longest_message_comes_through_a_form_and_through_signing_in(client, session):
    fields = {"content": longest(), "expected_last_idx": "1", "session_id": session["id"]}
    sent = client.post("/chat", data=urlencode(fields), content_type=FORM)
    assert sent.status_code == 303, sent.text
    kept = client.post("/sign-in", data=urlencode(fields | {"name": "alice", "password": "wrong"}), content_type=FORM)
    assert kept.status_code == 401
    assert longest() in kept.text


def test_one_byte_more_than_the_bound_is_a_413_of_each_door(app, client, session):
    for endpoint, path in (
        ("api.turns_create", f"/api/v1/sessions/{session['id']}/turns"),
        ("api.sessions_create", "/api/v1/sessions"),
        ("compatible.create", "/v1/chat/completions"),
        ("compatible_responses.create", "/v1/responses"),
        ("chat.create", "/chat"),
        ("titles.update", f"/sessions/{session['id']}/title"),
    ):
        limit = body_limit(current(Settings, app), app.view_functions[endpoint])
        kind = FORM if path.startswith(("/chat", "/sessions")) else "application/json"
        for size, is_read in ((limit, True), (limit + 1, False)):
            answer = client.post(path, data=b" " * size, content_type=kind)
            assert (answer.status_code != 413) is is_read, path


def test_the_bound_is_known_from_the_view_and_the_settings_alone(make_app):
    settings = current(Settings, make_app(max_content_chars=150_000, max_body_bytes=2_000))

    def view():
        """Take whatever comes."""

    assert body_limit(settings, view) == body_limit(settings, None) == 2_000
    assert body_limit(settings, max_bytes(texts=2)(view)) == 2 * BYTES_PER_CHARACTER * 150_000 + PLAIN_BYTES
    assert body_limit(settings, max_bytes(plain=5_000_000)(view)) == 5_000_000


def test_every_operation_declares_as_many_texts_as_its_body_has(app):
    def texts(node):
        if isinstance(node, dict):
            return bool(node.get(CONTENT_LIMIT)) + sum(map(texts, node.values()))
        return sum(map(texts, node)) if isinstance(node, list) else 0

    for operation in api.operations:
        declared = getattr(app.view_functions[f"api.{operation.name}"], "max_bytes", None)
        taken = texts(operation.body.model_json_schema()) if operation.body else 0
        if operation.body and "turns" in operation.body.model_fields:
            # The texts of a turn stand for those of a whole transcript, which have a bound together.
            taken += MOST_TEXTS - 2
        assert (declared.texts if declared else 0) == taken, operation.name
