"""The messages of a displayed branch, from its nodes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from webapp.importers import left_out, texts, untrusted
from webapp.importers.chatgpt.canvas import card_of
from webapp.importers.chatgpt.citations import resolve
from webapp.importers.chatgpt.content import blocks_of
from webapp.importers.chatgpt.drafts import Draft, Thinking, Tools
from webapp.importers.chatgpt.files import MessageFiles
from webapp.importers.chatgpt.reasoning import duration_of, recap_of, seconds_of, thoughts_of
from webapp.importers.chatgpt.shown import kind_of
from webapp.importers.times import parse_time

if TYPE_CHECKING:
    from collections import Counter

    from webapp.importers.assets import Assets
    from webapp.importers.records import ImportedFile, ImportedMessage

#: Reasons in the words of ours: why an answer ended.
_ENDS = {"stop": "stop", "max_tokens": "length", "interrupted": "stopped"}
_UNFINISHED = {"in_progress": "broken_off", "finished_partial_completion": "broken_off", "error": "error"}


@dataclass(slots=True)
class Reader:
    """Reads nodes in their order. `made` has the files that the chat made, by message id and name."""

    assets: Assets
    counts: Counter[str]
    made: dict[str, dict[str, ImportedFile]] = field(default_factory=dict)
    _drafts: list[Draft] = field(default_factory=list)
    _thinking: Thinking = field(default_factory=Thinking)
    _tools: Tools = field(default_factory=Tools)
    _below: list[str] = field(default_factory=list)

    def read(self, key: str, message: Any) -> None:
        kind = kind_of(message)
        if kind in ("user", "assistant"):
            self._shown(key, message)
        elif kind == "reasoning":
            self._reason(message)
        elif kind in ("call", "canvas"):
            self._call(message, is_canvas=kind == "canvas")
        elif kind == "tool":
            self._result(key, message)
        elif kind in ("system", "hidden"):
            self.counts[left_out.SYSTEM if kind == "system" else left_out.HIDDEN] += 1

    def finish(self) -> list[ImportedMessage]:
        """Return the messages."""
        self._close_answer()
        return [draft.message() for draft in self._drafts]

    def _shown(self, key: str, message: Any) -> None:
        files = self._files(message)
        is_user = untrusted.text(message, "author", "role") == "user"
        blocks = [files.links(block) for block in blocks_of(message, files)]
        text = texts.join_blocks(blocks) if is_user else self._answer("\n\n".join(blocks), message)
        text = texts.join_blocks([text, *files.attached()])
        files.rest()
        if not text.strip() and not files.found:
            self.counts[left_out.EMPTY] += 1
            return
        if is_user:
            self._close_answer()
        self._add(key, message, [text], files.found)

    def _answer(self, text: str, message: Any) -> str:
        return resolve(text, untrusted.at(message, "metadata"), self.counts)

    def _add(self, key: str, message: Any, blocks: list[str], files: list[ImportedFile]) -> None:
        is_user = untrusted.text(message, "author", "role") == "user"
        draft = Draft("user" if is_user else "assistant", key, parse_time(untrusted.at(message, "create_time")))
        draft.blocks, draft.files = blocks, files
        self._drafts.append(draft)
        if is_user:
            return
        metadata = untrusted.mapping(message, "metadata")
        draft.blocks = [*self._tools.note(), *blocks, *self._below]
        self._below = []
        draft.model = texts.clean_line(metadata.get("model_slug")) or None
        draft.finish_reason = _ENDS.get(untrusted.text(metadata, "finish_details", "type"))
        draft.finish_reason = _UNFINISHED.get(untrusted.text(message, "status"), draft.finish_reason)
        self._thinking.move_to(draft, duration_of(metadata))

    def _reason(self, message: Any) -> None:
        content, metadata = untrusted.at(message, "content"), untrusted.at(message, "metadata")
        if untrusted.text(content, "content_type") != "reasoning_recap":
            words = thoughts_of(content) or [untrusted.text(content, "text")]
            self._thinking.add(*words)
            return
        recap = recap_of(content)
        seconds = seconds_of(recap)
        self._thinking.take(duration_of(metadata) or seconds)
        if seconds is None:
            self._thinking.add(recap)

    def _call(self, message: Any, *, is_canvas: bool) -> None:
        card = card_of(message) if is_canvas else ""
        if card:
            self._below.append(card)
            return
        self.counts[left_out.TOOL] += 1
        self._tools.call(texts.clean_line(untrusted.text(message, "recipient"), 60))

    def _result(self, key: str, message: Any) -> None:
        """Take a tool's result. Only its pictures were shown."""
        metadata = untrusted.mapping(message, "metadata")
        self._thinking.add(texts.clean_line(metadata.get("reasoning_title"), 300))
        name = texts.clean_line(untrusted.text(message, "author", "name"), 60) or "tool"
        if not name.startswith("canmore"):
            if not self._tools.names:
                self.counts[left_out.TOOL] += 1
            self._tools.result(name, is_failed=_is_failed(message))
        files = self._files(message)
        notes = [files.pointer(pointer, "image") for pointer in _pictures(message)]
        if files.found or any(notes):
            self._add(key, message, notes, files.found)

    def _files(self, message: Any) -> MessageFiles:
        attachments = untrusted.items(message, "metadata", "attachments")
        made = self.made.get(untrusted.name(message, "id"), {})
        return MessageFiles(self.assets, self.counts, attachments, made)

    def _close_answer(self) -> None:
        """Show reasoning, tools and documents that no answer followed."""
        last = self._drafts[-1] if self._drafts else None
        blocks = [*self._tools.note(), *self._below]
        self._below = []
        if not blocks and not self._thinking.blocks:
            self._thinking.seconds = None
            return
        if last is None or last.role == "user" or (self._thinking.blocks and last.reasoning):
            last = Draft("assistant", "")
            self._drafts.append(last)
            blocks = blocks or [texts.note("no answer in the export")]
        last.blocks = [*last.blocks, *blocks]
        if self._thinking.blocks:
            self._thinking.move_to(last, None)


def _pictures(message: Any) -> list[Any]:
    """Return the pointers of the pictures that a tool made."""
    parts = untrusted.items(message, "content", "parts")
    found = [untrusted.at(part, "asset_pointer") for part in parts]
    results = untrusted.items(message, "metadata", "aggregate_result", "messages")
    found += [untrusted.at(one, "image_url") for one in results if untrusted.text(one, "message_type") == "image"]
    return [pointer for pointer in found if isinstance(pointer, str)]


def _is_failed(message: Any) -> bool:
    status = untrusted.text(message, "metadata", "aggregate_result", "status")
    is_error = untrusted.text(message, "content", "content_type") == "system_error"
    return is_error or status.startswith("failed") or untrusted.text(message, "status") == "error"
