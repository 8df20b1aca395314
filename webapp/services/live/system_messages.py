"""System messages: instructions for the assistant. They stand anywhere in a history and are sent in their places."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from webapp.agent.values import Utterance
from webapp.services.instruction_values import CLIENT, OF_RESPONSE, Given
from webapp.services.instructions.reading import in_force, read_instructions

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from webapp.services.live.values import LiveTurn

#: The role of what `/v1/responses` calls instructions: system messages of one response.
INSTRUCTIONS = "instructions"


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
        if message.role == INSTRUCTIONS:
            given.append(Given(message.origin, "system", place, OF_RESPONSE, message.content))
            continue
        given.append(Given(message.origin, message.role, place, counts[message.origin, place], message.content))
        counts[message.origin, place] += 1
    return given


def held_of_clients(connection: Connection, session_id: str, end: int) -> list[SystemMessage]:
    """Return the clients' messages that a transcript, up to and without the message at `end`, was made with."""
    facts = in_force(read_instructions(connection, session_id, 0, end)).values()
    return [
        SystemMessage(
            fact.position, fact.content or "", INSTRUCTIONS if fact.number == OF_RESPONSE else fact.role, CLIENT
        )
        for fact in facts
        if fact.origin == CLIENT and not fact.struck_at
    ]


def carried_over(held: Iterable[SystemMessage], said: Sequence[SystemMessage]) -> list[SystemMessage]:
    """Return what a client said before, and what it says now. Instructions are of one response alone.

    Messages at a place take the place of those that were there.
    """
    first = [message for message in said if message.role == INSTRUCTIONS]
    others = [message for message in said if message.role != INSTRUCTIONS]
    places = {message.position for message in others}
    kept = [message for message in held if message.role != INSTRUCTIONS and message.position not in places]
    return [*first, *kept, *others]


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
