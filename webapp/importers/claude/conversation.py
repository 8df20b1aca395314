"""One chat of Claude as a record."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from webapp.importers import left_out, texts, untrusted
from webapp.importers.attempts import empty_chat, unreadable
from webapp.importers.captures import files_of, unwrapped
from webapp.importers.claude import messages
from webapp.importers.claude.branch import displayed
from webapp.importers.claude.design import normalized
from webapp.importers.claude.source import MESSAGES
from webapp.importers.records import ImportedConversation
from webapp.importers.times import parse_time

if TYPE_CHECKING:
    from collections.abc import Mapping

    from webapp.importers.assets import Assets
    from webapp.importers.records import ImportedMessage, Record

_TORN = "the beginning of this chat is not in the export"


@dataclass(frozen=True, slots=True)
class Beside:
    """What the other files of the upload say: files, and the names of projects by id."""

    assets: Assets
    projects: Mapping[str, str]


def read(place: str, entry: Any, beside: Beside, *, keeps_id: bool = True) -> Record:
    """Return the record of an entry. Without its id it is known by its content."""
    is_design = MESSAGES not in untrusted.mapping(entry) and "messages" in untrusted.mapping(entry)
    chat = normalized(entry) if is_design else unwrapped(entry)
    title = texts.clean_line(untrusted.at(chat, "name"), 200)
    listed = untrusted.at(chat, MESSAGES)
    if not chat:
        return unreadable(place, "It is no chat.")
    if not isinstance(listed, list):
        return replace(unreadable(place, "It has no list of messages."), title=title)
    counts: Counter[str] = Counter()
    files = messages.MessageFiles(beside.assets, files_of(entry))
    shown = _messages(chat, listed, files, counts)
    if not shown:
        return empty_chat(place, title)
    return ImportedConversation(
        place=place,
        external_id=untrusted.name(chat, "uuid") or None if keeps_id else None,
        title=title,
        messages=shown,
        create_time=parse_time(chat.get("created_at")),
        update_time=parse_time(chat.get("updated_at")),
        model=texts.clean_line(chat.get("model")) or None,
        tags=("design",) if is_design else _tags(chat, beside),
        pinned=chat.get("is_starred") is True,
        archived=chat.get("is_archived") is True,
        left_out=+counts,
    )


def _messages(
    chat: Any, listed: list[Any], files: messages.MessageFiles, counts: Counter[str]
) -> list[ImportedMessage]:
    branch = displayed(chat, listed, counts)
    counts[left_out.BRANCH] += sum(messages.is_turn(message) for message in branch.others)
    made = (messages.read(message, files, counts) for message in branch.shown)
    shown = [message for message in made if message is not None]
    if shown and branch.is_torn:
        counts[left_out.MISSING_PART] += 1
        shown[0] = replace(shown[0], content=texts.join_blocks([texts.note(_TORN), shown[0].content]))
    return shown


def _tags(chat: Any, beside: Beside) -> tuple[str, ...]:
    """Return the project, which only the web's own shape names."""
    project_id = untrusted.name(chat, "project_uuid") or untrusted.name(chat, "project", "uuid")
    name = untrusted.text(chat, "project", "name") or beside.projects.get(project_id, "")
    if name or project_id:
        return (texts.clean_line(name, 100) or f"Project {texts.clean_line(project_id, 9).rstrip('…')}",)
    return ()
