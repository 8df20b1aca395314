"""Checks of transcripts: no gap, nothing lost, changed or moved, and no other user's messages."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import null, select

from webapp.models import ChatSession, Conversation, Message, SessionMessage, User, table_of
from webapp.services.files.links import files_of
from webapp.services.lookups import ARCHIVIST
from webapp.services.titles import fold
from webapp.services.transcripts.digests import WITH_FILES, extend, facts_of
from webapp.services.verification.values import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Row

    from webapp.services.verification.values import SnapshotReader

_sessions = table_of(ChatSession)
_sources = _sessions.alias("sources")
_conversations = table_of(Conversation)
_messages = table_of(Message)
_links = table_of(SessionMessage)
_users = table_of(User)

_SESSIONS = (
    select(
        _sessions,
        _users.c.id.label("found_owner"),
        _conversations.c.id.label("found_conversation"),
        _conversations.c.owner_id.label("conversation_owner"),
        _sources.c.id.label("found_source"),
    )
    .outerjoin_from(_sessions, _users, _users.c.id == _sessions.c.owner_id)
    .outerjoin(_conversations, _conversations.c.id == _sessions.c.conversation_id)
    .outerjoin(_sources, _sources.c.id == _sessions.c.forked_from_id)
)
_PLACES = (
    select(
        _links,
        _messages.c.id.label("found_message"),
        _messages.c.role,
        _messages.c.struck_at,
        _messages.c.struck_digest,
        _messages.c.model,
        _messages.c.is_lookup,
        _conversations.c.owner_id.label("message_owner"),
    )
    .outerjoin_from(_links, _messages, _messages.c.id == _links.c.message_id)
    .outerjoin(_conversations, _conversations.c.id == _messages.c.conversation_id)
)


def check(reader: SnapshotReader) -> Iterator[Finding]:
    """Walk all chat sessions and all links side by side, both ordered by session id."""
    content = null() if reader.is_quick else _messages.c.content
    statement = _PLACES.add_columns(content.label("content"))
    groups = groupby(reader.rows(statement, _links.c.session_id, _links.c.idx), key=lambda row: str(row.session_id))
    group = next(groups, None)
    for session in reader.rows(_SESSIONS, _sessions.c.id):
        reader.counts.chats += 1
        while group and group[0] < session.id:
            yield _without_session(group)
            group = next(groups, None)
        yield from _check_session(session)
        if group and group[0] == session.id:
            yield from _check_places(reader, session, group[1])
            group = next(groups, None)
        else:
            yield from _check_places(reader, session, ())
    while group:
        yield _without_session(group)
        group = next(groups, None)


def _without_session(group: tuple[str, Iterable[Any]]) -> Finding:
    places = sum(1 for _ in group[1])
    return Finding("no-chat", f"chat {group[0]}", f"It is not there, and {places} places of its transcript are.")


def _check_session(session: Row[Any]) -> Iterator[Finding]:
    where = f"chat {session.id}"
    if session.found_owner is None:
        yield Finding("no-owner", where, "Its owner is missing, so no account sees it.")
    if session.found_conversation is None:
        yield Finding("no-conversation", where, "Its conversation is not there: nothing can be appended to it.")
    elif session.conversation_owner != session.owner_id:
        yield Finding("wrong-owner", where, "Its conversation belongs to somebody else.")
    if session.title_folded != fold(session.title):
        yield Finding("title", where, "The form of its title that is searched does not fit its title.")
    if session.forked_from_id is not None and session.found_source is None:
        yield Finding("no-source", where, "It is called a fork of a chat that is not there.")
    if session.forked_from_id is not None and not -1 <= (session.forked_at_idx or 0) < max(1, session.message_count):
        yield Finding("fork-place", where, "The place where it left its source lies beyond its end.")


def _check_places(reader: SnapshotReader, session: Row[Any], places: Iterable[Row[Any]]) -> Iterator[Finding]:
    expected, before, is_comparable = 0, None, True
    answers: set[bool] = set()
    for place in places:
        reader.counts.places += 1
        where = f"chat {session.id}, message {place.idx}"
        if place.idx != expected:
            yield Finding("gap", where, f"It should be number {expected}: the numbers between are missing.")
            is_comparable = False
        if place.found_message is None:
            yield Finding("lost", where, f"Its message {place.message_id} is not there.")
        else:
            if place.message_owner not in (None, session.owner_id):
                yield Finding("wrong-owner", where, "The message belongs to somebody else's conversation.")
            yield from _check_marks(place, where)
            answers |= {place.model == ARCHIVIST} if place.role == "assistant" else set()
            if is_comparable and not reader.is_quick and digest_after(reader, before, place) != place.digest:
                yield Finding("digest", where, "It is not what was kept there: a message was changed, moved or lost.")
        # Continue from the stored values, so that one damage is reported once.
        expected, before, is_comparable = place.idx + 1, place.digest, True
    if expected != session.message_count:
        yield Finding("count", f"chat {session.id}", f"It counts {session.message_count} messages and has {expected}.")
    if not session.in_days and answers != {True}:
        yield Finding("group", f"chat {session.id}", "It is listed as one with the archivist alone and is not.")


def _check_marks(place: Row[Any], where: str) -> Iterator[Finding]:
    if place.is_lookup and place.role == "assistant" and place.model != ARCHIVIST:
        yield Finding("lookup", where, "It is marked as an answer of the archivist and is somebody else's.")
    if not place.is_lookup and place.role == "assistant" and place.model == ARCHIVIST:
        yield Finding("lookup", where, "It is an answer of the archivist and is not marked as one.")
    if place.struck_at is not None and place.content:
        yield Finding("struck", where, "Its text was removed, and there is a text again.")


def digest_after(reader: SnapshotReader, before: bytes | None, place: Row[Any]) -> bytes | None:
    """Return the digest that the place must have. A struck message has stored it, because its text is gone."""
    if place.struck_at is not None:
        return cast("bytes | None", place.struck_digest)
    files = files_of(reader.connection(), [place.message_id]) if place.digest_version == WITH_FILES else {}
    return extend(before, place.role, place.content, facts_of(files.get(str(place.message_id), ())))
