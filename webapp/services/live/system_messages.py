"""System messages: instructions for the assistant. They stand anywhere in a history and are sent in their places."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
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

    `role` is the client's word for it. `origin` says whose it is. Of one that was struck after a failure, the content
    is empty, and `struck` has the digest of its text in hexadecimal digits and the time: the answer so far was made
    with it.
    """

    position: int | None
    content: str
    role: str = "system"
    origin: str = CLIENT
    struck: tuple[str, str] | None = None

    def without_text(self, digest: bytes, struck_at: datetime) -> SystemMessage:
        """Return what is left of it after a strike."""
        return self._replace(content="", struck=(digest.hex(), struck_at.isoformat()))


def rows_of(messages: Iterable[SystemMessage]) -> list[list[Any]] | None:
    """Return the messages as a row of a live turn has them."""
    return [list(message if message.struck else message[:-1]) for message in messages] or None


def given_in(live: LiveTurn) -> list[Given]:
    """Return what a turn is given, with the places in the transcript."""
    counts: Counter[tuple[str, int]] = Counter()
    given = []
    for row in live.system_messages or ():
        message = SystemMessage(*row)
        place = live.question_idx + 1 if message.position is None else message.position
        role, number = message.role, counts[message.origin, place]
        if role == INSTRUCTIONS:
            role, number = "system", OF_RESPONSE
        else:
            counts[message.origin, place] += 1
        given.append(Given(message.origin, role, place, number, message.content, *_struck(message)))
    return given


def _struck(message: SystemMessage) -> tuple[bytes, datetime] | tuple[()]:
    return (bytes.fromhex(message.struck[0]), datetime.fromisoformat(message.struck[1])) if message.struck else ()


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
        # The text of a struck one is gone.
        placed.setdefault(place, []).extend([Utterance("system", content)] if content else [])
    woven: list[Utterance] = []
    for place, utterance in enumerate(dialogue):
        woven += [*placed.get(place, ()), utterance]
    return woven + placed.get(len(dialogue), [])
