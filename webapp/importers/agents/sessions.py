"""A session of an agent as a conversation."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from webapp.importers import left_out
from webapp.importers.attempts import empty_chat
from webapp.importers.records import ImportedConversation, LeftOut
from webapp.importers.texts import clean_line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from webapp.importers.agents.turns import Turns
    from webapp.importers.records import Record

_TITLE_LENGTH = 200
_ID_LENGTH = 250
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
#: Places in a file that a report names.
_MOST_PLACES = 5


@dataclass(slots=True, kw_only=True)
class Facts:
    """What a session's records say about it."""

    place: str
    external_id: str | None = None
    title: str = ""
    folder: str = ""
    model: str | None = None
    create_time: datetime | None = None
    update_time: datetime | None = None
    part_of: str | None = None
    tags: tuple[str, ...] = ()

    def saw(self, time: datetime | None) -> None:
        """Note the time of a record."""
        if time is not None:
            self.create_time = min(self.create_time or time, time)
            self.update_time = max(self.update_time or time, time)


def conversation(facts: Facts, turns: Turns) -> Record:
    """Return the conversation, or a LeftOut if nobody said a word."""
    messages = turns.messages()
    title = clean_line(facts.title, _TITLE_LENGTH)
    if not messages:
        tools = turns.left_out[left_out.TOOL]
        reason = f"It has no words, only the use of {tools:,} tool{'s' if tools != 1 else ''}."
        return empty_chat(facts.place, title, reason if tools else "It has no words.")
    models = [message.model for message in messages if message.model]
    return ImportedConversation(
        place=facts.place,
        external_id=clean_line(facts.external_id, _ID_LENGTH) or None,
        title=title,
        messages=messages,
        create_time=facts.create_time,
        update_time=facts.update_time,
        model=models[-1] if models else facts.model,
        tags=[tag for tag in dict.fromkeys([folder_name(facts.folder), *facts.tags]) if tag],
        part_of=clean_line(facts.part_of, _ID_LENGTH) or None,
        left_out=turns.left_out,
    )


def folder_name(path: str) -> str:
    """Return the last part of a project's path, by which people know it."""
    return clean_line(PurePosixPath(path.replace("\\", "/")).name)


def stem_of(base: str) -> str:
    return base.rpartition(".")[0] or base


def uuid_of(base: str) -> str | None:
    """Return the last UUID in a file's name."""
    found = [match.group() for match in _UUID.finditer(base)]
    return found[-1].lower() if found else None


def unreadable_lines(name: str, lines: Sequence[int], word: str = "line") -> LeftOut:
    """Report the records of a file, counted from 0, that cannot be read."""
    numbers = ", ".join(str(line + 1) for line in lines[:_MOST_PLACES])
    more = "…" if len(lines) > _MOST_PLACES else ""
    return LeftOut(
        place=f"{name}, {word}{'s' if len(lines) > 1 else ''} {numbers}{more}",
        kind=left_out.UNREADABLE,
        reason="These are no whole records." if len(lines) > 1 else "This is no whole record.",
        count=len(lines),
    )
