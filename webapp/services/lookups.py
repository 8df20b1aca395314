"""Turns with the archivist: searches of one's own messages, which are no content of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.agent.archivist import Archivist, link_to
from webapp.agent.notes import is_note
from webapp.urls import message_path

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from webapp.services.values import NewMessage

#: The `model` of the archivist's answers.
ARCHIVIST = Archivist.key


def is_by_archivist(message: NewMessage) -> bool:
    return message.role == "assistant" and message.model == ARCHIVIST


def find_lookups(messages: Sequence[NewMessage]) -> list[bool]:
    """Say of each message whether it is an answer of the archivist or a question before one. Notes are no questions."""
    following = [*messages[1:], None]
    return [
        is_by_archivist(message)
        or (message.role == "user" and after is not None and is_by_archivist(after) and not is_note(message.content))
        for message, after in zip(messages, following, strict=True)
    ]


def links_to(message_id: str, titles: Collection[str]) -> list[str]:
    """Return what the archivist writes to link to a message, and to messages of a chat with one of the titles."""
    return [message_path(message_id), *sorted(link_to(title, message_path("")) for title in titles)]
