"""What a live turn costs on a full shelf: everything it asks for is looked up by a key."""

from __future__ import annotations

import pytest
from sqlalchemy import insert

from tests.support.cast import analyze, plan, statements
from tests.support.library import fill
from tests.support.plans import SCANS, plans
from webapp.database.transaction import writing
from webapp.ids import new_id, utc_now
from webapp.models import IdempotencyKey, LiveTurn, table_of
from webapp.services.live.keys import answer_keys, free_keys
from webapp.services.live.rows import find_idx, find_live, read_since
from webapp.services.transcripts.lookup import digests_of, sessions_holding
from webapp.services.transcripts.orphans import delete_orphans
from webapp.services.transcripts.reading import read_transcript
from webapp.services.values import NewMessage

LIVE_SCANS = ("Seq Scan on live_turns", "Seq Scan on idempotency_keys", "SCAN live_turns", "SCAN idempotency_keys")


@pytest.fixture
def shelf(user):
    """900 chats of 10 messages."""
    ids = fill(user, 900, 10)
    analyze()
    return ids


@pytest.fixture
def busy(user, shelf):
    """Every chat of the shelf is being answered, and a key waits for each."""
    now = utc_now()
    rest = {
        "assistant": "archivist",
        "state": "writing",
        "partial": "Grey",
        "stop_wanted": False,
        "made_session": False,
    }
    numbers = {"base_idx": 9, "question_idx": 10, "asked_at": now, "heartbeat_at": now}
    turns = [{"session_id": i, "attempt": new_id(), "user_message_id": new_id(), "content": "Hi"} for i in shelf]
    waiting = {"owner_id": user.id, "fingerprint": "f", "created_at": now, "form": "json"}
    with writing() as connection:
        connection.execute(insert(table_of(LiveTurn)), [row | rest | numbers for row in turns])
        connection.execute(
            insert(table_of(IdempotencyKey)),
            [waiting | {"key": f"{i}-{copy}", "session_id": i} for i in shelf for copy in range(4)],
        )
    analyze()
    return turns[7]


def test_everything_a_live_turn_asks_for_is_looked_up_by_a_key(user, busy):
    session_id = busy["session_id"]
    messages = read_transcript(user, session_id).messages
    digest = digests_of(NewMessage(content=m.content, role=m.role) for m in messages)[-1]
    with writing() as connection:
        acts = [
            lambda: find_live(connection, user, session_id),
            lambda: read_since(connection, user, session_id, 2),
            lambda: find_idx(connection, user, session_id, messages[5].id),
            lambda: sessions_holding(connection, user, digest),
            lambda: answer_keys(connection, new_id(), None),
            lambda: free_keys(connection, new_id()),
        ]
        assert acts[0]().attempt == busy["attempt"]
        assert acts[1]().more == "ey"
        assert acts[2]() == 5
        assert acts[3]() == [session_id]

        for act in acts:
            (told,) = plans(act)
            assert not any(scan in told for scan in SCANS + LIVE_SCANS), told


def test_whether_anybody_still_links_to_a_message_is_looked_up(user, engine_name, shelf):
    messages = [message.id for message in read_transcript(user, shelf[3]).messages]

    with writing() as connection, statements() as sent:
        delete_orphans(connection, messages)
    # Files are unlinked, then messages deleted. PostgreSQL locks the messages first: whoever unlinks them at the same
    # time waits.
    assert len(sent) == {"sqlite": 2}.get(engine_name, 3)
    assert not any(scan in plan(statement) for statement in sent for scan in SCANS)
