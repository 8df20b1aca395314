"""Server-sent events (WHATWG HTML, section 9.2.6) out of bytes that come in pieces."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: Bytes of one line, and characters of one event's data. A chunk of a reply takes some hundreds.
MAX_LENGTH = 4_000_000

_LINE_END = re.compile(rb"\r\n|\r|\n")


class EventTooLongError(ValueError):
    """A line or an event is longer than anybody would send."""

    def __init__(self) -> None:
        super().__init__("An event of the stream is too long.")


@dataclass(frozen=True)
class ServerSentEvent:
    """One event: its data, its type, and the last id that the stream gave."""

    data: str
    type: str = "message"
    last_id: str = ""


def read_events(pieces: Iterable[bytes], *, max_length: int = MAX_LENGTH) -> Iterator[ServerSentEvent]:
    """Yield each event as soon as its blank line has come. Raises EventTooLongError.

    An event that the stream breaks off in is dropped, as the standard says. `retry` is passed over like any unknown
    field: nobody connects again.
    """
    data: list[str] = []
    length, kind, last_id = 0, "", ""
    for line in _texts(pieces, max_length):
        if not line:
            if data:
                yield ServerSentEvent("\n".join(data), kind or "message", last_id)
            data, length, kind = [], 0, ""
            continue
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            data.append(value)
            # One more for the line's end, so that empty lines count as well.
            length = _add(length, len(value) + 1, max_length)
        elif name == "event":
            kind = value
        elif name == "id" and "\0" not in value:
            last_id = value


def _texts(pieces: Iterable[bytes], max_length: int) -> Iterator[str]:
    """Yield the lines as text, the first one without a byte order mark. Bytes that are no UTF-8 become U+FFFD."""
    for number, line in enumerate(_lines(pieces, max_length)):
        text = line.decode("utf-8", "replace")
        yield text if number else text.removeprefix("\ufeff")


def _lines(pieces: Iterable[bytes], max_length: int) -> Iterator[bytes]:
    """Yield the lines that have ended, without their ends: CRLF, CR or LF. No byte is looked at twice."""
    begun: list[bytes] = []
    length, is_after_cr = 0, False
    for piece in filter(None, pieces):
        # A line ends with its CR: whether an LF follows is only known with the next piece.
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


def _add(length: int, more: int, max_length: int) -> int:
    if length + more > max_length:
        raise EventTooLongError
    return length + more
