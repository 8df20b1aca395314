"""Finding sessions by what was said in them: along the index of digests, however full the shelf is."""

import pytest

from tests.support.cast import analyze, chat, plan, say, statements, stranger
from tests.support.library import WORDS, fill
from webapp.database.transaction import read_connection
from webapp.ids import utc_now
from webapp.services.live.beginning.history_lookup import REPEATED_WITHIN
from webapp.services.sessions.changes import archive_session, create_session
from webapp.services.sessions.forks import fork_session
from webapp.services.transcripts.lookup import (
    digests_of,
    ends_with,
    longest_beginning,
    sessions_answering,
    sessions_holding,
)
from webapp.services.values import NewMessage

SCANS = ("Seq Scan on sessions", "Seq Scan on messages", "Seq Scan on session_messages", "SCAN sessions", "SCAN messages", "SCAN session_messages")  # fmt: skip
LONG_AGO = utc_now() - REPEATED_WITHIN * 1_000_000


def digests(*texts):
    return digests_of(
        NewMessage(content=text, role=("user", "assistant")[place % 2]) for place, text in enumerate(texts)
    )


def said_in(number, count):
    """What `fill` writes into its session of that number."""
    return [
        f"About the {WORDS[(number + idx // 2) % len(WORDS)]} number{number} at {idx}, as we said before."
        for idx in range(count)
    ]


def holding(user, *texts):
    return sessions_holding(read_connection(), user, digests(*texts)[-1])


def answering(user, since, *texts):
    return sessions_answering(read_connection(), user, digests(*texts)[-1], since)


def test_only_a_session_of_exactly_this_transcript_holds_it(user):
    session = chat(user, ("One", "1"), ("Two", "2"))

    assert holding(user, "One", "1", "Two", "2") == [session.id]
    for other in (("One", "1"), ("One", "1", "Two"), ("One", "1", "Two", "2", "Three"), ("One", "1", "Two", "3"), ("Two", "2"), ("One1",)):  # fmt: skip
        assert holding(user, *other) == []


def test_the_last_active_comes_first_and_archived_ones_and_others_not_at_all(user):
    sessions = [chat(user, ("One", "1")) for _ in range(4)]
    chat(stranger(), ("One", "1"))
    archive_session(user, sessions[3].id)
    say(user, sessions[2].id, "Two")

    assert holding(user, "One", "1") == [sessions[1].id, sessions[0].id]


def test_a_fork_and_its_source_hold_what_each_holds(user):
    source = chat(user, ("One", "1"), ("Two", "2"))
    fork = fork_session(user, source.id, 1)

    assert holding(user, "One", "1") == [fork.id]
    assert holding(user, "One", "1", "Two", "2") == [source.id]


def test_the_longest_beginning_is_found_in_one_query_and_every_part_of_a_history_is_looked_up(user):
    short, long = chat(user, ("One", "1")), chat(user, ("One", "1"), ("Two", "2"))
    chat(stranger(), ("One", "1"), ("Two", "2"), ("Three", "3"))
    connection = read_connection()

    assert longest_beginning(connection, user, digests("One", "1", "Two", "2", "Three", "3")) == (long.id, 3)
    assert longest_beginning(connection, user, digests("One", "1", "Two", "otherwise")) == (long.id, 2)
    assert longest_beginning(connection, user, digests("One", "otherwise"))[1] == 0
    assert longest_beginning(connection, user, digests("Else", "1")) is None
    assert longest_beginning(connection, user, digests("One", "1", *map(str, range(2_000)))) in {
        (short.id, 1),
        (long.id, 1),
    }


def test_what_is_answered_is_found_only_while_its_answer_is_the_last_and_fresh(user):
    session = chat(user, ("One", "1"))
    other = stranger()

    assert answering(user, LONG_AGO, "One") == [session.id]
    assert answering(user, utc_now(), "One") == []
    assert answering(other, LONG_AGO, "One") == []
    say(user, session.id, "Two", "2")
    assert answering(user, LONG_AGO, "One") == []
    assert answering(user, LONG_AGO, "One", "1", "Two") == [session.id]


@pytest.mark.parametrize("idx", [0, 1])
def test_a_place_has_one_digest(user, idx):
    session, empty = chat(user, ("One", "1")), create_session(user)
    connection = read_connection()

    assert ends_with(connection, session.id, idx, digests("One", "1")[idx])
    assert not ends_with(connection, session.id, idx, digests("One", "1")[1 - idx])
    assert not ends_with(connection, empty.id, idx, digests("One", "1")[idx])


def test_a_session_is_looked_up_by_its_digest_and_nothing_is_scanned(user, engine_name):
    ids = fill(user, 4_000, 4)
    fill(stranger(), 1_000, 4)
    analyze()
    connection = read_connection()
    whole = digests(*said_in(7, 4))
    with statements() as sent:
        assert sessions_holding(connection, user, whole[-1]) == [ids[7]]
        assert sessions_answering(connection, user, whole[-2], LONG_AGO) == [ids[7]]
        assert longest_beginning(connection, user, digests(*said_in(7, 3), "And", "then?")) == (ids[7], 2)
    assert len(sent) == 3
    for statement in sent:
        told = plan(statement)
        assert "ix_session_messages_digest" in told
        assert not any(scan in told for scan in SCANS), told
