"""A client of `/v1` continues a chat that has files, and the assistant gets the names of the files."""

from __future__ import annotations

import pytest

from tests.openai_api.test_responses import respond, told
from tests.support.accounts import ALICE
from tests.support.cast import contents
from tests.support.doors import script
from tests.support.files import png, say_with
from webapp.database.transaction import leave_transaction
from webapp.services.sessions.changes import create_session
from webapp.services.transcripts.reading import read_transcript
from webapp.services.verification import Verification


@pytest.fixture
def turn(app):
    with app.app_context():
        say_with(ALICE, (session := create_session(ALICE)).id, "Look", ("a.png", png()))
        return say_with(ALICE, session.id, "", ("b.txt", b"b"), answer="Both.")


@pytest.fixture
def assistant(app, turn):
    return script(app, ("Grey.",))


def heard(assistant):
    return [content for _, content in assistant.asked[-1]]


def is_well(app):
    with app.app_context():
        leave_transaction()
        assert list(Verification().findings()) == []


LOOK = ["Look\n\n[file: a.png]", "Seen.", "[file: b.txt]", "Both."]


def test_a_request_that_names_an_answer_to_a_file_goes_on_in_its_chat(client, app, turn, assistant):
    body = told(respond(client, "And now?", previous_response_id=f"resp_{turn.assistant.id}"))

    assert body["session"] == turn.session.id
    assert heard(assistant) == [*LOOK, "And now?"]
    is_well(app)


def test_a_request_that_names_an_earlier_answer_forks_the_chat_with_its_files(client, app, turn, assistant):
    with app.app_context():
        first = read_transcript(ALICE, turn.session.id).messages[1]
    body = told(respond(client, "And now?", previous_response_id=f"resp_{first.id}"))

    assert body["session"] != turn.session.id
    assert heard(assistant) == [*LOOK[:2], "And now?"]
    with app.app_context():
        messages = read_transcript(ALICE, body["session"]).messages
        assert [file.name for file in messages[0].files] == ["a.png"]
        assert contents(ALICE, body["session"]) == ["Look", "Seen.", "And now?", "Grey."]
    is_well(app)


def test_a_request_that_is_not_stored_tells_of_the_files(client, app, turn, assistant):
    told(respond(client, "And now?", previous_response_id=f"resp_{turn.assistant.id}", store=False))

    assert heard(assistant) == [*LOOK, "And now?"]
    is_well(app)


def test_a_named_message_of_a_file_is_put_into_another_chat_with_it(client, app, turn, assistant):
    items = [
        {"type": "message", "role": "user", "content": "Before"},
        {"type": "item_reference", "id": f"msg_{turn.user.id}"},
        {"type": "item_reference", "id": f"msg_{turn.assistant.id}"},
        {"type": "message", "role": "user", "content": "And now?"},
    ]
    body = told(respond(client, items))

    assert heard(assistant)[-3:] == ["[file: b.txt]", "Both.", "And now?"]
    with app.app_context():
        assert [len(m.files) for m in read_transcript(ALICE, body["session"]).messages] == [0, 1, 0, 0, 0]
    is_well(app)
