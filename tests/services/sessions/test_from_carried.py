"""A session that begins with a whole transcript: all of it is stored, once, or nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from tests.support.cast import chat, contents
from tests.support.people import together
from tests.support.searching import search_messages
from webapp.database.transaction import read_connection
from webapp.errors import Invalid
from webapp.ids import new_id, utc_now
from webapp.services.idempotency import AlreadyAnswered, RequestKey, StoredAnswer, add_form
from webapp.services.sessions.from_carried import create_session_with, keep_temporary
from webapp.services.sessions.listing import list_sessions
from webapp.services.transcripts.appending import append_turn
from webapp.services.transcripts.reading import read_transcript
from webapp.services.values import NewMessage
from webapp.services.verification import Verification


def transcript(*texts, ago=timedelta(hours=1), model="large"):
    at = utc_now() - ago
    return [
        NewMessage(
            content=text, role=("user", "assistant")[place % 2], create_time=at, model=model if place % 2 else None
        )
        for place, text in enumerate(texts)
    ]


def count(table):
    return read_connection().execute(text(f"SELECT count(*) FROM {table}")).scalar()


def test_what_is_stored_stands_the_check_and_is_found(user):
    chat(user, ("alder", "ash"))
    session = create_session_with(user, transcript("alder", "ash", "beech", "birch"))
    assert contents(user, session.id) == ["alder", "ash", "beech", "birch"]
    assert session.message_count == 4
    assert list(Verification().findings()) == []
    assert {hit.session_id for hit in search_messages(user, "birch").data} == {session.id}


def test_its_messages_are_its_own_also_where_another_chat_begins_alike(user):
    other = chat(user, ("alder", "ash"))
    session = create_session_with(user, transcript("alder", "ash"))
    ids = [{message.id for message in read_transcript(user, each.id).messages} for each in (other, session)]
    assert ids[0].isdisjoint(ids[1])
    assert session.forked_from_id is None


def test_its_place_in_the_list_is_that_of_its_last_message(user):
    recent = chat(user, ("alder", "ash"))
    old = create_session_with(user, transcript("beech", "birch", ago=timedelta(days=9)))
    assert [session.id for session in list_sessions(user).data] == [recent.id, old.id]


def test_a_chat_with_the_archivist_alone_is_in_its_group(user):
    session = keep_temporary(user, transcript("alder?", "Nothing.", model="archivist"), assistant="archivist")
    assert (session.in_days, session.assistant) == (False, "archivist")


def test_it_goes_on_as_any_other(user):
    session = create_session_with(user, transcript("alder", "ash"))
    append_turn(user, session.id, NewMessage(content="beech"), NewMessage(content="birch", role="assistant"))
    assert contents(user, session.id) == ["alder", "ash", "beech", "birch"]
    assert list(Verification().findings()) == []


@pytest.mark.parametrize("wrong", ["", "x\0y", "z" * 100_001])
def test_if_one_message_cannot_be_stored_none_is(user, wrong):
    with pytest.raises(Invalid):
        create_session_with(user, transcript("alder", "ash", "beech", wrong))
    assert [count(table) for table in ("sessions", "messages", "conversations")] == [0, 0, 0]


def test_of_many_at_once_with_one_key_exactly_one_is_made(app, user):
    add_form(app, "test", lambda session: StoredAnswer(303, None, session.id.encode()))
    key = RequestKey(new_id(), "fingerprint", "test")
    messages = transcript("alder", "ash")
    outcomes = together(app, *[lambda: keep_temporary(user, messages, key=key)] * 6)
    made = [outcome for outcome in outcomes if not isinstance(outcome, Exception)]
    again = [outcome for outcome in outcomes if isinstance(outcome, AlreadyAnswered)]
    assert (len(made), len(again)) == (1, 5)
    assert {each.answer.body.decode() for each in again} == {made[0].id}
    assert count("sessions") == 1


def test_clocks_of_machines_may_differ_by_minutes(user):
    session = keep_temporary(user, transcript("alder", "ash", ago=timedelta(minutes=-2)))
    times = [message.create_time for message in read_transcript(user, session.id).messages]
    assert max(times) <= utc_now()
    assert session.last_activity_at == times[-1]
