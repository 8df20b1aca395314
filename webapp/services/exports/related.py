"""All rows of an export that belong to chats, or to parts of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.services.exports.row_reading import Row
    from webapp.services.exports.unpacked import Part, Unpacked


def related_rows(unpacked: Unpacked, parts: Sequence[Part]) -> dict[str, list[Row]]:
    """Return the rows by table. What belongs to a chat as a whole comes with its last part."""
    rows: dict[str, list[Row]] = {}
    rows["sessions"] = unpacked.among("sessions", "id", [part.session_id for part in parts])
    rows["session_messages"] = [link for part in parts for link in unpacked.links(part)]
    whole = [part.session_id for part in parts if part.is_last]
    for name in ("session_tags", "instructions", "replacements", "live_turns"):
        rows[name] = unpacked.among(name, "session_id", whole)
    replaced = _values(rows["replacements"], "id")
    for name in ("kept_messages", "kept_instructions"):
        rows[name] = unpacked.among(name, "replacement_id", replaced)
    held = _values([*rows["session_messages"], *rows["kept_messages"]], "message_id")
    rows["messages"] = unpacked.among("messages", "id", held)
    for name in ("message_files", "left_answers"):
        rows[name] = unpacked.among(name, "message_id", held)
    for name, column, of in (
        ("conversations", "conversation_id", ("messages", "sessions")),
        ("instruction_texts", "text_id", ("instructions", "kept_instructions")),
        ("tags", "tag_id", ("session_tags",)),
        ("files", "file_id", ("message_files",)),
    ):
        rows[name] = unpacked.among(name, "id", [value for each in of for value in _values(rows[each], column)])
    return rows | {"ingest_runs": [], "ingest_conversations": []}


def _values(rows: Sequence[Row], column: str) -> list[str]:
    return [row[column] for row in rows if row.get(column) is not None]
