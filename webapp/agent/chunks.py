"""The JSON objects of a chat completion, from a stream of events or from one body.

Harmless oddities are passed over: events that say nothing, and single events that cannot be read.
"""

from __future__ import annotations

import json
import re
from itertools import chain
from typing import TYPE_CHECKING, Any

from webapp.agent.event_stream import read_events
from webapp.agent.protocol import AssistantFailed
from webapp.agent.provider_errors import error_in_answer, web_page
from webapp.agent.provider_words import is_error, plain_line, read_payload, words_of
from webapp.agent.whole_bodies import whole_body

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: The mark of the end, also in other letters or as a string of JSON.
_DONE = re.compile(r'\s*"?\[DONE\]', re.IGNORECASE)
_BLANK = b"\xef\xbb\xbf \t\r\n"
#: The beginning of a stream of events: a field, or a comment.
_FIELD = re.compile(rb"(?:data|event|id|retry)?:|(?:data|event|id|retry)[\r\n]")
_LONGEST_FIELD = 8


class Chunks:
    """The objects of a reply, in their order.

    `is_done` says afterwards whether the provider marked the end. `complaint` is the last object that may be an error:
    it has words beside the answer's.
    """

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self.is_done = False
        self.complaint: dict[str, Any] | None = None
        self._was_read = False
        self._garbage = ""

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yield the objects. Raises ProviderStatusError, and AssistantFailed if there is no object."""
        begun = self._begin()
        text = begun.lstrip(_BLANK)
        if text.startswith(b"<"):
            raise web_page()
        if text and not _FIELD.match(text):
            self._garbage = begun.decode("utf-8", "replace")
        pieces = chain([begun], self._pieces)
        for chunk in self._of_body(pieces) if text[:1] in {b"{", b"["} else self._of_events(pieces):
            if is_error(chunk):
                raise error_in_answer(chunk)
            if not chunk.get("choices") and words_of(chunk):
                self.complaint = chunk
            yield chunk
        if self._garbage and not self._was_read:
            raise AssistantFailed(f"The provider's answer is no chat completion: {plain_line(self._garbage)}")

    def _begin(self) -> bytes:
        """Return the beginning, up to where its form is clear. Some servers send blanks to stay connected."""
        begun = b""
        for piece in self._pieces:
            begun = begun[-_LONGEST_FIELD:] + piece
            text = begun.lstrip(_BLANK)
            if len(text) > _LONGEST_FIELD or _FIELD.match(text) or text[:1] in {b"<", b"{", b"["}:
                break
        return begun

    def _of_body(self, pieces: Iterable[bytes]) -> Iterator[dict[str, Any]]:
        """Yield the object of a whole answer, or the objects of its lines."""
        body = whole_body(pieces).decode("utf-8-sig", "replace")
        try:
            payload = json.loads(body, strict=False)
        except (ValueError, RecursionError):
            for line in body.splitlines():
                yield from self._objects(line)
            return
        for chunk in _dicts(payload):
            self._was_read = True
            if not chunk.get("choices") and isinstance(chunk.get("message"), str):
                raise error_in_answer(chunk)
            yield chunk
        self.is_done = self._was_read

    def _of_events(self, pieces: Iterable[bytes]) -> Iterator[dict[str, Any]]:
        for event in read_events(pieces):
            if event.type == "error":
                raise error_in_answer(read_payload(event.data))
            yield from self._objects(event.data)
            if self.is_done:
                return

    def _objects(self, data: str) -> Iterator[dict[str, Any]]:
        """Yield the objects of an event; none for an event that says nothing or cannot be read."""
        if _DONE.match(data):
            self.is_done = True
            return
        try:
            # Some providers do not escape control characters.
            payload = json.loads(data, strict=False) if data.strip() else None
        except (ValueError, RecursionError):
            lines = data.split("\n")
            if len(lines) == 1:
                self._garbage = self._garbage or data
                return
            # Without the blank lines between them several events are one.
            for line in lines:
                yield from self._objects(line)
            return
        for chunk in _dicts(payload):
            self._was_read = True
            yield chunk


def _dicts(payload: Any) -> list[dict[str, Any]]:
    return [each for each in (payload if isinstance(payload, list) else [payload]) if isinstance(each, dict)]
