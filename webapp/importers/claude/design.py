"""Chats of Claude's design tool, brought to the shape of the other chats."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from webapp.importers import texts, untrusted

#: What the person wrote while the assistant worked.
_INTERJECTION = "user_interjection"


def normalized(chat: Any) -> dict[str, Any]:
    """Return a design chat as a chat with `chat_messages`. The project's id belongs to another space of ids."""
    return {
        "uuid": untrusted.at(chat, "uuid"),
        "name": untrusted.at(chat, "title") or untrusted.at(chat, "project", "name"),
        "created_at": untrusted.at(chat, "created_at"),
        "updated_at": untrusted.at(chat, "updated_at"),
        "chat_messages": [part for message in untrusted.items(chat, "messages") for part in _messages(message)],
    }


def _messages(message: Any) -> list[Any]:
    """Return a message; several, if the person wrote something in between."""
    if not isinstance(message, dict):
        return [message]
    content = untrusted.at(message, "content")
    inner = untrusted.at(content, "content") if isinstance(content, dict) else content
    whole = {
        "uuid": untrusted.at(message, "uuid"),
        "sender": untrusted.at(message, "role"),
        "created_at": untrusted.at(message, "created_at") or untrusted.at(content, "timestamp"),
        "text": inner if isinstance(inner, str) else "",
        "content": inner if isinstance(inner, list) else [],
        "attachments": untrusted.items(content, "attachments"),
    }
    blocks = untrusted.items(content, "contentBlocks")
    if not blocks:
        return [whole]
    grouped = groupby(blocks, key=lambda block: untrusted.text(block, "type") == _INTERJECTION)
    parts = [(is_person, [_block(block) for block in group]) for is_person, group in grouped]
    return [_part(whole, index, is_person, group) for index, (is_person, group) in enumerate(parts)]


def _part(whole: dict[str, Any], index: int, is_person: bool, blocks: list[Any]) -> dict[str, Any]:
    sender = "human" if is_person else whole["sender"]
    if index == 0:
        return {**whole, "sender": sender, "text": "", "content": blocks}
    return {"sender": sender, "created_at": whole["created_at"], "content": blocks}


def _block(block: Any) -> Any:
    kind = untrusted.text(block, "type")
    if kind == "tool_call":
        # There are no results in these chats: every call counts as finished.
        return {**untrusted.mapping(block, "toolCall"), "type": "tool_use", "has_result": True}
    if kind == "error":
        return {"type": "text", "text": texts.note(f"error: {untrusted.text(block, 'message')}")}
    if kind == _INTERJECTION:
        return {"type": "text", "text": untrusted.at(block, "message") or untrusted.at(block, "text")}
    return block
