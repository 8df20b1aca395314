"""A session of Gemini CLI, as the person saw it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webapp.importers import left_out, texts, untrusted
from webapp.importers.agents.inline_files import inline_file
from webapp.importers.agents.turns import Turns
from webapp.importers.gemini_cli.state import TYPES
from webapp.importers.times import parse_time

if TYPE_CHECKING:
    from webapp.importers.agents.sessions import Facts
    from webapp.importers.records import ImportedFile

_ADDED, _END = "--- Content from referenced files ---", "--- End of content ---"
_UNFINISHED = ("scheduled", "validating", "executing", "awaiting_approval", "pending")


class Session:
    """Reads messages into turns."""

    def __init__(self, facts: Facts) -> None:
        self.turns = Turns()
        self._facts = facts
        self._files = 0

    def add(self, message: Any) -> None:
        kind = untrusted.text(message, "type")
        if kind in ("user", "gemini"):
            self._message(message, kind)
        elif kind in TYPES:
            text, _ = self._content(message)
            self.turns.note(texts.note(f"{kind}: {text}" if kind != "info" else text))
        else:
            self.turns.left_out[left_out.UNKNOWN_PART] += 1
            self.turns.note(texts.note(f"part of an unknown kind: {kind or 'without a name'}"))

    def _message(self, message: Any, kind: str) -> None:
        time = parse_time(message.get("timestamp"))
        self._facts.saw(time)
        text, files = self._content(message)
        external_id = untrusted.name(message, "id") or None
        if kind == "user":
            self.turns.prompt(text, time, external_id, files)
            return
        for thought in untrusted.items(message, "thoughts"):
            parts = [untrusted.text(thought, "subject"), untrusted.text(thought, "description")]
            self.turns.think("\n\n".join(filter(None, parts)))
        model = texts.clean_line(message.get("model")) or None
        self.turns.answer(text, time, external_id, model, files=files)
        for call in untrusted.items(message, "toolCalls"):
            self._tool(call)

    def _tool(self, call: Any) -> None:
        use = self.turns.use_tool(untrusted.name(call, "displayName") or untrusted.name(call, "name") or "tool")
        status = untrusted.text(call, "status")
        is_open = status in _UNFINISHED or (not status and not untrusted.at(call, "result"))
        use.has_failed = None if is_open else status in ("error", "cancelled")

    def _content(self, message: Any) -> tuple[str, list[ImportedFile]]:
        content = untrusted.at(message, "displayContent") or untrusted.at(message, "content")
        if isinstance(content, str):
            return texts.clean(content), []
        files: list[ImportedFile] = []
        parts = _typed(content) if isinstance(content, list) else [content]
        return texts.join_blocks([self._part(part, files) for part in parts]), files

    def _part(self, part: Any, files: list[ImportedFile]) -> str:
        if isinstance(part, str):
            return texts.clean(part)
        if untrusted.at(part, "thought") is True:
            self.turns.think(untrusted.text(part, "text"))
            return ""
        if "text" in untrusted.mapping(part):
            return untrusted.text(part, "text")
        return self._file(part, files)

    def _file(self, part: Any, files: list[ImportedFile]) -> str:
        data = untrusted.mapping(part, "inlineData")
        kind = untrusted.text(data, "mimeType") or untrusted.text(part, "fileData", "mimeType")
        file = inline_file(untrusted.text(data, "data"), kind, self._files + 1)
        if file is not None:
            self._files += 1
            files.append(file)
            return ""
        if data or "fileData" in untrusted.mapping(part):
            self.turns.left_out[left_out.MISSING_FILE] += 1
            name = texts.file_name(untrusted.text(part, "fileData", "fileUri"), "")
            return texts.missing_file(name, "image" if kind.startswith("image/") else "file")
        keys = untrusted.mapping(part)
        if not keys or "functionCall" in keys or "functionResponse" in keys:
            return ""
        self.turns.left_out[left_out.UNKNOWN_PART] += 1
        return texts.note(f"part of an unknown kind: {', '.join(map(str, keys))}")


def _typed(parts: list[Any]) -> list[Any]:
    """Return the parts without the contents of files that a prompt names, which the program adds."""
    found: list[Any] = []
    is_added = False
    for part in parts:
        text = untrusted.text(part, "text").strip()
        if text.startswith(_ADDED):
            is_added = True
        elif text.startswith(_END):
            is_added = False
        elif not is_added:
            found.append(part)
    return found
