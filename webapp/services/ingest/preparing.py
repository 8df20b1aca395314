"""Conversations of an export in the form in which they are stored: every message with a time and a digest.

Reading and writing prepare a conversation alike, so that both compare the same.
"""

from __future__ import annotations

import io
from collections import Counter
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, BinaryIO

from webapp.importers import left_out
from webapp.importers.errors import UnreadableUpload
from webapp.importers.records import ImportedFile
from webapp.importers.texts import clean, clean_line, join_blocks, note, plain_notes
from webapp.services.content import NAME_LIMIT, REASON_LIMIT, TITLE_LIMIT
from webapp.services.files.names import clean_name
from webapp.services.ingest.values import Prepared, PreparedFile, PreparedMessage
from webapp.services.transcripts.digests import extend

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from webapp.importers.records import ImportedConversation, ImportedMessage

#: A longer text becomes a file, whole, and a note stands in its place. Longer than any message that was written.
LONGEST_TEXT = 1_000_000
_BLOCK = 256 * 1024


def prepare(
    conversation: ImportedConversation, origin: str, position: int, imported_at: datetime, max_file_bytes: int
) -> Prepared | None:
    """Return the conversation as it will be stored, or None if nothing of it is left.

    A message without a time has that of the nearest earlier one, else of the conversation, else of the import.
    """
    counts = Counter(conversation.left_out)
    messages: list[PreparedMessage] = []
    digest: bytes | None = None
    known = conversation.create_time or conversation.update_time
    before = min(known or _first_time(conversation.messages) or imported_at, imported_at)
    for message in conversation.messages:
        prepared = _prepare(message, digest, before, conversation.model, max_file_bytes, counts)
        if prepared is None:
            continue
        messages.append(prepared)
        digest, before = prepared.digest, prepared.create_time
    if not messages or digest is None:
        return None
    is_dated = bool(known or _first_time(conversation.messages))
    began = min(known or messages[0].create_time, imported_at)
    ended = max(message.create_time for message in messages) if is_dated else imported_at
    return Prepared(
        position=position,
        place=clean_line(conversation.place, 300),
        origin=origin,
        external_id=clean(conversation.external_id)[:300] or f"content:{digest.hex()}",
        title=clean_line(conversation.title, TITLE_LIMIT),
        messages=messages,
        created_at=min(began, messages[0].create_time, imported_at),
        last_activity_at=min(ended, imported_at),
        is_dated=is_dated,
        tags=tuple(dict.fromkeys(filter(None, (clean_line(tag, 60) for tag in conversation.tags)))),
        pinned=conversation.pinned,
        archived=conversation.archived,
        left_out=counts,
    )


def _first_time(messages: Sequence[ImportedMessage]) -> datetime | None:
    return next((message.create_time for message in messages if message.create_time), None)


def _prepare(
    message: ImportedMessage,
    digest: bytes | None,
    before: datetime,
    model: str | None,
    max_file_bytes: int,
    counts: Counter[str],
) -> PreparedMessage | None:
    message = _without_long_text(message)
    files, notes = _files(message.files, max_file_bytes, counts)
    content = join_blocks([clean(message.content), *notes])
    if message.role == "user":
        content = plain_notes(content)
    if not content.strip() and not files:
        counts[left_out.EMPTY] += 1
        return None
    is_answer = message.role == "assistant"
    reasoning = clean(message.reasoning) if is_answer else ""
    named = clean_line(message.model or model, NAME_LIMIT) if is_answer else ""
    return PreparedMessage(
        role=message.role,
        content=content,
        create_time=message.create_time or before,
        digest=extend(digest, message.role, content, [(file.sha256, file.name) for file in files]),
        model=named or None,
        finish_reason=clean_line(message.finish_reason, REASON_LIMIT) or None if is_answer else None,
        reasoning=reasoning if reasoning.strip() else None,
        reasoning_seconds=_seconds(message.reasoning_seconds) if reasoning.strip() else None,
        files=files,
    )


def _seconds(value: float | None) -> float | None:
    return value if value is not None and 0 <= value < 1e7 else None


def _without_long_text(message: ImportedMessage) -> ImportedMessage:
    if len(message.content) <= LONGEST_TEXT:
        return message
    data = clean(message.content).encode()
    file = ImportedFile(name="message.md", open=lambda: io.BytesIO(data), size=len(data))
    said = note(f"This message has {len(message.content):,} characters. It is in the file message.md")
    return replace(message, content=said, files=(*message.files, file))


def _files(
    files: Sequence[ImportedFile], max_file_bytes: int, counts: Counter[str]
) -> tuple[list[PreparedFile], list[str]]:
    """Return the files that can be stored, and the notes for the others."""
    found: list[PreparedFile] = []
    notes: list[str] = []
    for file in files:
        name = clean_name(file.name)
        try:
            hashed = _hash(file.open, max_file_bytes)
        except (UnreadableUpload, OSError):
            counts[left_out.MISSING_FILE] += 1
            notes.append(note(f"file: {name}, damaged in the export"))
            continue
        if hashed is None:
            counts[left_out.MISSING_FILE] += 1
            notes.append(note(f"file: {name}, larger than {max_file_bytes // 1_000_000:,} MB, not imported"))
        else:
            found.append(PreparedFile(name, *hashed, file.open))
    return found, notes


def _hash(open_file: Callable[[], BinaryIO], limit: int) -> tuple[bytes, int] | None:
    """Return the SHA-256 of the bytes and their number, or None if there are more than the limit."""
    digest, size = sha256(), 0
    for block in _blocks(open_file):
        size += len(block)
        if size > limit:
            return None
        digest.update(block)
    return digest.digest(), size


def _blocks(open_file: Callable[[], BinaryIO]) -> Iterator[bytes]:
    with open_file() as stream:
        while block := stream.read(_BLOCK):
            yield block
