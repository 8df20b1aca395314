"""Turns with the archivist: left out of search and recall, and listed in a group of their own."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.support.cast import analyze, chat, ended, plan, statements, stranger
from tests.support.scripted_assistants import answers, offer
from tests.support.searching import search_messages
from webapp.database.transaction import read_connection
from webapp.models import Message, table_of
from webapp.services.live import retry
from webapp.services.search.recall import retrieve
from webapp.services.sessions.changes import create_session, get_session, pin_session
from webapp.services.sessions.forks import fork_session
from webapp.services.sessions.listing import SessionFilter, list_sessions
from webapp.services.transcripts.appending import append_turn
from webapp.services.transcripts.reading import read_transcript
from webapp.services.values import NewMessage
from webapp.services.verification import Verification


def look_up(user, question="Where is the boiler?", answer="2 passages about the boiler", session=None):
    """Store a turn with the archivist; return its session."""
    session_id = session or create_session(user).id
    reply = NewMessage(content=answer, model="archivist")
    return append_turn(user, session_id, NewMessage(content=question), reply).session


def found(user, query, **options):
    return [hit.idx for hit in search_messages(user, query, **options).data]


def marks():
    table = table_of(Message)
    return list(read_connection().scalars(select(table.c.is_lookup).order_by(table.c.seq)))


def test_neither_its_answer_nor_the_question_is_found(user):
    chat(user, "The boiler is in the cellar")
    look_up(user)
    assert found(user, "boiler") == [0]
    assert [passage.idx for passage in retrieve(user, "boiler").passages] == [0]
    assert marks() == [False, False, True, True]


def test_both_are_found_on_request_newest_first(user):
    chat(user, "The boiler is in the cellar")
    look_up(user)
    assert found(user, "boiler", with_archivist=True) == [1, 0]


def test_pages_of_either_search_go_on_as_they_began(user):
    for _ in range(3):
        look_up(user)
        chat(user, "The boiler")
    for options, count in (({}, 3), ({"with_archivist": True}, 6)):
        seen, cursor = 0, None
        while True:
            page = search_messages(user, "boiler", limit=2, cursor=cursor, **options)
            seen, cursor = seen + len(page.data), page.next
            if cursor is None:
                break
        assert seen == count


def test_a_note_is_found_and_what_acknowledges_it_is_not(user):
    look_up(user, "Remember: the spare key is with the neighbours", "Kept as message 1.")
    assert found(user, "spare key") == [0]
    assert found(user, "kept") == []
    assert [passage.quote for passage in retrieve(user, "Where is the spare key?").passages] == [
        "Remember: the spare key is with the neighbours"
    ]


def test_others_do_not_see_each_others_lookups(user):
    look_up(stranger())
    assert found(user, "boiler", with_archivist=True) == []


def test_a_question_that_a_model_answers_later_is_content(user):
    session = look_up(user)
    question = read_transcript(user, session.id).messages[0]
    answer_anew(user, session.id)
    after = read_transcript(user, session.id)
    # The old question is kept for an undo, so this one has an id of its own.
    assert after.messages[0]._replace(id=question.id) == question
    assert after.messages[1].content == "In the cellar."
    assert found(user, "boiler") == [0]
    assert after.session.in_days
    assert list(Verification().findings()) == []


def test_the_same_question_in_a_fork_stays_what_it_is(user):
    session = look_up(user)
    fork = fork_session(user, session.id, 0)
    answer_anew(user, fork.id)
    own, shared = (read_transcript(user, each.id).messages[0] for each in (fork, session))
    assert own.content == shared.content
    assert own.id != shared.id
    assert [hit.session_id for hit in search_messages(user, "boiler").data] == [fork.id]
    assert not get_session(user, session.id).in_days
    assert get_session(user, fork.id).in_days
    assert list(Verification().findings()) == []


def answer_anew(user, session_id):
    """Let a model answer the last question of a session."""
    offer(*answers("In the cellar."))
    ended(user, retry(user, session_id, assistant="scripted").live)


def listed(user):
    return [session.title for session in list_sessions(user).data]


def test_chats_with_it_alone_come_after_the_days(user):
    look_up(user, "first look-up")
    chat(user, title="of the day")
    look_up(user, "second look-up")
    pin_session(user, look_up(user, "pinned look-up").id)
    assert listed(user) == ["pinned look-up", "of the day", "second look-up", "first look-up"]


def test_an_answer_by_somebody_else_brings_a_chat_to_the_days(user):
    session = look_up(user)
    assert not session.in_days
    assert append_turn(user, session.id, NewMessage(content="a"), NewMessage(content="b")).session.in_days
    assert look_up(user, session=session.id).in_days
    assert list(Verification().findings()) == []


def test_an_empty_chat_is_one_of_the_day(user):
    assert create_session(user).in_days


@pytest.mark.parametrize(("idx", "in_days"), [(0, True), (1, False), (2, False), (3, True)])
def test_a_fork_is_what_it_shares(user, idx, in_days):
    session = look_up(user)
    append_turn(user, session.id, NewMessage(content="a"), NewMessage(content="b", model="gpt"))
    assert fork_session(user, session.id, idx).in_days == in_days
    assert list(Verification().findings()) == []


def test_pages_go_on_from_the_days_to_the_archivist(user):
    for number in range(4):
        chat(user, title=f"day {number}")
        look_up(user, f"look-up {number}")
    for filters in (SessionFilter(), SessionFilter(pinned=False), SessionFilter("all")):
        seen, cursor = [], None
        while True:
            page = list_sessions(user, filters, limit=3, cursor=cursor)
            seen, cursor = seen + [session.title for session in page.data], page.next
            if cursor is None:
                break
        assert seen == [f"day {n}" for n in (3, 2, 1, 0)] + [f"look-up {n}" for n in (3, 2, 1, 0)]


@pytest.mark.parametrize("with_archivist", [False, True])
def test_either_search_is_one_query_along_the_index_however_many_lookups_there_are(user, engine_name, with_archivist):
    for number in range(300):
        look_up(user, f"boiler {number}")
    chat(user, "The boiler")
    for number in range(300):
        look_up(user, f"boiler {number}")
    analyze()
    with statements() as sent:
        search_messages(user, "boiler", with_archivist=with_archivist)
    statement = sent[0]
    if engine_name == "sqlite":
        # The word of the owner leaves lookups out inside the index: they are not read and then dropped.
        assert "SCAN message_search VIRTUAL TABLE INDEX" in plan(statement)
        assert "SCAN messages" not in plan(statement)
        owner = user.id.replace("-", "")
        matched = read_connection().exec_driver_sql(
            "SELECT count(*) FROM message_search WHERE message_search MATCH ?",
            (f'owner : "{owner}" AND content : boiler',),
        )
        assert matched.scalar() == 1
    else:
        assert walked_back(statement) <= 512


def walked_back(statement):
    """How many rows PostgreSQL reads along the order of arrival."""
    explain = f"EXPLAIN (ANALYZE, FORMAT JSON) {statement.sql}"
    ((told,),) = read_connection().exec_driver_sql(explain, statement.parameters).all()

    def steps(step):
        yield step
        for part in step.get("Plans", ()):
            yield from steps(part)

    walked = [step for step in steps(told[0]["Plan"]) if step.get("Scan Direction") == "Backward"]
    return sum(step["Actual Rows"] * step["Actual Loops"] for step in walked)


def test_the_list_follows_its_index(user, engine_name):
    for number in range(200):
        look_up(user, f"boiler {number}")
    analyze()
    first = list_sessions(user, limit=20)
    with statements() as sent:
        list_sessions(user, limit=20, cursor=first.next)
    told = plan(sent[0])
    assert "ix_sessions_list" in told
    assert "TEMP B-TREE" not in told
    assert "Sort" not in told
