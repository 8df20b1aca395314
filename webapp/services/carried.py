"""The rules of a transcript that a client carries itself, because nothing of it is stored."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from webapp.config.settings import Settings
from webapp.errors import FieldProblem, Invalid, TooManyMessages
from webapp.ids import utc_now
from webapp.services.content import check_characters, check_content, max_content_chars
from webapp.state import current

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.services.values import NewMessage

#: The messages of a transcript, questions and answers. Each request sends and checks all of them.
MOST_MESSAGES = 400
#: The texts of a transcript have together at most the length of this many messages of maximum length.
MOST_TEXTS = 20
#: The part of it that is free when a question is asked: for the question, its answer and the reasoning.
_TEXTS_OF_TURN = 4

_ROLES = ("user", "assistant")
#: Two machines' clocks may differ by this.
_CLOCKS_DIFFER = timedelta(minutes=5)
_OLDEST = timedelta(days=366)


def has_room(message_count: int) -> bool:
    """Say whether a transcript with so many messages can have another turn."""
    return message_count + 2 <= _most_messages()


def check_room(messages: Sequence[NewMessage]) -> None:
    """Raise TooManyMessages if another turn would make the transcript longer than `check_carried` allows."""
    _check_size(messages, _most_messages() - 2, MOST_TEXTS - _TEXTS_OF_TURN)


def check_carried(messages: Sequence[NewMessage]) -> None:
    """Raise Invalid unless these are whole turns that can be stored, and TooManyMessages if there are too many."""
    _check_size(messages, _most_messages(), MOST_TEXTS)
    for place, message in enumerate(messages):
        if message.role != _ROLES[place % 2]:
            raise Invalid.field(
                _beside(message, "role"),
                "order",
                f"Message {place + 1} of this chat is not by the {_ROLES[place % 2]}. Questions and answers alternate, "
                "and the first message is a question.",
            )
        check_content(message.content, message.pointer)
        _check_reasoning(message)
    if len(messages) % 2:
        raise Invalid.field(
            messages[-1].pointer, "order", "The last message of this chat is a question without an answer. Ask it anew."
        )


def check_times(messages: Sequence[NewMessage], *, is_recent: bool = False) -> None:
    """Raise Invalid for times that go back or lie in the future, and if they must be recent, for older ones."""
    now = utc_now()
    before = now - _OLDEST if is_recent else None
    for place, message in enumerate(messages, 1):
        at = message.create_time
        if at is None:
            continue
        if at > now + _CLOCKS_DIFFER:
            raise _wrong_time(message, f"Message {place} of this chat has a time in the future.")
        if before is not None and at < before:
            wrong = "is more than a year old" if place == 1 and is_recent else "is older than the one before it"
            raise _wrong_time(message, f"Message {place} of this chat {wrong}.")
        before = at


def _most_messages() -> int:
    return min(MOST_MESSAGES, current(Settings).max_history)


def _check_size(messages: Sequence[NewMessage], limit: int, texts: int) -> None:
    length = sum(len(message.content) + len(message.reasoning or "") for message in messages)
    if len(messages) > limit:
        too_many = f"This chat has {len(messages):,} messages. The limit is {limit:,}."
    elif length > texts * max_content_chars():
        too_many = f"This chat has {length:,} characters. The limit is {texts * max_content_chars():,}."
    else:
        return
    raise TooManyMessages(
        f"{too_many} Keep it as an ordinary chat to continue, or begin a new one.",
        problems=(FieldProblem("#/messages", "too_many_messages", too_many),),
    )


def _check_reasoning(message: NewMessage) -> None:
    pointer = _beside(message, "reasoning")
    for text in (message.reasoning, message.model, message.finish_reason):
        check_characters(text or "", pointer)
    if len(message.reasoning or "") > 2 * max_content_chars():
        raise Invalid.field(pointer, "too_long", "The reasoning of an answer is longer than any model's that is kept.")
    if message.role == "user" and (message.reasoning or message.model or message.finish_reason):
        raise Invalid.field(pointer, "order", "Only answers have a model, a finish reason and a reasoning.")


def _wrong_time(message: NewMessage, sentence: str) -> Invalid:
    detail = f"{sentence} Times go forward, and none is in the future."
    return Invalid.field(_beside(message, "create_time"), "time", detail)


def _beside(message: NewMessage, name: str) -> str:
    """Return the pointer of another member of the message."""
    return f"{message.pointer.rpartition('/')[0]}/{name}"
