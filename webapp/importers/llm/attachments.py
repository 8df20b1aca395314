"""The attachments and fragments of prompts."""

from __future__ import annotations

import io
import sqlite3
from typing import TYPE_CHECKING, Any

from webapp.importers import left_out, texts, untrusted
from webapp.importers.errors import UnreadableUpload
from webapp.importers.records import ImportedFile

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterable
    from typing import BinaryIO

    from webapp.importers.llm.database import Database, DatabaseCopy

_ENDINGS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp", "image/gif": "gif", "application/pdf": "pdf"}


class Attachments:
    """Finds attachments by id, and knows which ones a chat used."""

    def __init__(self, copy: DatabaseCopy, database: Database) -> None:
        self._copy = copy
        self._database = database
        self.used: set[str] = set()

    def find(self, ids: Iterable[Any], counts: Counter[str]) -> tuple[list[ImportedFile], list[str]]:
        """Return the files, and the notes for those without bytes."""
        files: list[ImportedFile] = []
        notes: list[str] = []
        for attachment_id in dict.fromkeys(texts.clean(one) for one in ids):
            self.used.add(attachment_id)
            found = list(self._database.rows("attachments", "type path url", "WHERE id = ?", (attachment_id,)))
            kind, path, url = (texts.clean(value) for value in (found[0] if found else ("", "", "")))
            size = self._database.size_of("attachments", "content", attachment_id)
            if size:
                files.append(self._file(attachment_id, kind, path or url, size))
            else:
                counts[left_out.MISSING_FILE] += 1
                word = kind.partition("/")[0]
                name = texts.file_name(path, "") or url
                notes.append(texts.missing_file(name, word if word in ("image", "video") else "file"))
        return files, notes

    def unused(self) -> int:
        """Return the number of attachments that no chat used so far."""
        return sum(texts.clean(row[0]) not in self.used for row in self._database.rows("attachments", "id"))

    def _file(self, attachment_id: str, kind: str, path: str, size: int) -> ImportedFile:
        word = kind.partition("/")[0] if kind.startswith(("image/", "audio/", "video/")) else "file"
        ending = _ENDINGS.get(kind)
        name = f"{word}.{ending}" if ending else word
        copy = self._copy
        return ImportedFile(name=texts.file_name(path, name), open=lambda: _open(copy, attachment_id), size=size)


def _open(copy: DatabaseCopy, attachment_id: str) -> BinaryIO:
    try:
        with copy.connect() as database:
            for (content,) in database.rows("attachments", "content", "WHERE id = ?", (attachment_id,)):
                return io.BytesIO(content if isinstance(content, bytes) else texts.clean(content).encode())
    except sqlite3.Error:
        pass
    raise UnreadableUpload("An attachment in the database is damaged.")


def fragment_texts(database: Database, table: str, column: str, owner: Any) -> list[str]:
    """Return the fragments of a prompt in their order."""
    if not (database.has(table, column, "fragment_id", "order") and database.has("fragments", "id", "content")):
        return []
    ids = [row[0] for row in database.rows(table, "fragment_id", f'WHERE "{column}" = ? ORDER BY "order"', (owner,))]
    return [text for one in ids if (text := fragment_text(database, one))]


def fragment_text(database: Database, fragment_id: Any) -> str:
    if not isinstance(fragment_id, int | str):
        return ""
    found = list(database.rows("fragments", "content", "WHERE id = ?", (fragment_id,)))
    return texts.clean(found[0][0]) if found else ""


def attachment_ids(database: Database, table: str, column: str, owner: Any) -> list[Any]:
    """Return the ids of the attachments of a prompt in their order."""
    if not database.has(table, column, "attachment_id", "order"):
        return []
    return [row[0] for row in database.rows(table, "attachment_id", f'WHERE "{column}" = ? ORDER BY "order"', (owner,))]


def payload_attachment(payload: Any) -> str:
    return untrusted.text(payload, "attachment", "id")
