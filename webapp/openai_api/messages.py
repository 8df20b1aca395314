"""Splits the messages of a request into system messages, history and question."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast

from webapp.errors import Invalid
from webapp.services.content import BLANK, check_content, check_system_text
from webapp.services.live import SystemMessage
from webapp.services.values import NewMessage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.openai_api.schemas import MessageIn

_SYSTEM_ROLES = ("system", "developer")
_DIALOGUE_ROLES = ("user", "assistant")
#: The kinds of parts that are text, and the name of the text in them.
_TEXTS = {"text": "text", "input_text": "text", "output_text": "text", "refusal": "refusal"}


class Conversation(NamedTuple):
    """The messages of a request. Empty answers are part of the history: a client may have read nothing of them."""

    system: tuple[SystemMessage, ...]
    history: tuple[NewMessage, ...]
    question: str


def read_messages(messages: Sequence[MessageIn], root: str = "#/messages") -> Conversation:
    """Return the messages, which are at the pointer `root`.

    Raises Invalid for an unsupported role or content, or if the last is not the user's.
    """
    texts = [_text(message, f"{root}/{number}") for number, message in enumerate(messages)]
    last = next((n for n in reversed(range(len(messages))) if messages[n].role in _DIALOGUE_ROLES), None)
    if last is None or messages[last].role != "user":
        raise Invalid.field(root, "no_question", "The last message must have the role user. Send the question last.")
    question = check_content(texts[last], f"{root}/{last}/content")
    system: list[SystemMessage] = []
    history: list[NewMessage] = []
    for number, (message, text) in enumerate(zip(messages, texts, strict=True)):
        pointer = f"{root}/{number}/content"
        if message.role in _SYSTEM_ROLES:
            check_system_text(text, pointer, f"The {message.role} message has")
            if text.strip(BLANK):
                system.append(SystemMessage(len(history) if number < last else None, text, message.role))
        elif number < last and (text.strip(BLANK) or message.role == "assistant"):
            role = cast("Literal['user', 'assistant']", message.role)
            history.append(
                NewMessage(content=_checked(text, pointer), role=role, pointer=pointer, id=message.stored_id)
            )
    return Conversation(tuple(system), tuple(history), question)


def _checked(text: str, pointer: str) -> str:
    return check_content(text, pointer) if text.strip(BLANK) else ""


def _text(message: MessageIn, pointer: str) -> str:
    """Return the text of a message, empty if there is none. A refusal is what was said."""
    if message.role in {"tool", "function"} or message.tool_calls or message.function_call:
        raise Invalid.field(
            pointer, "unsupported", "Tool calls and their results are not supported. Leave these messages out."
        )
    if message.role not in _SYSTEM_ROLES + _DIALOGUE_ROLES:
        raise Invalid.field(
            f"{pointer}/role", "unknown_role", "The role is unknown. Use system, developer, user or assistant."
        )
    content = message.content
    if content is None:
        content = ""
    if isinstance(content, list):
        content = "\n\n".join(_part(part, f"{pointer}/content/{number}") for number, part in enumerate(content))
    if not isinstance(content, str):
        raise Invalid.field(f"{pointer}/content", "type", "The content must be a string or a list of text parts.")
    if message.role == "assistant" and not content.strip(BLANK):
        return message.refusal or ""
    return content


def _part(part: Any, pointer: str) -> str:
    kind = part.get("type") if isinstance(part, dict) else None
    if not isinstance(kind, str) or kind not in _TEXTS:
        raise Invalid.field(
            pointer,
            "unsupported",
            "Only text is supported. Leave the image, audio or file out, or describe it in words.",
        )
    name = _TEXTS[kind]
    text = part.get(name)
    if not isinstance(text, str):
        raise Invalid.field(f"{pointer}/{name}", "type", f"The {name} of a part must be a string.")
    return text
