"""Which nodes of a conversation were shown, and as what."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from webapp.importers import untrusted

Kind: TypeAlias = Literal["user", "assistant", "reasoning", "canvas", "call", "tool", "system", "hidden", "empty"]

#: Custom instructions and what the assistant remembers.
_CONTEXT = ("user_editable_context", "model_editable_context")
REASONING = ("thoughts", "reasoning_recap")
#: Tools whose documents are shown beside the chat.
_CANVAS = ("canmore.create_textdoc", "canmore.update_textdoc")


def kind_of(message: Any) -> Kind:
    """Return what a node's message was for its reader; "empty" for a node without one."""
    if not isinstance(message, dict) or not message:
        return "empty"
    content_type = untrusted.text(message, "content", "content_type")
    if content_type in _CONTEXT or untrusted.at(message, "metadata", "is_user_system_message") is True:
        return "hidden"
    role = untrusted.text(message, "author", "role")
    if role == "tool":
        return "tool"
    if role == "assistant":
        return _of_assistant(message, content_type)
    if role != "user":
        return "system"
    return "hidden" if _is_hidden(message) else "user"


def _of_assistant(message: Any, content_type: str) -> Kind:
    if content_type in REASONING:
        return "reasoning"
    recipient = untrusted.text(message, "recipient")
    if recipient in _CANVAS:
        return "canvas"
    if recipient not in ("", "all"):
        return "call"
    if _is_hidden(message):
        return "hidden"
    return "reasoning" if untrusted.text(message, "channel") == "analysis" else "assistant"


def _is_hidden(message: Any) -> bool:
    weight = untrusted.at(message, "weight")
    is_unused = isinstance(weight, int | float) and weight == 0
    return is_unused or untrusted.at(message, "metadata", "is_visually_hidden_from_conversation") is True
