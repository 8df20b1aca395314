"""The conversations of ChatGPT's exports, browser exporters and browser captures, as they stand in the files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webapp.importers import untrusted
from webapp.importers.captures import RAW, unwrapped
from webapp.importers.chatgpt import page
from webapp.importers.copies import Copies, marks_of
from webapp.importers.entries import Entry, in_order, read_entries
from webapp.importers.times import parse_time

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from webapp.importers.bundle import Member


def is_conversation(value: Any) -> bool:
    """Say whether an object is a conversation of ChatGPT, and not of DeepSeek, or a capture of one."""
    mapping = untrusted.at(untrusted.at(value, RAW) or value, "mapping")
    if not isinstance(mapping, dict) or "inserted_at" in untrusted.mapping(value):
        return False
    nodes = [node for node in list(mapping.values())[:20] if isinstance(node, dict)]
    return bool(nodes or not mapping) and not any("fragments" in untrusted.mapping(node, "message") for node in nodes)


def is_torn(value: Any) -> bool:
    """Say whether an object is a conversation of ChatGPT that has lost its messages."""
    return isinstance(value, dict) and "current_node" in value and "title" in value and "mapping" not in value


def sorted_by_shape(members: Sequence[Member]) -> tuple[list[Member], list[Member]]:
    """Return the files with data, and those of Markdown. A page counts only where it does not repeat data."""
    starts = [(member, _start(member)) for member in members]
    data = [member for member, start in starts if start in ("{", "[")]
    pages = [member for member, start in starts if start == "<"]
    written = [member for member, start in starts if start not in ("{", "[", "<")]
    return data or pages, written


def entries(members: Sequence[Member]) -> Iterator[Entry]:
    for member in in_order(members):
        if _start(member) == "<":
            yield from page.entries(member)
        else:
            yield from read_entries(member, is_conversation, RAW)


def _start(member: Member) -> str:
    return member.head(64).decode("utf-8", "replace").lstrip("\ufeff \t\r\n")[:1]


def conversation_id(conversation: Any) -> str:
    return untrusted.name(conversation, "conversation_id") or untrusted.name(conversation, "id")


def copies_of(members: Sequence[Member]) -> Copies:
    """Read the ids of all conversations."""
    copies = Copies()
    for entry in entries(members):
        conversation = unwrapped(entry.value)
        mapping = untrusted.mapping(conversation, "mapping")
        messages = ((untrusted.name(node, "message", "id"), _first_text(node)) for node in mapping.values())
        updated = parse_time(conversation.get("update_time"))
        copies.add(conversation_id(conversation), marks_of(messages), updated, len(mapping))
    return copies


def _first_text(node: Any) -> str:
    if untrusted.text(node, "message", "author", "role") == "system":
        return ""
    return untrusted.text(node, "message", "content", "parts", 0) or untrusted.name(node, "message", "id")
