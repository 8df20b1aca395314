"""Histories of clients that left an answer before its end: they have only the part that they read, or nothing of it.

The kept answer takes the place of its part, so that the history is the transcript's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import and_, bindparam, select

from webapp.models import ChatSession, Message, SessionMessage, table_of
from webapp.services.content import BLANK
from webapp.services.live.listeners import left_answers
from webapp.services.transcripts.lookup import longest_beginning
from webapp.services.transcripts.struck import digest_after, stands_after
from webapp.services.values import NewMessage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from webapp.services.live.system_messages import SystemMessage
    from webapp.services.users import CurrentUser

_sessions = table_of(ChatSession)
_messages = table_of(Message)
_answers = table_of(SessionMessage)
_questions = _answers.alias("questions")

_AT_ONCE = 500

_LEFT_AFTER = (
    select(_questions.c.digest.label("before"), _answers.c.digest, _messages.c.content)
    .join_from(
        _questions,
        _answers,
        and_(_answers.c.session_id == _questions.c.session_id, _answers.c.idx == _questions.c.idx + 1),
    )
    .join(left_answers, left_answers.c.message_id == _answers.c.message_id)
    .join(_messages, _messages.c.id == _answers.c.message_id)
    .join(_sessions, _sessions.c.id == _answers.c.session_id)
    .where(_questions.c.digest.in_(bindparam("digests", expanding=True)), _sessions.c.owner_id == bindparam("owner"))
    .order_by(_sessions.c.last_activity_at.desc(), _sessions.c.id.desc())
)


class Told(NamedTuple):
    """A history as a client has it: also with empty answers, and the system messages between them."""

    history: tuple[NewMessage, ...]
    system: tuple[SystemMessage, ...] = ()


class _Left(NamedTuple):
    digest: bytes
    content: str


def is_part(part: str, whole: str) -> bool:
    """Return whether a client that read the beginning of `whole` has `part`. Clients strip what they store."""
    return whole.lstrip().startswith(part.strip()) and part.strip() != whole.strip()


def as_kept(connection: Connection, user: CurrentUser, told: Told) -> Told:
    """Return the history with the kept answers in place of their parts, and without other empty answers.

    The system messages keep their neighbours.
    """
    kept: list[NewMessage] = []
    places = {0: 0}
    left = _left_answers(connection, user, None, told.history)
    digest: bytes | None = None
    for place, message in enumerate(told.history, 1):
        following = told.history[place : place + 1]
        whole = _whole(connection, user, left.get(digest, ()), message, following) if digest else None
        if whole is not None:
            kept.append(NewMessage(role="assistant", content=whole.content))
            digest = whole.digest
            left = _left_answers(connection, user, digest, told.history[place:])
        elif stands_after(digest, message):
            kept.append(message)
            digest = digest_after(digest, message)
        places[place] = len(kept)
    return Told(tuple(kept), _moved(told.system, places))


def without_blanks(told: Told) -> Told:
    """Return the history without empty messages."""
    kept: list[NewMessage] = []
    places = {0: 0}
    for place, message in enumerate(told.history, 1):
        kept += [message] if message.content.strip(BLANK) or message.files else []
        places[place] = len(kept)
    return Told(tuple(kept), _moved(told.system, places))


def _moved(system: Sequence[SystemMessage], places: Mapping[int, int]) -> tuple[SystemMessage, ...]:
    return tuple(each if each.position is None else each._replace(position=places[each.position]) for each in system)


def _left_answers(
    connection: Connection, user: CurrentUser, digest: bytes | None, messages: Sequence[NewMessage]
) -> dict[bytes | None, list[_Left]]:
    """Return the left answers after each message, by its digest. `digest` is that of the messages before."""
    digests = [] if digest is None else [digest]
    for message in messages:
        if stands_after(digest, message):
            digest = digest_after(digest, message)
            digests.append(digest)
    found: dict[bytes | None, list[_Left]] = {}
    for start in range(0, len(digests), _AT_ONCE):
        values = {"digests": digests[start : start + _AT_ONCE], "owner": user.id}
        for row in connection.execute(_LEFT_AFTER, values):
            found.setdefault(row.before, []).append(_Left(row.digest, row.content))
    return found


def _whole(
    connection: Connection,
    user: CurrentUser,
    left: Sequence[_Left],
    message: NewMessage,
    following: Sequence[NewMessage],
) -> _Left | None:
    """Return the left answer of which a client has this part, None if there is none.

    Of several it is one after which the following message was kept, else that of the last active session.
    """
    if message.role != "assistant" or message.struck:
        return None
    fitting = [each for each in left if is_part(message.content, each.content)]
    if len(fitting) > 1 and following:
        nexts = [digest_after(each.digest, following[0]) for each in fitting]
        held = (
            each for each, digest in zip(fitting, nexts, strict=True) if longest_beginning(connection, user, [digest])
        )
        return next(held, fitting[0])
    return fitting[0] if fitting else None
