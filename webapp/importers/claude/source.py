"""The chats of Claude's exports as they stand in the files; also of an index with a file for each chat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webapp.importers import untrusted
from webapp.importers.captures import RAW, unwrapped
from webapp.importers.copies import Copies, marks_of
from webapp.importers.entries import Entry, in_order, read_entries
from webapp.importers.times import parse_time

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from webapp.importers.bundle import Member

MESSAGES = "chat_messages"
#: The folder of the design tool's chats.
DESIGN = "design_chats/"


def is_chat(value: Any) -> bool:
    return isinstance(unwrapped(value).get(MESSAGES), list)


def is_listed(value: Any) -> bool:
    """Say whether an object is a chat whose messages are elsewhere or lost."""
    is_one = isinstance(value, dict) and {"uuid", "name", "created_at"} <= value.keys()
    return is_one and (MESSAGES in value or "account" in value or "summary" in value)


def is_design(value: Any) -> bool:
    """Say whether an object is a chat of the design tool."""
    return any(
        untrusted.text(message, "role") in ("user", "assistant")
        and {"content", "contentBlocks"} & untrusted.mapping(message, "content").keys()
        for message in untrusted.items(value, "messages")[:5]
    )


def is_project(value: Any) -> bool:
    keys = {"prompt_template", "docs", "is_starter_project"}
    return isinstance(value, dict) and "uuid" in value and bool(keys & value.keys()) and MESSAGES not in value


def entries(members: Sequence[Member]) -> Iterator[Entry]:
    for member in in_order(members):
        is_empty = True
        for entry in read_entries(member, lambda value: is_chat(value) or is_design(value), RAW):
            is_empty = False
            yield entry
        if is_empty and DESIGN in member.name:
            yield Entry(member.name, {"messages": []})


def copies_of(members: Sequence[Member]) -> Copies:
    """Read the ids of all chats."""
    copies = Copies()
    for entry in entries(members):
        chat = unwrapped(entry.value)
        messages = untrusted.items(chat, MESSAGES) or untrusted.items(chat, "messages")
        marks = marks_of((untrusted.name(message, "uuid"), _first_text(message)) for message in messages)
        updated = parse_time(chat.get("updated_at"))
        copies.add(untrusted.name(chat, "uuid"), marks, updated, len(messages))
    return copies


def _first_text(message: Any) -> str:
    blocks = (untrusted.text(block, "text") for block in untrusted.items(message, "content"))
    return untrusted.text(message, "text") or next(filter(None, blocks), "") or untrusted.name(message, "uuid")
