"""Chats of Claude's design tool, brought to the shape of the other chats."""

from __future__ import annotations

from typing import Any

from webapp.importers import untrusted

_WORDS = ("user_interjection", "error", "text")


def normalized(chat: Any) -> dict[str, Any]:
    """Return a design chat as a chat with `chat_messages`. The project's id belongs to another space of ids."""
    messages = [_message(message) for message in untrusted.items(chat, "messages")]
    return {
        "uuid": untrusted.at(chat, "uuid"),
        "name": untrusted.at(chat, "title") or untrusted.at(chat, "project", "name"),
        "created_at": untrusted.at(chat, "created_at"),
        "updated_at": untrusted.at(chat, "updated_at"),
        "chat_messages": messages,
    }


def _message(message: Any) -> Any:
    if not isinstance(message, dict):
        return message
    content = untrusted.at(message, "content")
    inner = untrusted.at(content, "content") if isinstance(content, dict) else content
    blocks = [_block(block) for block in untrusted.items(content, "contentBlocks")]
    return {
        "uuid": untrusted.at(message, "uuid"),
        "sender": untrusted.at(message, "role"),
        "created_at": untrusted.at(message, "created_at") or untrusted.at(content, "timestamp"),
        "text": inner if isinstance(inner, str) else "",
        "content": blocks or (inner if isinstance(inner, list) else []),
        "attachments": untrusted.items(content, "attachments"),
    }


def _block(block: Any) -> Any:
    kind = untrusted.text(block, "type")
    if kind == "tool_call":
        # There are no results in these chats: every call counts as finished.
        return {**untrusted.mapping(block, "toolCall"), "type": "tool_use", "has_result": True}
    if kind in _WORDS:
        return {"type": "text", "text": untrusted.at(block, "text") or untrusted.at(block, "message")}
    return block
