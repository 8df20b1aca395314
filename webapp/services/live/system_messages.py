"""System messages: instructions for the assistant. They stand anywhere in a history and are sent in their places."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from webapp.agent.values import Utterance
from webapp.services.instruction_values import CLIENT, Given

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from webapp.services.live.values import LiveTurn


class SystemMessage(NamedTuple):
    """A system message after the first `position` messages of the history. None stands for after the question.

    `role` is the client's word for it. `origin` says whose it is.
    """

    position: int | None
    content: str
    role: str = "system"
    origin: str = CLIENT


def rows_of(messages: Iterable[SystemMessage]) -> list[list[Any]] | None:
    """Return the messages as a row of a live turn has them."""
    return [list(message) for message in messages] or None


def origin_of(row: Sequence[Any]) -> str:
    return SystemMessage(*row).origin


def given_in(live: LiveTurn) -> list[Given]:
    """Return what a turn is given, with the places in the transcript."""
    counts: Counter[tuple[str, int]] = Counter()
    given = []
    for row in live.system_messages or ():
        message = SystemMessage(*row)
        place = live.question_idx + 1 if message.position is None else message.position
        given.append(Given(message.origin, message.role, place, counts[message.origin, place], message.content))
        counts[message.origin, place] += 1
    return given


def weave(dialogue: Sequence[Utterance], rows: Iterable[Sequence[Any]] | None) -> list[Utterance]:
    """Return the dialogue, which ends with the question, with the system messages in their places."""
    placed: dict[int, list[Utterance]] = {}
    for position, content, *_ in rows or ():
        place = len(dialogue) if position is None else min(position, len(dialogue) - 1)
        placed.setdefault(place, []).append(Utterance("system", content))
    woven: list[Utterance] = []
    for place, utterance in enumerate(dialogue):
        woven += [*placed.get(place, ()), utterance]
    return woven + placed.get(len(dialogue), [])
