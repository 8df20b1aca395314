"""Checks of what edits and new answers replaced: every message is there, in its place and unchanged."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from sqlalchemy import null, select

from webapp.models import ChatSession as ChatSessionModel
from webapp.models import Conversation, KeptMessage, Message, Replacement, table_of
from webapp.services.verification.transcripts import digest_after
from webapp.services.verification.values import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Row

    from webapp.services.verification.values import SnapshotReader

_kept = table_of(KeptMessage)
_replacements = table_of(Replacement)
_sessions = table_of(ChatSessionModel)
_messages = table_of(Message)
_conversations = table_of(Conversation)

_PLACES = (
    select(
        _kept,
        _replacements.c.first_idx,
        _replacements.c.base_digest,
        _replacements.c.kept_count,
        _sessions.c.owner_id,
        _messages.c.role,
        _messages.c.seq.label("message_seq"),
        _messages.c.struck_at,
        _messages.c.struck_digest,
        _conversations.c.owner_id.label("message_owner"),
    )
    .outerjoin_from(_kept, _replacements, _replacements.c.id == _kept.c.replacement_id)
    .outerjoin(_sessions, _sessions.c.id == _replacements.c.session_id)
    .outerjoin(_messages, _messages.c.id == _kept.c.message_id)
    .outerjoin(_conversations, _conversations.c.id == _messages.c.conversation_id)
)


def check(reader: SnapshotReader) -> Iterator[Finding]:
    """Find replaced messages that an undo could not put back as they were."""
    statement = _PLACES.add_columns((null() if reader.is_quick else _messages.c.content).label("content"))
    rows = reader.rows(statement, _kept.c.replacement_id, _kept.c.idx)
    for id_, places in groupby(rows, key=lambda row: str(row.replacement_id)):
        wrong = _first_wrong(reader, list(places))
        if wrong is not None:
            yield Finding("replaced", f"replacement {id_}", wrong)


def _first_wrong(reader: SnapshotReader, places: list[Row[Any]]) -> str | None:
    before, first = places[0].base_digest, places[0].first_idx
    if [place.idx for place in places] != list(range(first, first + len(places))):
        return "Numbers are missing between the messages that it replaced."
    if len(places) != places[0].kept_count:
        return f"It replaced {places[0].kept_count} messages, and {len(places)} are kept."
    for place in places:
        # Chats and conversations that are not there are findings of their own.
        is_foreign = None not in (place.owner_id, place.message_owner) and place.message_owner != place.owner_id
        if place.message_seq != place.seq or is_foreign:
            return f"The message at {place.idx} is not there, or is somebody else's."
        if not reader.is_quick and digest_after(reader, before, place) != place.digest:
            return f"The message at {place.idx} is not what it replaced."
        before = place.digest
    return None
