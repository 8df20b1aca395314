"""Lookup of chat sessions by their transcript's digests. It reads no content."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, select

from webapp.models import ChatSession, Message, SessionMessage, table_of
from webapp.services.transcripts.struck import digest_after

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from webapp.services.users import CurrentUser
    from webapp.services.values import NewMessage

_sessions = table_of(ChatSession)
_links = table_of(SessionMessage)
_answers = _links.alias("answers")
_messages = table_of(Message)
_questions = _messages.alias("questions")

#: Sessions with the same transcript to check, and digests per query.
_MAX_SESSIONS, _AT_ONCE = 10, 500

_HOLDING = (
    select(_sessions.c.id)
    .join_from(_links, _sessions, _sessions.c.id == _links.c.session_id)
    .where(
        _links.c.digest == bindparam("digest"),
        _sessions.c.message_count == _links.c.idx + 1,
        _sessions.c.owner_id == bindparam("owner"),
        _sessions.c.archived.is_(False),
    )
    .order_by(_sessions.c.last_activity_at.desc(), _sessions.c.id.desc())
    .limit(_MAX_SESSIONS)
)
_BEGINNING = (
    select(_links.c.session_id, _links.c.idx)
    .join_from(_links, _sessions, _sessions.c.id == _links.c.session_id)
    .where(_links.c.digest.in_(bindparam("digests", expanding=True)), _sessions.c.owner_id == bindparam("owner"))
    .order_by(_links.c.idx.desc(), _sessions.c.last_activity_at.desc(), _sessions.c.id.desc())
    .limit(1)
)
_DIGEST = select(_links.c.digest).where(
    _links.c.session_id == bindparam("session_id"), _links.c.idx == bindparam("idx")
)
_ANSWERED = (
    select(_sessions.c.id)
    .join_from(_links, _sessions, _sessions.c.id == _links.c.session_id)
    .join(_answers, (_answers.c.session_id == _links.c.session_id) & (_answers.c.idx == _links.c.idx + 1))
    .join(_messages, (_messages.c.id == _answers.c.message_id) & (_messages.c.role == "assistant"))
    .join(_questions, _questions.c.id == _links.c.message_id)
    .where(
        _links.c.digest == bindparam("digest"),
        _sessions.c.message_count == _links.c.idx + 2,
        _sessions.c.owner_id == bindparam("owner"),
        _questions.c.create_time >= bindparam("since"),
    )
    .order_by(_sessions.c.last_activity_at.desc(), _sessions.c.id.desc())
    .limit(_MAX_SESSIONS)
)


class Beginning(NamedTuple):
    """A session whose transcript, up to and including `idx`, equals the beginning of a history."""

    session_id: str
    idx: int


def digests_of(messages: Iterable[NewMessage]) -> list[bytes]:
    digests: list[bytes] = []
    for message in messages:
        digests.append(digest_after(digests[-1] if digests else None, message))
    return digests


def sessions_holding(connection: Connection, user: CurrentUser, digest: bytes) -> list[str]:
    """Return the user's active sessions whose whole transcript has this digest, last active first."""
    return list(connection.scalars(_HOLDING, {"digest": digest, "owner": user.id}))


def sessions_answering(connection: Connection, user: CurrentUser, digest: bytes, since: datetime) -> list[str]:
    """Return the user's sessions in which exactly one message, an answer, follows the one with this digest.

    The answered message must not be older than `since`. The last active session comes first.
    """
    return list(connection.scalars(_ANSWERED, {"digest": digest, "owner": user.id, "since": since}))


def ends_with(connection: Connection, session_id: str, idx: int, digest: bytes) -> bool:
    """Return whether a session's transcript, up to and including `idx`, has this digest."""
    return connection.execute(_DIGEST, {"session_id": session_id, "idx": idx}).scalar() == digest


def longest_beginning(connection: Connection, user: CurrentUser, digests: Sequence[bytes]) -> Beginning | None:
    """Return the user's session with the longest shared beginning, or None if none shares the first message."""
    for end in range(len(digests), 0, -_AT_ONCE):
        values = {"digests": digests[max(0, end - _AT_ONCE) : end], "owner": user.id}
        row = connection.execute(_BEGINNING, values).first()
        if row is not None:
            return Beginning(row.session_id, row.idx)
    return None
