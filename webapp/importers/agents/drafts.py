"""A message of a session while it is put together from its records."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from webapp.importers import texts
from webapp.importers.agents.fences import closed
from webapp.importers.agents.tool_run import ToolRun
from webapp.importers.records import ImportedMessage

if TYPE_CHECKING:
    from datetime import datetime

    from webapp.importers.records import ImportedFile

Block: TypeAlias = str | ToolRun
Role: TypeAlias = Literal["user", "assistant"]


@dataclass(slots=True, eq=False)
class Draft:
    """`key` is equal for records that are pieces of one answer."""

    role: Role
    blocks: list[Block]
    time: datetime | None
    external_id: str | None
    model: str | None = None
    key: str = ""
    files: list[ImportedFile] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)

    def words(self) -> tuple[str, str]:
        """Return the role and the text, without the notes for tools."""
        return self.role, texts.join_blocks([block for block in self.blocks if isinstance(block, str)])

    def message(self) -> ImportedMessage:
        blocks = [block.note() if isinstance(block, ToolRun) else block for block in self.blocks]
        blocks[:-1] = [closed(block) for block in blocks[:-1]]
        return ImportedMessage(
            role=self.role,
            content=texts.join_blocks(blocks),
            create_time=self.time,
            external_id=self.external_id,
            model=self.model,
            reasoning="\n\n".join(self.reasoning) or None,
            files=self.files,
        )
