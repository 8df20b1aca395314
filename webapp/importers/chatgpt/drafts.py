"""Messages while a branch is read: reasoning and tools wait for the answer that follows them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from webapp.importers import texts
from webapp.importers.records import ImportedMessage

if TYPE_CHECKING:
    from datetime import datetime

    from webapp.importers.records import ImportedFile


@dataclass(slots=True)
class Draft:
    """A message whose parts are still collected."""

    role: Literal["user", "assistant"]
    external_id: str
    create_time: datetime | None = None
    blocks: list[str] = field(default_factory=list)
    files: list[ImportedFile] = field(default_factory=list)
    model: str | None = None
    finish_reason: str | None = None
    reasoning: str | None = None
    seconds: float | None = None

    def message(self) -> ImportedMessage:
        return ImportedMessage(
            role=self.role,
            content=texts.join_blocks(self.blocks),
            create_time=self.create_time,
            external_id=self.external_id or None,
            model=self.model,
            finish_reason=self.finish_reason,
            reasoning=self.reasoning,
            reasoning_seconds=self.seconds,
            files=tuple(self.files),
        )


@dataclass(slots=True)
class Tools:
    """The tools since the last answer, in one note."""

    names: list[str] = field(default_factory=list)
    failed: int = 0
    _open: list[str] = field(default_factory=list)

    def call(self, name: str) -> None:
        self.names.append(name)
        self._open.append(name)

    def result(self, name: str, *, is_failed: bool) -> None:
        """Take a result. One call may have several; one without a call is a use of its own."""
        if not self.names:
            self.names.append(name)
        same = [called for called in self._open if called.partition(".")[0] == name.partition(".")[0]]
        if self._open:
            self._open.remove(same[0] if same else self._open[0])
        self.failed += is_failed

    def note(self) -> list[str]:
        """Return the note, and begin anew."""
        note = [texts.folded_tools(self.names, self.failed, len(self._open))] if self.names else []
        self.names, self.failed, self._open = [], 0, []
        return note


@dataclass(slots=True)
class Thinking:
    """The reasoning since the last answer."""

    blocks: list[str] = field(default_factory=list)
    seconds: float | None = None

    def add(self, *blocks: str) -> None:
        self.blocks.extend(block for block in blocks if block.strip() and block not in self.blocks)

    def take(self, seconds: float | None) -> None:
        if seconds is not None:
            self.seconds = (self.seconds or 0.0) + seconds

    def move_to(self, draft: Draft, seconds: float | None) -> None:
        """Give the reasoning to its answer, and begin anew. `seconds` counts if no recap said a duration."""
        draft.reasoning = texts.join_blocks(self.blocks) or None
        if draft.reasoning or self.seconds is not None:
            draft.seconds = self.seconds if self.seconds is not None else seconds
        self.blocks, self.seconds = [], None
