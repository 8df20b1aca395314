"""What an assistant is given in a turn, and what a transcript says about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime

#: Whose an instruction is: standing for all chats of the user, for those with a tag, of one chat, or sent by a client.
USER, TAG, CHAT, CLIENT = ORIGINS = ("user", "tag", "chat", "client")

#: The number of a response's `instructions`, which stand before everything and hold for that response alone.
OF_RESPONSE = -1


class Key(NamedTuple):
    """What a later instruction takes the place of. The first two fields order what an assistant is given."""

    position: int
    rank: int
    origin: str
    number: int


class Given(NamedTuple):
    """A text that an assistant is given in a turn. `number` counts the texts of one origin and position.

    Of a text that was struck since then, the content is empty, and its digest and the time are known.
    """

    origin: str
    role: str
    position: int
    number: int
    content: str
    struck_digest: bytes | None = None
    struck_at: datetime | None = None

    @property
    def key(self) -> Key:
        return _key(self.origin, self.position, self.number)


class Instruction(NamedTuple):
    """A fact of a transcript: from the message at `at_idx` on, a text was given, or none any more (`text_id` None).

    The text of a struck one is empty.
    """

    at_idx: int
    place: int
    origin: str
    role: str
    position: int
    number: int
    text_id: str | None
    made_at: datetime
    digest: bytes
    content: str | None
    text_digest: bytes | None
    struck_at: datetime | None

    @property
    def key(self) -> Key:
        return _key(self.origin, self.position, self.number)


def _key(origin: str, position: int, number: int) -> Key:
    return Key(position, ORIGINS.index(origin), origin, number)
