"""Parse server-sent events (WHATWG HTML, section 9.2.6) from an iterator of bytes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: Limit for the bytes of one line and the characters of one event's data. A chunk of a reply has a few hundred.
MAX_LENGTH = 4_000_000

_FIELDS = frozenset({"", "data", "event", "id", "retry"})
_LINE_END = re.compile(rb"\r\n|\r|\n")


class EventTooLongError(ValueError):
    """A line or an event exceeds the limit."""

    def __init__(self) -> None:
        super().__init__("An event of the stream is too long.")


@dataclass(frozen=True)
class ServerSentEvent:
    """One event. `last_id` is the last id of the stream so far."""

    data: str
    type: str = "message"
    last_id: str = ""


def read_events(pieces: Iterable[bytes], *, max_length: int = MAX_LENGTH) -> Iterator[ServerSentEvent]:
    """Yield each event as soon as its blank line arrives. Raises EventTooLongError.

    The standard drops an event without its blank line at the end. Some providers leave out the last blank line, so it
    is yielded here; the reader of its data sees whether it is complete. `retry` is ignored like unknown fields, because
    there is no reconnection. Some providers write an error as bare JSON between the events: such lines are data.
    """
    data: list[str] = []
    length, kind, last_id, is_bare = 0, "", "", False
    for line in _texts(pieces, max_length):
        if not line:
            if data:
                yield ServerSentEvent("\n".join(data), kind or "message", last_id)
            data, length, kind, is_bare = [], 0, "", False
            continue
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        is_bare = name not in _FIELDS and (is_bare or line.startswith("{"))
        if is_bare:
            name, value = "data", line
        if name == "data":
            data.append(value)
            # One more for the end of the line, so that empty lines count too.
            length = _add(length, len(value) + 1, max_length)
        elif name == "event":
            kind = value
        elif name == "id" and "\0" not in value:
            last_id = value
    if data:
        yield ServerSentEvent("\n".join(data), kind or "message", last_id)


def _texts(pieces: Iterable[bytes], max_length: int) -> Iterator[str]:
    """Decode the lines, without a byte order mark at the start. Invalid UTF-8 becomes U+FFFD."""
    for number, line in enumerate(_lines(pieces, max_length)):
        text = line.decode("utf-8", "replace")
        yield text if number else text.removeprefix("\ufeff")


def _lines(pieces: Iterable[bytes], max_length: int) -> Iterator[bytes]:
    """Yield each line without its CRLF, CR or LF, also an incomplete last one. Each byte is scanned once."""
    begun: list[bytes] = []
    length, is_after_cr = 0, False
    for piece in filter(None, pieces):
        # A CR ends the line at once. Only the next piece shows whether an LF belongs to it.
        rest = piece.removeprefix(b"\n") if is_after_cr else piece
        is_after_cr = rest.endswith(b"\r")
        *ended, rest = _LINE_END.split(rest)
        for end in ended:
            _add(length, len(end), max_length)
            yield b"".join((*begun, end))
            begun, length = [], 0
        if rest:
            begun.append(rest)
            length = _add(length, len(rest), max_length)
    if begun:
        yield b"".join(begun)


def _add(length: int, more: int, max_length: int) -> int:
    if length + more > max_length:
        raise EventTooLongError
    return length + more
