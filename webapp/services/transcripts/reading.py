"""Reading of transcripts, whole or page by page, in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import bindparam, select

from webapp.database.transaction import read_connection
from webapp.errors import NotFound
from webapp.models import ChatSession, Message, SessionMessage, table_of
from webapp.services.files.links import files_of
from webapp.services.instructions.reading import read_instructions
from webapp.services.session_rows import read_session_row
from webapp.services.transcripts.digests import WITH_FILES
from webapp.services.transcripts.inserting import COLUMNS
from webapp.services.values import SessionRow, TranscriptMessage, TranscriptPage

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from webapp.services.users import CurrentUser
    from webapp.services.values import StoredFile

_sessions = table_of(ChatSession)
_links = table_of(SessionMessage)
_messages = table_of(Message)

PAGE = 50

_RANGE = (
    # The columns of a TranscriptMessage in the order of its fields, and whether the message has files.
    select(_links.c.idx, *(_messages.c[name] for name in COLUMNS), _links.c.digest_version)
    .join_from(_links, _messages, _messages.c.id == _links.c.message_id)
    .where(
        _links.c.session_id == bindparam("session_id"),
        _links.c.idx >= bindparam("low"),
        _links.c.idx < bindparam("high"),
    )
    .order_by(_links.c.idx)
)


class Span(NamedTuple):
    """A half-open range of `idx`: `low` included, `high` excluded."""

    low: int
    high: int


def read_transcript(user: CurrentUser, session_id: str) -> TranscriptPage:
    """Return the whole transcript. Raises NotFound."""
    connection = read_connection()
    session = read_session_row(connection, user, session_id)
    return _with_instructions(connection, _page(connection, session, Span(0, session.message_count)))


def read_page(
    user: CurrentUser,
    session_id: str,
    *,
    before_idx: int | None = None,
    after_idx: int | None = None,
    around_idx: int | None = None,
    limit: int = PAGE,
) -> TranscriptPage:
    """Return at most `limit` messages: before, after or around an `idx`, or else the newest.

    A position beyond either end gives the nearest page. Raises NotFound.
    """
    connection = read_connection()
    session = read_session_row(connection, user, session_id)
    span = find_span(session.message_count, limit, before_idx, after_idx, around_idx)
    return _with_instructions(connection, _page(connection, session, span))


def read_range(user: CurrentUser, session_id: str, low: int, high: int) -> list[TranscriptMessage]:
    """Return the messages from `low` (included) to `high` (excluded). Raises NotFound."""
    connection = read_connection()
    return _page(connection, read_session_row(connection, user, session_id), Span(low, high)).messages


def read_message(connection: Connection, session_id: str, idx: int) -> TranscriptMessage:
    """Return the message at `idx`. Raises NotFound if there is none."""
    messages = _messages_of(connection, session_id, Span(idx, idx + 1))
    if not messages:
        raise NotFound("This chat no longer has this message. Read the chat again.")
    return messages[0]


def read_files(connection: Connection, session_id: str, idx: int) -> tuple[StoredFile, ...]:
    """Return the files of the message at `idx`, none if there is no such message."""
    messages = _messages_of(connection, session_id, Span(idx, idx + 1))
    return messages[0].files if messages else ()


def find_span(count: int, limit: int, before_idx: int | None, after_idx: int | None, around_idx: int | None) -> Span:
    """Return the range of a page. `idx` has no gaps, so no query is needed."""
    if before_idx is not None:
        high = max(0, min(before_idx, count))
        return Span(max(0, high - limit), high)
    if after_idx is not None:
        low = max(0, min(after_idx + 1, count))
        return Span(low, min(low + limit, count))
    newest = Span(max(0, count - limit), count)
    if around_idx is None or around_idx >= newest.low:
        return newest
    low = max(0, around_idx - limit // 2)
    return Span(low, min(low + limit, count))


def _with_instructions(connection: Connection, page: TranscriptPage) -> TranscriptPage:
    if not page.messages or page.session.instructions_digest is None:
        return page
    low, high = page.messages[0].idx, page.messages[-1].idx + 1
    return page._replace(instructions=read_instructions(connection, page.session.id, low, high))


def _page(connection: Connection, session: SessionRow, span: Span) -> TranscriptPage:
    messages: list[TranscriptMessage] = []
    if span.low < span.high:
        messages = _messages_of(connection, session.id, span)
    return TranscriptPage(session, messages, span.low > 0, span.high < session.message_count)


def _messages_of(connection: Connection, session_id: str, span: Span) -> list[TranscriptMessage]:
    """Return the messages. Their files take one more query, if there are any: the links' digests say so."""
    parameters: dict[str, Any] = {"session_id": session_id, **span._asdict()}
    rows = connection.execute(_RANGE, parameters).all()
    messages = [TranscriptMessage(*row[:-1]) for row in rows]
    with_files = [row.id for row in rows if row.digest_version == WITH_FILES]
    if not with_files:
        return messages
    files = files_of(connection, with_files)
    return [message._replace(files=files.get(message.id, ())) for message in messages]
