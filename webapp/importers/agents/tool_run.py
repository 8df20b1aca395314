"""The uses of tools between two texts, shown as one note."""

from __future__ import annotations

from dataclasses import dataclass, field

from webapp.importers.texts import clean_line, folded_tools

_NAME_LENGTH = 60


@dataclass(slots=True, eq=False)
class ToolUse:
    """`has_failed` is None until there is a result."""

    name: str
    call_id: str
    has_failed: bool | None = None


@dataclass(slots=True, eq=False)
class ToolRun:
    """Uses of tools with no text between them."""

    uses: list[ToolUse] = field(default_factory=list)

    def note(self) -> str:
        names = [clean_line(use.name, _NAME_LENGTH) or "tool" for use in self.uses]
        failed = sum(use.has_failed is True for use in self.uses)
        return folded_tools(names, failed, sum(use.has_failed is None for use in self.uses))
