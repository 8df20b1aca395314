"""Server-sent events: read as a browser reads them (WHATWG HTML, section 9.2.6), at once or while they come."""

from __future__ import annotations

import codecs
import json
import queue
import re
import threading
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.test import TestResponse

MEDIA_TYPE = "text/event-stream; charset=utf-8"
PATIENCE = 20.0

_LINE = re.compile(r"\r\n|\n|\r")


class Event(NamedTuple):
    """An event as it is dispatched. What is no JSON is no event of ours."""

    name: str
    data: Any
    id: str

    @property
    def attempt(self) -> str:
        return self.id.partition(":")[0]

    @property
    def length(self) -> int:
        return int(self.id.partition(":")[2])


class Reader:
    """Takes the bytes as they come and gives the events that are whole; comments are kept aside."""

    def __init__(self) -> None:
        self.comments: list[str] = []
        self._decode = codecs.getincrementaldecoder("utf-8")().decode
        self._is_new = True
        self._rest = ""
        self._name, self._data, self._id = "", [], ""

    def feed(self, chunk: bytes) -> list[Event]:
        self._rest += self._decode(chunk)
        if self._is_new and self._rest:
            self._rest, self._is_new = self._rest.removeprefix("\ufeff"), False
        events = []
        while True:
            end = _LINE.search(self._rest)
            # A CR at the very end may be half of a CR LF.
            if end is None or (end[0] == "\r" and end.end() == len(self._rest)):
                return events
            line, self._rest = self._rest[: end.start()], self._rest[end.end() :]
            if line:
                self._field(line)
            elif (event := self._dispatch()) is not None:
                events.append(event)

    def _field(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not name:
            self.comments.append(value)
        elif name == "event":
            self._name = value
        elif name == "data":
            self._data.append(value)
        elif name == "id" and "\0" not in value:
            self._id = value

    def _dispatch(self) -> Event | None:
        name, data = self._name or "message", self._data
        self._name, self._data = "", []
        return Event(name, json.loads("\n".join(data)), self._id) if data else None


def events_of(response: TestResponse) -> list[Event]:
    """Return the events of a stream, once it is over."""
    assert (response.status_code, response.content_type) == (200, MEDIA_TYPE), response.text
    return Reader().feed(response.data)


def names(events: list[Event]) -> list[str]:
    """Say which events came, however many pieces the text came in."""
    found = [event.name for event in events]
    return [name for place, name in enumerate(found) if name != "delta" or found[place - 1 : place] != ["delta"]]


def text_of(events: list[Event]) -> str:
    """Put the pieces of the text together."""
    return "".join(event.data["text"] for event in events if event.name == "delta")


class Listener:
    """Makes a request in a thread of its own and reads its stream: what comes can be waited for."""

    reader_class: type[Reader] = Reader

    def __init__(self, app: Flask, method: str, url: str, **request: Any) -> None:
        self.reader = self.reader_class()
        self.seen: list[Event] = []
        self._came: queue.Queue[Event | BaseException | None] = queue.Queue()
        # Named, so that the fixture that closes the app can join it.
        self._thread = threading.Thread(target=self._read, args=(app, method, url, request), name="stream", daemon=True)
        self._thread.start()

    def next(self) -> Event | None:
        """Wait for the next event; None is the end of the stream."""
        found = self._came.get(timeout=PATIENCE)
        if isinstance(found, BaseException):
            raise found
        if found is not None:
            self.seen.append(found)
        return found

    def until(self, text: str) -> None:
        """Wait until the text has come this far."""
        while text_of(self.seen) != text:
            assert text.startswith(text_of(self.seen))
            assert self.next() is not None, f"the stream ended before {text!r}"

    def rest(self) -> list[Event]:
        """Wait for the end of the stream and return everything that came."""
        while self.next() is not None:
            pass
        self._thread.join(PATIENCE)
        return self.seen

    def _read(self, app: Flask, method: str, url: str, request: dict[str, Any]) -> None:
        try:
            with app.test_client().open(url, method=method, buffered=False, **request) as response:
                assert (response.status_code, response.content_type) == (200, MEDIA_TYPE), response.text
                for chunk in response.response:
                    for event in self.reader.feed(chunk):
                        self._came.put(event)
        except BaseException as error:
            self._came.put(error)
        else:
            self._came.put(None)
