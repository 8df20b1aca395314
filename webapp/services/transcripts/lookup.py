"""Finding chat sessions by what was said in them, through the digests of their transcripts: looked up, never read."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, select

from webapp.models import ChatSession, Message, SessionMessage, table_of
from webapp.services.transcripts.digests import extend

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

#: Sessions with the same transcript that are looked at, and digests that are looked up by one query.
_MOST, _AT_ONCE = 10, 500

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
    .limit(_MOST)
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
    .limit(_MOST)
)


class Beginning(NamedTuple):
    """A session whose transcript, up to and including `idx`, is how a history begins."""

    session_id: str
    idx: int


def digests_of(messages: Iterable[NewMessage]) -> list[bytes]:
    """Return the digest of every place of a transcript of these messages."""
    digests: list[bytes] = []
    for message in messages:
        digests.append(extend(digests[-1] if digests else None, message.role, message.content))
    return digests


def sessions_holding(connection: Connection, user: CurrentUser, digest: bytes) -> list[str]:
    """Return the user's sessions whose whole transcript has this digest, the last active first. No archived one."""
    return list(connection.scalars(_HOLDING, {"digest": digest, "owner": user.id}))


def sessions_answering(connection: Connection, user: CurrentUser, digest: bytes, since: datetime) -> list[str]:
    """Return the user's sessions in which exactly one message, an answer, follows what has this digest.

    What was answered must have been asked no earlier than `since`. The last active first.
    """
    return list(connection.scalars(_ANSWERED, {"digest": digest, "owner": user.id, "since": since}))


def ends_with(connection: Connection, session_id: str, idx: int, digest: bytes) -> bool:
    """Say whether a session's transcript, up to and including `idx`, has this digest."""
    return connection.execute(_DIGEST, {"session_id": session_id, "idx": idx}).scalar() == digest


def longest_beginning(connection: Connection, user: CurrentUser, digests: Sequence[bytes]) -> Beginning | None:
    """Return the session of the user's that shares most with a history, None if none shares its first message."""
    for end in range(len(digests), 0, -_AT_ONCE):
        values = {"digests": digests[max(0, end - _AT_ONCE) : end], "owner": user.id}
        row = connection.execute(_BEGINNING, values).first()
        if row is not None:
            return Beginning(row.session_id, row.idx)
    return None
