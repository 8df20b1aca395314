"""The parts of messages in the tables of 0.36."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from webapp.importers import left_out, texts, untrusted
from webapp.importers.llm.attachments import attachment_ids, fragment_text, payload_attachment

if TYPE_CHECKING:
    from datetime import datetime

    from webapp.importers.agents.turns import Turns
    from webapp.importers.llm.attachments import Attachments
    from webapp.importers.llm.database import Database
    from webapp.importers.records import ImportedFile

_COLUMNS = "id type tool_name text payload"


class PartReader:
    """Adds messages to turns."""

    def __init__(self, database: Database, attachments: Attachments, turns: Turns) -> None:
        self._database = database
        self._attachments = attachments
        self._turns = turns

    def add(self, message: str, role: str, time: datetime | None, model: str | None) -> None:
        """Add the message with this hash."""
        blocks: list[str] = []
        files: list[ImportedFile] = []
        tools: list[tuple[str, str]] = []
        rows = self._database.rows("parts", _COLUMNS, "WHERE message_hash = ? ORDER BY position", (message,))
        for part_id, kind, tool, text, payload in list(rows):
            value = _decoded(payload)
            if kind == "tool_call":
                tools.append((texts.clean(tool) or "tool", _call_id(value)))
            elif kind == "tool_result":
                self._turns.end_tool(_call_id(value), has_failed=bool(_deep(value, "exception")))
            elif kind == "reasoning":
                self._reasoning(self._text(text, value))
            elif kind == "attachment":
                blocks += self._attached(part_id, value, files)
            else:
                blocks.append(self._words(texts.clean(kind), text, value))
        self._say(role, texts.join_blocks(blocks), time, model, files)
        for name, call_id in tools:
            self._turns.use_tool(name, call_id)

    def _attached(self, part_id: Any, payload: Any, files: list[ImportedFile]) -> list[str]:
        ids = attachment_ids(self._database, "part_attachments", "part_id", part_id)
        found, notes = self._attachments.find(ids or [payload_attachment(payload)], self._turns.left_out)
        files += found
        return notes

    def _say(self, role: str, text: str, time: datetime | None, model: str | None, files: list[ImportedFile]) -> None:
        if role == "user" and (text or files):
            self._turns.prompt(text, time, None, files)
        elif role == "assistant":
            self._turns.answer(text, time, None, model, files=files)

    def _reasoning(self, text: str) -> None:
        if text:
            self._turns.think(text)
        else:
            self._turns.left_out[left_out.SEALED_REASONING] += 1

    def _words(self, kind: str, text: Any, payload: Any) -> str:
        words = self._text(text, payload)
        if words or kind == "text":
            return words
        self._turns.left_out[left_out.UNKNOWN_PART] += 1
        return texts.note(f"part of an unknown kind: {kind or 'without a name'}")

    def _text(self, text: Any, payload: Any) -> str:
        """Return a text; in place of one that is put together, its fragments and words."""
        if isinstance(text, str):
            return texts.clean(text)
        pieces = []
        for piece in untrusted.items(payload, "text_ref"):
            fragment = untrusted.at(piece, "fragment")
            pieces.append(untrusted.text(piece, "literal") or fragment_text(self._database, fragment))
        return "".join(pieces)


def _decoded(payload: Any) -> Any:
    try:
        return json.loads(payload) if isinstance(payload, str) else None
    except (ValueError, RecursionError):
        return None


def _call_id(payload: Any) -> str:
    return texts.clean(_deep(payload, "tool_call_id"))


def _deep(payload: Any, key: str) -> Any:
    """Return a value of the payload, or of the object in it that says what kind of part it is."""
    for holder in (payload, *untrusted.mapping(payload).values()):
        if isinstance(holder, dict) and holder.get(key):
            return holder[key]
    return None
