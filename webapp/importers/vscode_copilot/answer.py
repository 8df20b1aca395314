"""The parts of an answer: pieces of Markdown that are one text, tools, references and files."""

from __future__ import annotations

import re
from typing import Any

from webapp.importers import left_out, texts, untrusted
from webapp.importers.agents.fences import closed, open_fence

_NOTHING = (
    "prepareToolInvocation",
    "codeblockUri",
    "undoStop",
    "progressMessage",
    "progressTaskSerialized",
    "progressTask",
    "mcpServersStarting",
    "confirmation",
    "questionCarousel",
    "elicitation",
    "elicitationSerialized",
    "extensions",
    "command",
    "move",
    "reference",
    "codeCitation",
    "usedContext",
    "hook",
)
_EDITS = ("textEditGroup", "notebookEditGroup", "workspaceEdit", "multiDiffData", "externalEdit")
_TOOLS = ("toolInvocationSerialized", "toolInvocation")
_FENCE = re.compile(r"\s*```\s*")
_TEXTS = ("markdownContent", "markdownVuln", "")


class Answer:
    """Collects the parts of one answer. Pieces of Markdown are joined as they are; the rest stands between them."""

    def __init__(self, counts: dict[str, int]) -> None:
        self._counts = counts
        self._text = ""
        self.has_words = False
        self.blocks: list[str] = []
        self.reasoning: list[str] = []
        #: The names of tools since the last text, and whether each has ended.
        self.tools: list[tuple[str, bool]] = []

    def add(self, part: Any) -> None:
        kind = untrusted.text(part, "kind")
        if isinstance(part, str):
            self._say(texts.clean(part))
        elif kind in _TEXTS and (text := _markdown(part)) is not None:
            self._say(text)
        elif kind == "inlineReference":
            self._say(_reference(part))
        elif kind == "thinking":
            self._think(untrusted.at(part, "value"))
        elif kind in _TOOLS:
            self._tool(part)
        elif kind in _EDITS:
            self._note(_edit(part))
        elif kind in ("warning", "notification"):
            self._note(_markdown(untrusted.mapping(part, "content")) or untrusted.text(part, "content") or kind)
        elif kind == "treeData":
            self._note("list of files")
        elif kind not in _NOTHING:
            self._counts[left_out.UNKNOWN_PART] += 1
            self._note(f"part of an unknown kind: {kind or 'without a name'}")

    def finished(self) -> str:
        """Return the whole answer as Markdown."""
        self._end_text()
        self._end_tools()
        return texts.join_blocks([*map(closed, self.blocks[:-1]), *self.blocks[-1:]])

    def _say(self, text: str) -> None:
        if _FENCE.fullmatch(text) and not open_fence(self._text):
            # The program fences the edits that it shows as a list.
            return
        if text.strip():
            self._end_tools()
        self._text += text

    def _note(self, text: str) -> None:
        self._end_text()
        self._end_tools()
        note = texts.note(text)
        if not self.blocks or self.blocks[-1] != note:
            self.blocks.append(note)

    def _think(self, value: Any) -> None:
        pieces = value if isinstance(value, list) else [value]
        text = "".join(texts.clean(piece) for piece in pieces)
        if text.strip():
            self.reasoning.append(text)

    def _tool(self, part: Any) -> None:
        self._end_text()
        name = untrusted.name(part, "toolId") or "tool"
        self.tools.append((name, untrusted.at(part, "isComplete") is not False))
        self._counts[left_out.TOOL] += 1

    def _end_text(self) -> None:
        if self._text.strip():
            self.blocks.append(self._text)
            self.has_words = True
        self._text = ""

    def _end_tools(self) -> None:
        if self.tools:
            open_ones = sum(not has_ended for _, has_ended in self.tools)
            names = [texts.clean_line(name, 60) for name, _ in self.tools]
            self.blocks.append(texts.folded_tools(names, unfinished=open_ones))
            self.tools = []


def _markdown(part: Any) -> str | None:
    """Return the text of `{value}`, `{content: {value}}` or `{content: "…"}`."""
    for path in (("value",), ("content", "value"), ("content",), ("value", "value")):
        found = untrusted.at(part, *path)
        if isinstance(found, str):
            return texts.clean(found)
    return None


def _reference(part: Any) -> str:
    """Return a file or symbol inside a sentence, as it was shown: by its name."""
    reference = untrusted.mapping(part, "inlineReference")
    name = untrusted.text(part, "name") or untrusted.text(reference, "name")
    path = untrusted.text(reference, "path") or untrusted.text(reference, "uri", "path")
    path = path or untrusted.text(reference, "location", "uri", "path")
    link = untrusted.text(reference, "external")
    name = texts.clean_line(name or texts.file_name(path, "") or link)
    if link.startswith(("http://", "https://")):
        return texts.link(name, link)
    return f"`{name.replace('`', '')}`" if name else ""


def _edit(part: Any) -> str:
    path = untrusted.text(part, "uri", "path") or untrusted.text(part, "uri", "fsPath")
    name = texts.file_name(path, "")
    return f"edited {name}" if name else "edited files"
