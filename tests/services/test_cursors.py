"""Cursors: opaque, bound to their list, and never a way to break it."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from uuid import UUID

import pytest

from tests.support.cast import chat
from tests.support.searching import search_messages
from webapp.errors import BadRequest
from webapp.ids import new_id
from webapp.services.cursors import decode_cursor, encode_cursor
from webapp.services.sessions.listing import SessionFilter, list_sessions

before_any_row = pytest.mark.one_database("It is refused before any row is read.")


KIND = SessionFilter().kind()
TIME = "2026-03-12T09:41:00+00:00"
ID = "01a20315-4829-749d-baa5-b90ebbd034c3"


def written(value):
    return urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


BAD = {
    "garbage": "!!!",
    "no base64": "a",
    "not ascii": "ä",
    "no UTF-8": "_____w",
    "no JSON": urlsafe_b64encode(b"{nonsense").decode(),
    "a number": written(7),
    "nothing": written(None),
    "a mapping": written({"kind": KIND}),
    "empty": written([]),
    "too short": written([KIND, True, True, TIME]),
    "too long": written([KIND, True, True, TIME, ID, 1]),
    "huge": written([KIND, True, True, TIME, "x" * 500]),
    "many brackets": urlsafe_b64encode(b"[" * 290).decode(),
    "wrong flag": written([KIND, 1, True, TIME, ID]),
    "wrong group": written([KIND, True, 0, TIME, ID]),
    "wrong time": written([KIND, True, True, 20260312, ID]),
    "no time": written([KIND, True, True, "yesterday", ID]),
    "no zone": written([KIND, True, True, "2026-03-12T09:41:00", ID]),
    "before all time": written([KIND, True, True, "0001-01-01T00:00:00+14:00", ID]),
    "after all time": written([KIND, True, True, "9999-12-31T23:59:59-14:00", ID]),
    "no id": written([KIND, True, True, TIME, "7"]),
    "a list as id": written([KIND, True, True, TIME, [ID]]),
    "NUL": written([KIND, True, True, TIME, "\0"]),
}


@before_any_row
def test_a_cursor_nobody_gave_out_is_refused(user):
    for cursor in BAD.values():
        with pytest.raises(BadRequest, match="does not belong to this list"):
            list_sessions(user, cursor=cursor)


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59.999999+00:00", TIME])
def test_a_cursor_of_a_far_time_is_just_a_place(user, moment):
    chat(user, "Hello")

    page = list_sessions(user, cursor=written([KIND, True, True, moment, ID]))

    assert len(page.data) == 1


@before_any_row
@pytest.mark.parametrize(
    "filters",
    [SessionFilter("only"), SessionFilter("all"), SessionFilter(pinned=True), SessionFilter(pinned=False), SessionFilter(title="one")],
    ids=str,
)  # fmt: skip
def test_a_cursor_of_another_list_is_refused(user, filters):
    for _ in range(2):
        chat(user, "One")
    cursor = list_sessions(user, limit=1).next

    with pytest.raises(BadRequest):
        list_sessions(user, filters, cursor=cursor)
    with pytest.raises(BadRequest):
        search_messages(user, "one", cursor=cursor)


@before_any_row
@pytest.mark.parametrize("position", [[2**63], [-1], [True], ["7"], [1.5], [None], [], [1, 1]], ids=str)
def test_a_search_cursor_holds_one_number_the_database_knows(user, position):
    with pytest.raises(BadRequest):
        search_messages(user, "one", cursor=written(["search:one", *position]))


@before_any_row
def test_what_is_written_is_read_back():
    moment, identity = datetime(2026, 3, 12, 9, 41, 0, 123456, tzinfo=UTC), new_id()

    cursor = encode_cursor("list:ä", True, 7, "text", moment.isoformat(), identity)

    assert decode_cursor("list:ä", cursor, bool, int, str, datetime, UUID) == [True, 7, "text", moment, identity]
    assert cursor.isascii()
    assert "=" not in cursor
