"""Transcripts: appending a turn, and what refuses one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from flask import current_app

from tests.support.accounts import ALICE
from tests.support.cast import chat, contents, kept, say, stranger
from webapp.errors import Archived, Invalid, NotFound, StaleTranscript
from webapp.ids import new_id
from webapp.services.idempotency import RequestKey, add_form
from webapp.services.sessions.changes import archive_session, create_session, get_session, pin_session
from webapp.services.transcripts.appending import append_turn
from webapp.services.transcripts.reading import read_transcript
from webapp.services.values import NewMessage


def test_what_was_said_is_read_back_to_the_letter_in_its_order(user):
    texts = [
        "  leading and trailing \n",
        "tab\tand\r\nbreaks",
        "日本語 🎉 e\u0301",
        "<b>&amp;</b>",
        "\u200b",
        "x" * 100_000,
    ]
    session = create_session(user)
    for number in range(0, len(texts), 2):
        say(user, session.id, texts[number], texts[number + 1])

    page = read_transcript(user, session.id)

    assert [message.content for message in page.messages] == texts
    assert [message.idx for message in page.messages] == list(range(len(texts)))
    assert [message.role for message in page.messages] == ["user", "assistant"] * 3
    assert page[2:4] == (False, False)


def test_the_turn_that_is_returned_is_the_one_that_is_read(user):
    session = create_session(user)

    turn = say(user, session.id, "Which grout?", "Grey.")

    page = read_transcript(user, session.id)
    assert page.messages == [turn.user, turn.assistant]
    assert page.session == turn.session == get_session(user, session.id)


def test_what_is_known_of_an_answer_is_kept(user):
    facts = {
        "model": "grout-7b",
        "finish_reason": "length",
        "usage": {"input_tokens": 3, "output_tokens": 5},
        "citations": [{"title": "Tiles ‘ä’", "idx": 2}],
    }
    session = create_session(user)
    append_turn(user, session.id, NewMessage(content="Which?"), NewMessage(content="Grey.", **facts))

    question, answer = read_transcript(user, session.id).messages

    assert answer[5:9] == tuple(facts.values())
    assert set(question[5:-1]) == {None}


def test_a_time_the_caller_knows_is_kept_and_orders_nothing(user):
    session = create_session(user)
    late = datetime(2019, 5, 1, 12, 30, 15, 123456, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    early = datetime(1, 1, 1, tzinfo=UTC)
    append_turn(
        user, session.id, NewMessage(content="Late", create_time=late), NewMessage(content="Early", create_time=early)
    )

    messages = read_transcript(user, session.id).messages

    assert [(message.content, message.create_time) for message in messages] == [("Late", late), ("Early", early)]
    assert messages[0].create_time.utcoffset() == timedelta(0)
    dated = get_session(user, session.id)
    assert (dated.created_at, dated.last_activity_at) == (early, late)


def test_a_turn_is_one_revision_and_moves_the_session_to_now(user):
    session = create_session(user)
    pinned = pin_session(user, session.id)

    after = say(user, session.id, "Hello").session

    assert (after.message_count, after.revision) == (2, pinned.revision + 1)
    assert after.updated_at == after.last_activity_at > pinned.updated_at
    assert after.created_at == session.created_at


@pytest.mark.parametrize("turns", [0, 1, 3])
def test_a_turn_is_appended_where_the_caller_saw_the_end(user, turns):
    session = chat(user, *["Hello"] * turns)

    assert say(user, session.id, "Next", expected_last_idx=session.last_idx).user.idx == turns * 2


@pytest.mark.parametrize("seen", [-1, 0, 2, 3, 4, 10**9])
def test_a_turn_for_another_end_is_refused_with_the_present_one(user, seen):
    session = chat(user, "One")

    with pytest.raises(StaleTranscript) as refused:
        say(user, session.id, "Two", expected_last_idx=seen)
    assert refused.value.facts == {"last_idx": 1, "revision": session.revision}
    assert contents(user, session.id) == ["One", "Noted."]
    assert get_session(user, session.id) == session


def test_an_archived_session_takes_no_more_turns(user):
    session = chat(user, "One")
    archive_session(user, session.id)

    with pytest.raises(Archived):
        say(user, session.id, "Two")
    assert contents(user, session.id) == ["One", "Noted."]


def test_transcripts_of_others_look_like_none_at_all(user):
    theirs = chat(stranger(), "Secret")

    for session_id in (theirs.id, new_id()):
        for act in (lambda id_: say(user, id_, "Hello"), lambda id_: read_transcript(user, id_)):
            with pytest.raises(NotFound):
                act(session_id)


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "empty"), (" \n\t\r ", "empty"), ("x" * 100_001, "too_long"), ("a\0b", "nul"), ("\ud83d", "surrogate")],
    ids=["empty", "blank", "too long", "NUL", "surrogate"],
)
@pytest.mark.parametrize("role", ["user", "assistant"])
def test_what_cannot_be_kept_to_the_letter_is_refused_and_nothing_is_stored(user, role, text, code):
    session = create_session(user)
    pair = {name: NewMessage(content="Fine.", pointer=f"#/{name}/content") for name in ("user", "assistant")}
    pair[role] = NewMessage(content=text, pointer=f"#/{role}/content")

    with pytest.raises(Invalid) as refused:
        append_turn(user, session.id, pair["user"], pair["assistant"])
    assert [(problem.pointer, problem.code) for problem in refused.value.problems] == [(f"#/{role}/content", code)]
    assert kept()["messages"] == 0
    assert get_session(user, session.id) == session


@pytest.mark.parametrize(("limit", "named"), [(100_000, "limit is 100,000"), (12, "limit is 12")])
def test_the_limit_is_the_operators_and_is_named(make_app, limit, named):
    with make_app(max_content_chars=limit).app_context():
        user = ALICE
        session = create_session(user)

        with pytest.raises(Invalid, match=named):
            say(user, session.id, "ä" * (limit + 1))
        assert say(user, session.id, "ä" * limit, "Short.").user.content == "ä" * limit


def test_a_turn_whose_answer_cannot_be_stored_was_never_said(user):
    session = create_session(user)

    def refuse(turn):
        raise RuntimeError(turn.user.content)

    add_form(current_app, "refusing", refuse)
    with pytest.raises(RuntimeError, match="Hello"):
        say(user, session.id, "Hello", key=RequestKey("k", "print", "refusing"))
    assert get_session(user, session.id) == session
    assert kept()["messages"] == 0
