"""Splits the messages of a request into instructions, history and question."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast

from webapp.errors import Invalid
from webapp.services.content import check_content
from webapp.services.values import NewMessage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.openai_api.schemas import MessageIn

_INSTRUCTION_ROLES = ("system", "developer")
_DIALOGUE_ROLES = ("user", "assistant")


class ParsedMessages(NamedTuple):
    """The messages of a request. `instructions` joins the system and developer messages, None if there are none."""

    instructions: str | None
    history: tuple[NewMessage, ...]
    question: str


def read_messages(messages: Sequence[MessageIn]) -> ParsedMessages:
    """Return the messages. Raises Invalid for an unsupported role or content, or if the last is not the user's."""
    instructions: list[str] = []
    dialogue: list[NewMessage] = []
    for number, message in enumerate(messages):
        pointer = f"#/messages/{number}"
        text = _text(message, pointer)
        if message.role in _INSTRUCTION_ROLES:
            if text.strip():
                instructions.append(check_content(text, f"{pointer}/content"))
            continue
        check_content(text, f"{pointer}/content")
        dialogue.append(NewMessage(content=text, role=cast("Literal['user', 'assistant']", message.role)))
    if not dialogue or dialogue[-1].role != "user":
        raise Invalid.field(
            "#/messages", "no_question", "The last message must have the role user. Send the question last."
        )
    return ParsedMessages("\n\n".join(instructions) or None, tuple(dialogue[:-1]), dialogue[-1].content)


def _text(message: MessageIn, pointer: str) -> str:
    if message.role in {"tool", "function"} or message.tool_calls or message.function_call:
        raise Invalid.field(
            pointer, "unsupported", "Tool calls and their results are not supported. Leave these messages out."
        )
    if message.role not in _INSTRUCTION_ROLES + _DIALOGUE_ROLES:
        raise Invalid.field(
            f"{pointer}/role", "unknown_role", "The role is unknown. Use system, developer, user or assistant."
        )
    if isinstance(message.content, str):
        return message.content
    if not isinstance(message.content, list):
        raise Invalid.field(f"{pointer}/content", "type", "The content must be a string or a list of text parts.")
    return "\n\n".join(_part(part, f"{pointer}/content/{number}") for number, part in enumerate(message.content))


def _part(part: Any, pointer: str) -> str:
    if not isinstance(part, dict) or part.get("type") != "text":
        raise Invalid.field(
            pointer,
            "unsupported",
            "Only text is supported. Leave the image, audio or file out, or describe it in words.",
        )
    if not isinstance(part.get("text"), str):
        raise Invalid.field(f"{pointer}/text", "type", "The text of a part must be a string.")
    return cast("str", part["text"])
