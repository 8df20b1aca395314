"""A client's system messages. They stand anywhere in its history, are sent in their places, and are not stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from webapp.agent.values import Utterance

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class SystemMessage(NamedTuple):
    """A system message after the first `position` messages of the history. None stands for after the question."""

    position: int | None
    content: str


def rows_of(messages: Iterable[SystemMessage]) -> list[list[Any]] | None:
    """Return the messages as a row of a live turn has them."""
    return [list(message) for message in messages] or None


def weave(dialogue: Sequence[Utterance], rows: Iterable[Sequence[Any]] | None) -> list[Utterance]:
    """Return the dialogue, which ends with the question, with the system messages in their places."""
    placed: dict[int, list[Utterance]] = {}
    for position, content in rows or ():
        place = len(dialogue) if position is None else min(position, len(dialogue) - 1)
        placed.setdefault(place, []).append(Utterance("system", content))
    woven: list[Utterance] = []
    for place, utterance in enumerate(dialogue):
        woven += [*placed.get(place, ()), utterance]
    return woven + placed.get(len(dialogue), [])
