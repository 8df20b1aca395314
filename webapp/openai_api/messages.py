"""Taking the messages of a request apart: what goes to the assistant first, what was said, and the question."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast

from webapp.errors import Invalid
from webapp.services.content import check_content
from webapp.services.values import NewMessage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.openai_api.schemas import MessageIn

_INSTRUCTING = ("system", "developer")
_SPEAKING = ("user", "assistant")


class Conversation(NamedTuple):
    """What a request's messages say."""

    instructions: str | None
    history: tuple[NewMessage, ...]
    question: str


def read_messages(messages: Sequence[MessageIn]) -> Conversation:
    """Read the messages. Raises Invalid for a role or a content that cannot be kept, and where no question is last."""
    instructions: list[str] = []
    said: list[NewMessage] = []
    for number, message in enumerate(messages):
        pointer = f"#/messages/{number}"
        text = _text(message, pointer)
        if message.role in _INSTRUCTING:
            if text.strip():
                instructions.append(check_content(text, f"{pointer}/content"))
            continue
        check_content(text, f"{pointer}/content")
        said.append(NewMessage(content=text, role=cast("Literal['user', 'assistant']", message.role)))
    if not said or said[-1].role != "user":
        raise Invalid.field("#/messages", "no_question", "The last message must be the user's: it is what is answered.")
    return Conversation("\n\n".join(instructions) or None, tuple(said[:-1]), said[-1].content)


def _text(message: MessageIn, pointer: str) -> str:
    if message.role in {"tool", "function"} or message.tool_calls or message.function_call:
        raise Invalid.field(
            pointer, "unsupported", "Calls of tools and their results cannot be kept. Leave these messages out."
        )
    if message.role not in _INSTRUCTING + _SPEAKING:
        raise Invalid.field(
            f"{pointer}/role", "unknown_role", "There is no such role: use system, developer, user or assistant."
        )
    if isinstance(message.content, str):
        return message.content
    if not isinstance(message.content, list):
        raise Invalid.field(f"{pointer}/content", "type", "The content must be a text or a list of text parts.")
    return "\n\n".join(_part(part, f"{pointer}/content/{number}") for number, part in enumerate(message.content))


def _part(part: Any, pointer: str) -> str:
    if not isinstance(part, dict) or part.get("type") != "text":
        raise Invalid.field(
            pointer,
            "unsupported",
            "Only text can be asked and kept. Leave the image, sound or file out, or describe it.",
        )
    if not isinstance(part.get("text"), str):
        raise Invalid.field(f"{pointer}/text", "type", "The text of a part must be a text.")
    return cast("str", part["text"])
