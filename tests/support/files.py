"""Files, and messages that have some."""

from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING

from webapp.database.transaction import writing
from webapp.services.files.spooling import spool_file
from webapp.services.files.storing import store_files
from webapp.services.transcripts.appending import insert_turn
from webapp.services.values import NewMessage

if TYPE_CHECKING:
    from webapp.services.users import CurrentUser
    from webapp.services.values import StoredFile, Turn


def png(width: int = 4, height: int = 3, extra: bytes = b"") -> bytes:
    """A whole picture in one colour. `extra` goes into a text chunk."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + b"\x2e\x7d\x6b" * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    note = chunk(b"tEXt", b"Comment\0" + extra) if extra else b""
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + note + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    )


def store(user: CurrentUser, connection, *files: tuple[str, bytes]) -> tuple[StoredFile, ...]:
    spooled = [spool_file(io.BytesIO(data), name) for name, data in files]
    try:
        return tuple(store_files(connection, user, spooled))
    finally:
        for file in spooled:
            file.close()


def say_with(
    user: CurrentUser, session_id: str, question: str, *files: tuple[str, bytes], answer: str = "Seen.", made=()
) -> Turn:
    """Append a turn whose question has files, given as name and bytes. `made` are those of the answer."""
    with writing() as connection:
        stored = store(user, connection, *files, *made)
        return insert_turn(
            connection,
            user,
            session_id,
            NewMessage(content=question, files=stored[: len(files)]),
            NewMessage(content=answer, files=stored[len(files) :]),
        )
