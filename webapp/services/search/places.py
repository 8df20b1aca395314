"""Where messages stand: the chat, the place in it, and the message that completes their turn."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import Boolean, bindparam, text

from webapp.database.types import Id, Instant
from webapp.services.search.index.filters import session_condition

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Connection

    from webapp.services.search.query import Query

_PLACES = """
    SELECT m.seq, m.id AS message_id, m.role, m.create_time, l.session_id, l.idx, s.title, s.archived,
        other.seq AS other_seq, other.id AS other_id, other.create_time AS other_time
    FROM messages AS m
    JOIN session_messages AS l ON l.message_id = m.id AND l.session_id = (
        SELECT first.session_id FROM session_messages AS first JOIN sessions AS s ON s.id = first.session_id
        WHERE first.message_id = m.id AND {condition} ORDER BY first.session_id LIMIT 1
    )
    JOIN sessions AS s ON s.id = l.session_id
    LEFT JOIN session_messages AS ol
        ON ol.session_id = l.session_id AND ol.idx = l.idx + CASE WHEN m.role = 'user' THEN 1 ELSE -1 END
    LEFT JOIN messages AS other ON other.id = ol.message_id AND other.role <> m.role
    WHERE {chosen}
"""
_CONTENTS = "SELECT m.seq, m.content FROM messages AS m WHERE {chosen}"
#: A list of numbers as one value, so that the statement is the same for every length.
_CHOSEN = {
    "sqlite": "m.seq IN (SELECT value FROM json_each(:numbers))",
    "postgresql": "m.seq = ANY(CAST(:numbers AS bigint[]))",
}


class Place(NamedTuple):
    """A message, the oldest of its chats that was asked for, and the other message of its turn, if there is one."""

    seq: int
    message_id: str
    role: str
    create_time: datetime
    session_id: str
    idx: int
    title: str
    archived: bool
    other_seq: int | None
    other_id: str | None
    other_time: datetime | None

    @property
    def turn_idx(self) -> int:
        """The place of the turn's first message."""
        return self.idx - 1 if self.role == "assistant" and self.other_seq is not None else self.idx

    @property
    def turn_id(self) -> str:
        return self.other_id if self.role == "assistant" and self.other_id else self.message_id

    @property
    def question_seq(self) -> int | None:
        return self.seq if self.role == "user" else self.other_seq

    @property
    def answer_seq(self) -> int | None:
        return self.seq if self.role == "assistant" else self.other_seq


def find_places(connection: Connection, query: Query, numbers: Iterable[int]) -> dict[int, Place]:
    """Return the place of each message by its number. A message that no chat holds has none."""
    condition = session_condition(query)
    chosen, values = choose(connection, numbers)
    statement = text(_PLACES.format(condition=condition.sql, chosen=chosen))
    if "session_id" in condition.values:
        statement = statement.bindparams(bindparam("session_id", type_=Id))
    typed = statement.columns(create_time=Instant, archived=Boolean, other_time=Instant)
    rows = connection.execute(typed, condition.values | values)
    return {row.seq: Place(**row._mapping) for row in rows}  # noqa: SLF001 - SQLAlchemy's public name


def read_contents(connection: Connection, numbers: Iterable[int]) -> dict[int, str]:
    """Return the texts of messages by their numbers."""
    chosen, values = choose(connection, numbers)
    rows = connection.execute(text(_CONTENTS.format(chosen=chosen)), values)
    return {row.seq: row.content for row in rows}


def choose(connection: Connection, numbers: Iterable[int]) -> tuple[str, dict[str, str]]:
    """Return the condition that a message `m` has one of the numbers, and its value."""
    dialect = connection.dialect.name
    listed = ",".join(map(str, numbers))
    return _CHOSEN[dialect], {"numbers": f"[{listed}]" if dialect == "sqlite" else f"{{{listed}}}"}
