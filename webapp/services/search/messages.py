"""Search: the user's own messages that hold every word, newest first, each with its place."""

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

    from sqlalchemy import TextualSelect

    from webapp.services.users import CurrentUser

_messages = table_of(Message)
_links = table_of(SessionMessage)
_sessions = table_of(ChatSession)

PAGE = 20
QUERY_LIMIT = 200


class Hit(NamedTuple):
    """A message that was found. `snippet` alternates plain and matching text, beginning with plain."""

    session_id: str
    title: str
    archived: bool
    idx: int
    message_id: str
    role: str
    create_time: datetime
    snippet: list[str]


class HitPage(NamedTuple):
    """A page of hits, newest first. `next` is the cursor of the following page, None on the last."""

    data: list[Hit]
    next: str | None


def search_messages(user: CurrentUser, query: str, *, limit: int = PAGE, cursor: str | None = None) -> HitPage:
    """Find messages that hold every word of the query; the last may be the beginning of a word.

    One query, bounded by the page. Nothing to look for gives an empty page. Raises Invalid for a query that is
    too long or holds what no text holds, BadRequest for a cursor of another search.
    """
    check_query(query)
    words = find_words(query)
    kind = f"search:{' '.join(words)[:120]}"
    (below,) = decode_cursor(kind, cursor, int) if cursor else (NEWEST,)
    if not words:
        return HitPage([], None)
    connection = read_connection()
    seqs, values = seqs_of_words(connection, user.id, words, last_is_prefix=query[-1:].isalnum())
    rows = connection.execute(hits_statement(seqs), values | {"below": below, "most": limit + 1}).all()
    following = encode_cursor(kind, rows[limit - 1].seq) if len(rows) > limit else None
    return HitPage([_hit(row, words) for row in rows[:limit]], following)


def check_query(query: str) -> None:
    """Raise Invalid for a query that cannot be asked."""
    check_characters(query, "q")
    if len(query) > QUERY_LIMIT:
        raise Invalid.field("q", "too_long", f"A search has at most {QUERY_LIMIT} characters. Please shorten it.")


@cache
def hits_statement(seqs: Select[Any] | TextualSelect) -> Select[Any]:
    """Build the query that turns message numbers into hits. A message linked by forks is told at its origin."""
    found = seqs.subquery("found")
    other = _links.alias("other")
    # Ids rise with time: of the sessions that link to a message, the least is where it was said.
    origin = (
        select(other.c.session_id)
        .where(other.c.message_id == _messages.c.id)
        .order_by(other.c.session_id)
        .limit(1)
        .scalar_subquery()
    )
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
        .select_from(found)
        .join(_messages, _messages.c.seq == found.c.seq)
        .join(_links, (_links.c.message_id == _messages.c.id) & (_links.c.session_id == origin))
        .join(_sessions, _sessions.c.id == _links.c.session_id)
        .order_by(found.c.seq.desc())
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
