"""Struck messages in the histories that clients name: their places are known by the digests from before the strike."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, select

from webapp.models import Message, SessionMessage, table_of
from webapp.services.content import BLANK
from webapp.services.files.notes import with_file_notes
from webapp.services.transcripts.digests import extend, facts_of
from webapp.services.values import StruckPlace

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from webapp.services.values import NewMessage

_messages = table_of(Message)
_links = table_of(SessionMessage)
_previous = _links.alias("previous")

_AT_ONCE = 500
# All links of a message have the same digest, because they share the transcript before it.
_PLACES = (
    select(_messages.c.id, _messages.c.struck_at, _previous.c.digest.label("before"), _messages.c.struck_digest)
    .join_from(_messages, _links, _links.c.message_id == _messages.c.id)
    .outerjoin(_previous, and_(_previous.c.session_id == _links.c.session_id, _previous.c.idx == _links.c.idx - 1))
    .where(_messages.c.id.in_(bindparam("ids", expanding=True)), _messages.c.struck_at.is_not(None))
    .distinct()
)


def struck_places(connection: Connection, message_ids: Sequence[str]) -> dict[str, StruckPlace]:
    """Return the places of those messages that are struck, by their ids. The caller has found them to be its user's."""
    places = {}
    for start in range(0, len(message_ids), _AT_ONCE):
        for row in connection.execute(_PLACES, {"ids": message_ids[start : start + _AT_ONCE]}):
            places[row.id] = StruckPlace(row.struck_at, row.before, row.struck_digest)
    return places


def stands_after(before: bytes | None, message: NewMessage) -> bool:
    """Say whether a message of a history is one of the transcript: it has a text or a file, or had a text just here."""
    return bool(message.content.strip(BLANK) or message.files) or (
        message.struck is not None and message.struck.before == before
    )


def digest_after(before: bytes | None, message: NewMessage) -> bytes:
    """Return the digest of a history after one more message. A struck one has that of its text, in its place."""
    if message.struck is not None and message.struck.before == before:
        return message.struck.digest
    return extend(before, message.role, message.content, facts_of(message.files))


def as_said(message: NewMessage) -> NewMessage:
    """Return a message as an assistant gets it."""
    if message.struck:
        return replace(message, content=removal_note(message.struck.struck_at))
    return replace(message, content=with_file_notes(message.content, message.files))


def removal_note(struck_at: datetime) -> str:
    """Return what an assistant gets in place of a struck text, which keeps the alternation."""
    return f"[This message was removed on {struck_at:%Y-%m-%d}.]"
