"""Search: the user's messages that contain every word, newest first."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Select, select

from webapp.database.transaction import read_connection
from webapp.errors import Invalid
from webapp.models import ChatSession, Message, SessionMessage, table_of
from webapp.services.content import check_characters
from webapp.services.cursors import decode_cursor, encode_cursor
from webapp.services.search.index import NEWEST, find_words, seqs_of_words
from webapp.services.search.snippets import snippet

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ScalarSelect, TextualSelect

    from webapp.services.users import CurrentUser

_messages = table_of(Message)
_links = table_of(SessionMessage)
_sessions = table_of(ChatSession)

PAGE = 20
QUERY_LIMIT = 200


class Hit(NamedTuple):
    """A message that matches. `snippet` alternates plain and matching text and begins with plain text."""

    session_id: str
    title: str
    archived: bool
    idx: int
    message_id: str
    role: str
    create_time: datetime
    snippet: list[str]


class HitPage(NamedTuple):
    """A page of hits, newest first. `next` is the cursor of the next page, None on the last one."""

    data: list[Hit]
    next: str | None


def search_messages(
    user: CurrentUser, query: str, *, limit: int = PAGE, cursor: str | None = None, with_archivist: bool = False
) -> HitPage:
    """Find messages that contain every word of the query. The last word may be a prefix.

    Answers of the archivist and the questions put to it are left out unless `with_archivist`.

    One SQL query, bounded by the page. A query without words gives an empty page. Raises Invalid for a query that is
    too long or has invalid characters, and BadRequest for a cursor of another search.
    """
    check_query(query)
    words = find_words(query)
    kind = f"search:{'all:' if with_archivist else ''}{' '.join(words)[:120]}"
    (below,) = decode_cursor(kind, cursor, int) if cursor else (NEWEST,)
    if not words:
        return HitPage([], None)
    connection = read_connection()
    is_prefix = query[-1:].isalnum()
    seqs, values = seqs_of_words(connection, user.id, words, last_is_prefix=is_prefix, with_archivist=with_archivist)
    rows = connection.execute(hits_statement(seqs), values | {"below": below, "most": limit + 1}).all()
    following = encode_cursor(kind, rows[limit - 1].seq) if len(rows) > limit else None
    return HitPage([_hit(row, words) for row in rows[:limit]], following)


def check_query(query: str) -> None:
    """Raise Invalid for a query that is too long or has invalid characters."""
    check_characters(query, "q")
    if len(query) > QUERY_LIMIT:
        raise Invalid.field("q", "too_long", f"A search has at most {QUERY_LIMIT} characters. Please shorten it.")


@cache
def hits_statement(seqs: Select[Any] | TextualSelect) -> Select[Any]:
    """Build the query from message numbers to hits. A message that forks share appears in its first session."""
    matching = seqs.subquery("found")
    return (
        select(
            _messages.c.seq,
            _links.c.session_id,
            _sessions.c.title,
            _sessions.c.archived,
            _links.c.idx,
            _messages.c.id.label("message_id"),
            _messages.c.role,
            _messages.c.create_time,
            _messages.c.content,
        )
        .select_from(matching)
        .join(_messages, _messages.c.seq == matching.c.seq)
        .join(_links, (_links.c.message_id == _messages.c.id) & (_links.c.session_id == _first_session()))
        .join(_sessions, _sessions.c.id == _links.c.session_id)
        .order_by(matching.c.seq.desc())
    )


def _first_session() -> ScalarSelect[Any]:
    """Build the subquery for the oldest session of a message. Session ids rise with time."""
    other = _links.alias("other")
    return (
        select(other.c.session_id)
        .where(other.c.message_id == _messages.c.id)
        .order_by(other.c.session_id)
        .limit(1)
        .scalar_subquery()
    )


def _hit(row: Any, words: Sequence[str]) -> Hit:
    return Hit(
        session_id=row.session_id,
        title=row.title,
        archived=row.archived,
        idx=row.idx,
        message_id=row.message_id,
        role=row.role,
        create_time=row.create_time,
        snippet=snippet(row.content, row.role, words),
    )
