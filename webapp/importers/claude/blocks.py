"""The content blocks of a message."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from webapp.importers import left_out, texts, untrusted
from webapp.importers.claude import artifacts
from webapp.importers.claude.citations import cited
from webapp.importers.claude.tools import Tool
from webapp.importers.records import ImportedFile
from webapp.importers.times import parse_time

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable

_SEALED = "reasoning was removed by the source"
_CUT = "reasoning was cut off"


@dataclass(slots=True)
class Blocks:
    """Collects what the blocks of one message show. `known` counts the blocks that were understood."""

    counts: Counter[str]
    is_answer: bool
    shown: list[str] = field(default_factory=list)
    files: list[ImportedFile] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)
    seconds: float | None = None
    known: int = 0
    is_hidden: bool = False
    _tools: list[Tool] = field(default_factory=list)
    _uses: dict[str, Tool] = field(default_factory=dict)

    def read(self, block: Any) -> None:
        kind = untrusted.text(block, "type")
        reader = _READERS.get(kind)
        if kind == "text" and not isinstance(untrusted.at(block, "text"), str):
            self.counts[left_out.UNKNOWN_PART] += 1
        elif reader is not None:
            reader(self, block)
            self.known += 1
        elif block is not None:
            self.counts[left_out.UNKNOWN_PART] += 1
            self.show(texts.note(f"part of an unknown kind: {kind or 'without a name'}"))

    def show(self, text: str) -> None:
        if text.strip():
            self.close_tools()
            self.shown.append(text)

    def close_tools(self) -> None:
        """Put one note for the tools since the last text."""
        if self._tools:
            failed = sum(tool.is_failed for tool in self._tools)
            unfinished = sum(not tool.has_result for tool in self._tools)
            self.shown.append(texts.folded_tools([tool.name for tool in self._tools], failed, unfinished))
            self._tools = []

    def text(self, text: str) -> None:
        if not self.is_answer:
            self.show(text)
            return
        words, thinking = artifacts.without_tags(text)
        self.show(words)
        if thinking:
            self.reasoning.append(thinking)

    def use(self, block: Any) -> None:
        name = texts.clean_line(untrusted.text(block, "name"), 60) or "tool"
        tool = Tool(name, untrusted.name(block, "id"), untrusted.at(block, "has_result") is True)
        document = artifacts.block_of(untrusted.at(block, "input")) if name in artifacts.TOOLS else ""
        if document:
            self.show(document)
            tool.has_result = True
        else:
            self._tools.append(tool)
        self.counts[left_out.TOOL] += not document
        self._uses[tool.id or f"#{len(self._uses)}"] = tool

    def result(self, block: Any) -> None:
        """Give a result to its use; without an id, to the first one of its name that waits."""
        name = texts.clean_line(untrusted.text(block, "name"), 60)
        waiting = [one for one in self._uses.values() if not one.has_result and name in ("", one.name)]
        tool = self._uses.get(untrusted.name(block, "tool_use_id")) or next(iter(waiting), None)
        is_failed = untrusted.at(block, "is_error") is True
        if tool is None:
            tool = Tool(name or "tool", "")
            self._tools.append(tool)
            self.counts[left_out.TOOL] += 1
        elif is_failed and tool not in self._tools and not tool.is_failed:
            # A document is shown in place of its tool.
            self._tools.append(tool)
        tool.has_result, tool.is_failed = True, tool.is_failed or is_failed
        for part in untrusted.items(block, "content"):
            has_picture = any(untrusted.at(part, key) for key in ("source", "file_uuid"))
            if has_picture and untrusted.text(part, "type") == "image":
                self.picture(part)

    def think(self, block: Any) -> None:
        summaries = [untrusted.text(one, "summary") for one in untrusted.items(block, "summaries")]
        words = untrusted.text(block, "thinking") or untrusted.text(block, "text") or texts.join_blocks(summaries)
        if not words.strip():
            self.counts[left_out.SEALED_REASONING] += 1
            words = texts.note(_SEALED)
        is_cut = untrusted.at(block, "cut_off") is True or untrusted.at(block, "truncated") is True
        self.reasoning.append(texts.join_blocks([words, texts.note(_CUT) if is_cut else ""]))
        start, stop = (parse_time(untrusted.at(block, key)) for key in ("start_timestamp", "stop_timestamp"))
        if start and stop and stop >= start:
            self.seconds = (self.seconds or 0.0) + (stop - start).total_seconds()

    def hide(self, _: Any) -> None:
        self.counts[left_out.HIDDEN] += 1
        self.is_hidden = True

    def picture(self, block: Any) -> None:
        """Take a picture or document whose bytes are in the block."""
        kind = untrusted.text(block, "type")
        name = texts.file_name(untrusted.text(block, "file_name") or untrusted.text(block, "title"), kind)
        try:
            data = base64.b64decode(untrusted.text(block, "source", "data"), validate=True)
        except ValueError:
            data = b""
        if data:
            self.files.append(ImportedFile(name=name, open=partial(io.BytesIO, data), size=len(data)))
            return
        self.counts[left_out.MISSING_FILE] += 1
        self.show(texts.missing_file("" if name == kind else name, "image" if kind == "image" else "file"))


_READERS: dict[str, Callable[[Blocks, Any], None]] = {
    "text": lambda blocks, block: blocks.text(cited(block)),
    "thinking": Blocks.think,
    "redacted_thinking": Blocks.think,
    "tool_use": Blocks.use,
    "server_tool_use": Blocks.use,
    "tool_result": Blocks.result,
    "web_search_tool_result": Blocks.result,
    "voice_note": lambda blocks, block: blocks.text(untrusted.text(block, "transcript")),
    "token_budget": lambda _, __: None,
    "flag": lambda _, __: None,
    "injected_prompt_block": Blocks.hide,
    "image": Blocks.picture,
    "document": Blocks.picture,
}
