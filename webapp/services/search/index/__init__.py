"""The full-text index over messages, with a module for each database.

Its row ids are the numbers of the messages (`seq`), which follow time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import bindparam, text

from webapp.database.types import Id
from webapp.services.search.index import postgres, sqlite
from webapp.services.search.index.filters import IS_WITHOUT_CHAT, conditions_of
from webapp.services.search.index.values import NEWEST
from webapp.services.transcripts.numbers import number_from

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

    from sqlalchemy import Connection, TextClause

    from webapp.services.search.query import Query
    from webapp.services.users import CurrentUser

__all__ = ["NEWEST", "Range", "count_between", "find_bounds", "newest_numbers", "numbers_without_chat", "range_of"]

#: More messages wait for an undo in no account.
_MOST_WITHOUT_CHAT = 100_000
_IDS = frozenset({"owner", "session_id"})


class Range(NamedTuple):
    """The numbers from `low` on and below `below`."""

    low: int = 0
    below: int = NEWEST


def range_of(query: Query, within: Range | None = None) -> Range:
    """Return the numbers of the query's time."""
    low, below = within or Range()
    if query.after:
        low = max(low, number_from(query.after))
    if query.before:
        below = min(below, number_from(query.before))
    return Range(low, below)


def newest_numbers(
    connection: Connection,
    user: CurrentUser,
    query: Query,
    most: int,
    *,
    within: Range | None = None,
    only_held: bool = True,
) -> list[int]:
    """Return the numbers of the newest messages that match, newest first.

    `only_held` leaves out what waits for an undo.
    """
    sql, values = _database(connection).newest(user.id, query, conditions_of(query, only_held=only_held))
    return _numbers(connection, sql, values, range_of(query, within), most)


def numbers_without_chat(connection: Connection, user: CurrentUser, query: Query) -> list[int]:
    """Return the numbers of messages that match and that no chat holds: they wait for an undo."""
    known = conditions_of(query, only_held=False)
    condition = known._replace(sql=f"{known.sql} AND {IS_WITHOUT_CHAT}")
    sql, values = _database(connection).newest(user.id, query, condition)
    return _numbers(connection, sql, values, range_of(query), _MOST_WITHOUT_CHAT)


def find_bounds(connection: Connection, user: CurrentUser, query: Query) -> tuple[int, int] | None:
    """Return the numbers of the oldest and of the newest message that match. None if there is none."""
    sql, values = _database(connection).bounds(user.id, query, conditions_of(query))
    values = values | range_of(query)._asdict()
    oldest, newest = connection.execute(_statement(sql, values), values).one()
    return None if oldest is None else (oldest, newest)


def count_between(connection: Connection, user: CurrentUser, query: Query, edges: Sequence[int]) -> list[int]:
    """Return how many messages match between each number and the next one.

    What waits for an undo counts, too.
    """
    sql, values = _database(connection).counts(user.id, query, conditions_of(query, only_held=False), edges)
    counted = {row[0]: row[1] for row in connection.execute(_statement(sql, values), values)}
    return [counted.get(place, 0) for place in range(len(edges) - 1)]


def _numbers(connection: Connection, sql: str, values: dict[str, Any], numbers: Range, most: int) -> list[int]:
    values = values | numbers._asdict() | {"most": most}
    return list(connection.scalars(_statement(sql, values), values))


def _database(connection: Connection) -> ModuleType:
    return sqlite if connection.dialect.name == "sqlite" else postgres


def _statement(sql: str, values: dict[str, Any]) -> TextClause:
    return text(sql).bindparams(*(bindparam(name, type_=Id) for name in _IDS & values.keys()))
