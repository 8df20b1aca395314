"""Insertion of new messages into a transcript."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, select

from webapp.database.types import Id
from webapp.errors import NotFound
from webapp.ids import new_id
from webapp.models import Message, MessageFile, SessionMessage, table_of
from webapp.services.files.links import hold_files
from webapp.services.instructions.tails import copy_beginning
from webapp.services.lookups import find_lookups
from webapp.services.transcripts.digests import extend, facts_of, version_of
from webapp.services.transcripts.numbers import take_numbers
from webapp.services.values import TranscriptMessage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from webapp.services.values import NewMessage, SessionRow

_links = table_of(SessionMessage)

#: The fields of a TranscriptMessage that are columns of the message.
COLUMNS = TranscriptMessage._fields[1:-1]

#: Rows per statement, so that a long history needs no more memory than its texts.
_AT_ONCE = 500

_INSERT_MESSAGES = insert(table_of(Message))
_INSERT_LINKS = insert(_links)
_INSERT_FILES = insert(table_of(MessageFile))
_DIGEST = select(_links.c.digest).where(
    _links.c.session_id == bindparam("session_id"), _links.c.idx == bindparam("idx")
)

_LINK = (
    insert(_links)
    .from_select(
        ["session_id", "idx", "message_id", "digest", "digest_version"],
        select(
            bindparam("made_id", type_=Id), _links.c.idx, _links.c.message_id, _links.c.digest, _links.c.digest_version
        ).where(_links.c.session_id == bindparam("source_id"), _links.c.idx <= bindparam("last_idx")),
    )
    .execution_options(preserve_rowcount=True)
)


def link_beginning(connection: Connection, session_id: str, source_id: str, last_idx: int) -> None:
    """Link the messages of another session, up to `last_idx`, to an empty session. No message is copied.

    The instructions before them come with them. The caller has locked the source's row, so its messages
    stay linked. Raises NotFound if the source has fewer messages.
    """
    linked = connection.execute(_LINK, {"made_id": session_id, "source_id": source_id, "last_idx": last_idx})
    if linked.rowcount != last_idx + 1:
        raise NotFound("The original chat has become shorter in the meantime. Nothing was stored. Read it again.")
    copy_beginning(connection, session_id, source_id, last_idx)


def insert_messages(
    connection: Connection,
    session: SessionRow,
    first_idx: int,
    messages: Sequence[NewMessage],
    now: datetime,
    digests: Sequence[bytes] = (),
) -> list[TranscriptMessage]:
    """Insert checked messages and link them from `first_idx` on. The caller has reserved the numbers.

    `digests` are the messages' digests, if the caller knows them.
    """
    inserted = [_transcript_message(first_idx + offset, message, now) for offset, message in enumerate(messages)]
    digests = digests or _digests(connection, session, inserted)
    numbers = take_numbers(connection, [message.create_time for message in inserted])
    lookups = find_lookups(messages)
    for start in range(0, len(inserted), _AT_ONCE):
        few = slice(start, start + _AT_ONCE)
        rows = [_row(*each, session) for each in zip(inserted[few], numbers[few], lookups[few], strict=True)]
        # The full-text index is written fastest in the order of the numbers.
        connection.execute(_INSERT_MESSAGES, sorted(rows, key=itemgetter("seq")))
        connection.execute(
            _INSERT_LINKS, [_link(*pair, session) for pair in zip(inserted[few], digests[few], strict=True)]
        )
    _insert_files(connection, inserted)
    return inserted


def _digests(connection: Connection, session: SessionRow, inserted: Sequence[TranscriptMessage]) -> list[bytes]:
    digest = None
    if inserted[0].idx > 0:
        digest = connection.execute(_DIGEST, {"session_id": session.id, "idx": inserted[0].idx - 1}).scalar_one()
    digests: list[bytes] = []
    for message in inserted:
        digest = extend(digest, message.role, message.content, facts_of(message.files))
        digests.append(digest)
    return digests


def _insert_files(connection: Connection, inserted: Sequence[TranscriptMessage]) -> None:
    rows: list[dict[str, Any]] = [
        {"message_id": message.id, "position": position, "file_id": file.id, "name": file.name}
        for message in inserted
        for position, file in enumerate(message.files)
    ]
    if rows:
        hold_files(connection, (row["file_id"] for row in rows))
        connection.execute(_INSERT_FILES, rows)


def _row(message: TranscriptMessage, seq: int, is_lookup: bool, session: SessionRow) -> dict[str, object]:
    values = {name: getattr(message, name) for name in COLUMNS}
    return values | {"seq": seq, "conversation_id": session.conversation_id, "is_lookup": is_lookup}


def _link(message: TranscriptMessage, digest: bytes, session: SessionRow) -> dict[str, object]:
    place = {"session_id": session.id, "idx": message.idx, "message_id": message.id}
    return place | {"digest": digest, "digest_version": version_of(message)}


def _transcript_message(idx: int, message: NewMessage, now: datetime) -> TranscriptMessage:
    return TranscriptMessage(
        idx=idx,
        id=message.id or new_id(),
        role=message.role,
        content=message.content,
        create_time=message.create_time or now,
        model=message.model,
        finish_reason=message.finish_reason,
        usage=message.usage,
        citations=message.citations,
        reasoning=message.reasoning,
        reasoning_seconds=message.reasoning_seconds,
        made_with=message.made_with,
        files=message.files,
    )
