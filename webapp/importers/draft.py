"""A message while its parts are read: texts, notes, tools, reasoning and files, in the order shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from webapp.importers import left_out, texts
from webapp.importers.records import ImportedMessage

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterable

    from webapp.importers.records import ImportedFile

_MOST_SECONDS = 1e9


class Draft:
    """The parts of one message. What cannot be shown is counted in `counts` and gets a visible note."""

    def __init__(self, role: Literal["user", "assistant"], counts: Counter[str]) -> None:
        self.role = role
        self.counts = counts
        self._blocks: list[str] = []
        self._thoughts: list[str] = []
        self._seconds: float | None = None
        self._files: list[ImportedFile] = []
        self._tools: list[str] = []
        self._failed = 0
        self._unfinished = 0

    @property
    def is_empty(self) -> bool:
        """Whether there is neither text nor file. Reasoning and tools that wait for a text do not count."""
        return not any(block.strip() for block in self._blocks) and not self._files

    def say(self, text: str) -> None:
        """Add a block of Markdown."""
        if text.strip():
            self._fold()
            self._blocks.append(text)

    def note(self, text: str) -> None:
        self.say(texts.note(text))

    def think(self, text: str, seconds: Any = None) -> None:
        """Add reasoning, and how long it took."""
        if text.strip():
            self._thoughts.append(text.strip())
        if isinstance(seconds, int | float) and not isinstance(seconds, bool) and 0 < seconds < _MOST_SECONDS:
            self._seconds = (self._seconds or 0) + seconds

    def attach(self, file: ImportedFile | None, name: str = "", kind: str = "file") -> None:
        """Add a file; without its bytes, the note about it."""
        if file is not None:
            self._files.append(file)
            return
        self.counts[left_out.MISSING_FILE] += 1
        self.say(texts.missing_file(name, kind))

    def tool(self, name: str, *, failed: bool = False, unfinished: bool = False) -> None:
        """Add the use of a tool. The tools between two texts are one note."""
        self.counts[left_out.TOOL] += 1
        self._tools.append(texts.clean_line(name, 60) or "tool")
        self._failed += failed
        self._unfinished += unfinished

    def unknown(self, kind: str) -> None:
        self.counts[left_out.UNKNOWN_PART] += 1
        self.note(f"part of an unknown kind: {kind or 'without a name'}")

    def sources(self, links: Iterable[tuple[str, str]]) -> None:
        """Add a list of addresses with their titles."""
        found = dict.fromkeys(texts.link(title, url) for url, title in links)
        if listed := [f"- {text}" for text in found if text]:
            self.say("\n".join(["Sources:", "", *listed]))

    def build(self, **facts: Any) -> ImportedMessage | None:
        """Return the message with further facts, or None if it is empty, which is counted.

        The model and the reason of the end belong to answers.
        """
        self._fold()
        if self.is_empty and self._thoughts:
            self.note("reasoning without an answer")
        if self.is_empty:
            self.counts[left_out.EMPTY] += 1
            return None
        if self.role == "user":
            facts = {key: value for key, value in facts.items() if key not in ("model", "finish_reason")}
            self._blocks[:0], self._thoughts = self._thoughts, []
        return ImportedMessage(
            role=self.role,
            content=texts.join_blocks(self._blocks),
            reasoning="\n\n".join(self._thoughts) or None,
            reasoning_seconds=self._seconds if self._thoughts else None,
            files=tuple(self._files),
            **facts,
        )

    def _fold(self) -> None:
        if self._tools:
            self._blocks.append(texts.folded_tools(self._tools, self._failed, self._unfinished))
            self._tools, self._failed, self._unfinished = [], 0, 0
