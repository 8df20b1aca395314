"""A model names a chat after its first answer: once, in the background, and never against its user."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager

import pytest

from tests.support.cast import ended, statements
from tests.support.provider import chunk, running
from tests.support.waiting import eventually
from webapp.services.live import edit, new_chat, retry
from webapp.services.sessions.changes import get_session, rename_session
from webapp.services.transcripts.reading import read_range

DONE = b"data: [DONE]\n\n"
QUESTION = "Please help me with the following: which grout goes with red tiles?"
FIRST_LINE = "Which grout goes with red tiles?"


def is_for_a_title(asked):
    return asked["messages"][0]["role"] == "system" and "title" in asked["messages"][0]["content"]


class Model:
    """A provider that answers questions, and requests for a title as a test says."""

    def __init__(self, title: bytes = b""):
        self.title = title or chunk('"Grout for red tiles."') + chunk(finish="stop")
        self.may_name = threading.Event()
        self.may_name.set()

    def __call__(self, handler):
        if handler.command == "GET":
            return handler.send(json.dumps({"data": [{"id": "grout-7b"}]}).encode())
        if not is_for_a_title(handler.asked):
            return handler.send(chunk("Grey.") + chunk(finish="stop") + DONE, kind="text/event-stream")
        self.may_name.wait(20)
        return handler.send(self.title + DONE, kind="text/event-stream")


@pytest.fixture
def connected(make_app, user):
    @contextmanager
    def connect(model, **settings):
        with running(model) as provider:
            app = make_app(
                openai_base_url=provider.url, openai_models=("grout-7b",), **{"model_titles": True, **settings}
            )
            with app.app_context():
                yield provider

    return connect


def ask(user, content=QUESTION):
    return finished(user, new_chat(user, content))


def finished(user, begun):
    ended(user, begun.live)
    return begun.live.session_id


def titles_asked(provider):
    return [asked for asked in provider.asked if is_for_a_title(asked)]


def named(user, session_id):
    session = get_session(user, session_id)
    return session.title, session.title_source, session.titled_by


def test_the_first_line_stands_until_the_model_has_named_the_chat(user, connected):
    model = Model()
    model.may_name.clear()
    with connected(model):
        chat = ask(user)
        assert named(user, chat) == (FIRST_LINE, "auto", None)
        before = get_session(user, chat)
        model.may_name.set()

        assert eventually(lambda: named(user, chat) == ("Grout for red tiles", "auto", "grout-7b"))
        after = get_session(user, chat)
        assert after.revision == before.revision + 1
        assert after.last_activity_at == before.last_activity_at


def test_the_model_is_asked_once_in_a_request_that_holds_the_question_and_the_answer(user, connected):
    with connected(Model()) as provider:
        chat = ask(user)
        assert eventually(lambda: named(user, chat)[2] == "grout-7b")
        finished(user, retry(user, chat))

        assert len(titles_asked(provider)) == 1
        said = titles_asked(provider)[0]["messages"][1]["content"]
        assert QUESTION in said
        assert "Grey." in said


def test_a_title_that_the_user_gave_meanwhile_stays(user, connected):
    model = Model()
    model.may_name.clear()
    with connected(model) as provider:
        chat = ask(user)
        assert eventually(lambda: titles_asked(provider))
        rename_session(user, chat, "Bathroom")
        model.may_name.set()
        wait_for_titles()

        assert named(user, chat) == ("Bathroom", "user", None)


def test_an_edited_first_question_is_named_anew(user, connected):
    with connected(Model()) as provider:
        chat = ask(user)
        assert eventually(lambda: named(user, chat)[2])

        finished(user, edit(user, chat, 0, "Which paint for the fence?"))

        assert eventually(lambda: len(titles_asked(provider)) == 2)
        assert "fence" in titles_asked(provider)[1]["messages"][1]["content"]
        assert eventually(lambda: named(user, chat)[2])


def test_clearing_a_name_goes_back_to_the_first_line_and_asks_no_model(user, connected):
    with connected(Model()) as provider:
        chat = ask(user)
        assert eventually(lambda: named(user, chat)[2])
        rename_session(user, chat, "")

        assert named(user, chat) == (FIRST_LINE, "auto", None)
        assert len(titles_asked(provider)) == 1


@pytest.mark.parametrize(
    "reply",
    [
        chunk("   \n") + chunk(finish="stop"),
        chunk("half a ti"),
        b'data: {"error": {"message": "overloaded"}}\n\n',
        b"<html>no</html>",
    ],
    ids=["blank", "broken off", "error", "page"],
)
def test_a_model_that_fails_leaves_the_first_line_and_the_answer(user, connected, reply):
    with connected(Model(reply)) as provider:
        chat = ask(user)
        assert eventually(lambda: titles_asked(provider))
        wait_for_titles()

        assert named(user, chat) == (FIRST_LINE, "auto", None)
        assert [message.content for message in read_range(user, chat, 0, 2)] == [QUESTION, "Grey."]


def test_a_reply_without_an_end_is_not_read_for_ever(user, connected):
    with connected(Model(chunk("word " * 500) * 20)) as provider:
        chat = ask(user)
        assert eventually(lambda: titles_asked(provider))

        assert eventually(lambda: named(user, chat)[2])
        assert len(named(user, chat)[0]) <= 61


def test_with_the_setting_off_no_model_is_asked(user, connected):
    with connected(Model(), model_titles=False) as provider:
        chat = ask(user)
        wait_for_titles()

        assert titles_asked(provider) == []
        assert named(user, chat) == (FIRST_LINE, "auto", None)


def test_the_archivist_names_nothing(user, make_app):
    with make_app(model_titles=True).app_context(), statements() as sent:
        chat = ask(user)
        wait_for_titles()
        assert named(user, chat) == (FIRST_LINE, "auto", None)
    assert not any("titled_by=" in statement.sql for statement in sent)


def wait_for_titles():
    for thread in threading.enumerate():
        if thread.name == "writer aside":
            thread.join(20)
