"""The content of prompts and answers: a text, or blocks as in Anthropic's API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webapp.importers import left_out, texts, untrusted
from webapp.importers.agents.inline_files import inline_file
from webapp.importers.claude_code.wrappers import unwrap

if TYPE_CHECKING:
    from webapp.importers.agents.turns import Turns
    from webapp.importers.claude_code.records import Entry
    from webapp.importers.records import ImportedFile

_SYNTHETIC = "<synthetic>"
#: What the program writes where the model said nothing.
_SILENT = ("No response requested.", "(no content)")
#: Blocks that are no part of what was said.
_NOTHING = ("tool_reference", "container_upload")


def prompt_words(content: Any) -> str:
    """Return the words of a prompt, without the program's."""
    if isinstance(content, str):
        return unwrap(texts.clean(content)).words
    blocks = content if isinstance(content, list) else []
    return "\n\n".join(
        unwrap(untrusted.text(block, "text")).words for block in blocks if untrusted.text(block, "type") == "text"
    )


class PromptReader:
    """Adds the prompts of a session to its turns, and the results of its tools."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._files = 0

    def add(self, entry: Entry) -> None:
        self.end_tools(entry.content)
        self.add_content(entry, entry.content)

    def end_tools(self, content: Any) -> None:
        for block in content if isinstance(content, list) else ():
            if untrusted.text(block, "type") == "tool_result":
                has_failed = untrusted.at(block, "is_error") is True
                self._turns.end_tool(untrusted.name(block, "tool_use_id"), has_failed=has_failed)

    def add_content(self, entry: Entry, content: Any) -> None:
        if isinstance(content, str):
            content = [{"type": "text", "text": content}]
        words: list[str] = []
        notes: list[str] = []
        files: list[ImportedFile] = []
        is_cut = False
        for block in content if isinstance(content, list) else ():
            kind = untrusted.text(block, "type")
            if kind == "text":
                typed = unwrap(untrusted.text(block, "text"))
                words.append(typed.words)
                notes += typed.notes
                is_cut = is_cut or typed.is_cut
            elif kind != "tool_result":
                words += self._other(block, kind, files)
        self._show(entry, texts.join_blocks(words), notes, files, is_cut)

    def _show(self, entry: Entry, text: str, notes: list[str], files: list[ImportedFile], is_cut: bool) -> None:
        for note in notes:
            self._turns.note(note)
        if text or files:
            self._turns.prompt(text, entry.time, entry.uuid or None, files)
        elif is_cut and not notes:
            self._turns.left_out[left_out.HIDDEN] += 1

    def _other(self, block: Any, kind: str, files: list[ImportedFile]) -> list[str]:
        if kind not in ("image", "document"):
            return [] if kind in _NOTHING else [unknown(self._turns, kind)]
        source = untrusted.mapping(block, "source")
        if untrusted.text(source, "type") == "text":
            return [texts.fence(untrusted.text(source, "data"))]
        file = inline_file(untrusted.text(source, "data"), untrusted.text(source, "media_type"), self._files + 1)
        if file is not None:
            self._files += 1
            files.append(file)
            return []
        self._turns.left_out[left_out.MISSING_FILE] += 1
        return [texts.missing_file(untrusted.text(block, "title"), "image" if kind == "image" else "file")]


class AnswerReader:
    """Adds the answers of a session to its turns. One answer is several records with the same message id."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns

    def add(self, entry: Entry) -> None:
        message = entry.record["message"]
        content = entry.content
        if isinstance(content, str):
            content = [{"type": "text", "text": content}]
        key = untrusted.name(message, "id") or untrusted.name(entry.record, "requestId")
        self._key = key or entry.uuid or f"at {id(entry)}"
        model = texts.clean_line(message.get("model"))
        for block in content:
            self._block(entry, block, model if model != _SYNTHETIC else "")
        if untrusted.text(message, "stop_reason") == "max_tokens":
            self._turns.note(texts.note("answer cut off"), once=True)

    def _block(self, entry: Entry, block: Any, model: str) -> None:
        kind = untrusted.text(block, "type")
        if kind == "text":
            self._text(entry, untrusted.text(block, "text"), model)
        elif kind == "thinking" and untrusted.text(block, "thinking").strip():
            self._turns.think(untrusted.text(block, "thinking"))
        elif kind in ("thinking", "redacted_thinking"):
            self._turns.left_out[left_out.SEALED_REASONING] += 1
        elif kind.endswith("tool_use"):
            self._turns.use_tool(untrusted.name(block, "name") or "tool", untrusted.name(block, "id"))
        elif kind.endswith("tool_result"):
            has_failed = untrusted.at(block, "is_error") is True
            self._turns.end_tool(untrusted.name(block, "tool_use_id"), has_failed=has_failed)
        elif kind not in _NOTHING:
            self._turns.note(unknown(self._turns, kind))

    def _text(self, entry: Entry, text: str, model: str) -> None:
        if entry.record.get("isApiErrorMessage") is True:
            self._turns.note(texts.note(text or "API error"), once=True)
        elif text.strip() not in _SILENT:
            self._turns.answer(text, entry.time, entry.uuid or None, model or None, key=self._key)


def unknown(turns: Turns, kind: str) -> str:
    """Count a part of an unknown kind and return its note."""
    turns.left_out[left_out.UNKNOWN_PART] += 1
    return texts.note(f"part of an unknown kind: {kind or 'without a name'}")
