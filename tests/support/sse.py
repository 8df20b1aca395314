"""Talking to a real server as Alice's programs do: requests, and server-sent events read as they come."""

from __future__ import annotations

import json
import time
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.support.accounts import BEARER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.server import Server

#: What a broken connection raises, wherever it breaks.
BROKEN = (OSError, HTTPException, ValueError)


class Event(NamedTuple):
    """One server-sent event."""

    id: str
    name: str
    data: Any


class Answer(NamedTuple):
    """What came back for a request."""

    status: int
    data: Any
    headers: Any


class Stream:
    """An answer that is read while it is written. `status` is known at once."""

    def __init__(self, connection: HTTPConnection, method: str, path: str, body: Any, headers: dict[str, str]) -> None:
        self.connection = connection
        self.local_port = connection.sock.getsockname()[1]
        content = None if body is None else json.dumps(body).encode()
        kind = {"Content-Type": "application/json"} if body is not None else {}
        self.connection.request(method, path, content, {"Accept": "text/event-stream", **BEARER, **kind, **headers})
        self.response = self.connection.getresponse()
        self.status = self.response.status
        self.last_id = ""

    def __iter__(self) -> Iterator[Event]:
        """Yield the events as they come, to the end of the stream; comments are passed over."""
        fields: dict[str, str] = {}
        while line := self.response.readline():
            name, _, value = line.decode().rstrip("\n").partition(": ")
            if name:
                fields[name] = value
            elif "event" in fields:
                self.last_id = fields.get("id", self.last_id)
                yield Event(fields.get("id", ""), fields["event"], json.loads(fields["data"]))
                fields = {}
            else:
                fields = {}

    def close(self) -> None:
        """Hang up."""
        self.response.close()
        self.connection.close()


class Client:
    """A program that uses the JSON API of a server."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self.address = (host, port)

    def connect(self) -> HTTPConnection:
        """Open a connection."""
        connection = HTTPConnection(*self.address, timeout=40)
        connection.connect()
        return connection

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Send a request on a connection of its own and read the whole answer."""
        connection = self.connect()
        try:
            content = None if body is None else json.dumps(body).encode()
            kind = {"Content-Type": "application/json"} if body is not None else {}
            given = {"Connection": "close", **BEARER, **kind, **_named(headers)}
            connection.request(method, f"/api/v1{path}", content, given)
            response = connection.getresponse()
            data = response.read()
            return Answer(response.status, json.loads(data) if data else None, response.headers)
        finally:
            connection.close()

    @contextmanager
    def stream(self, method: str, path: str, body: Any = None, **headers: str) -> Iterator[Stream]:
        """Send a request and read its events while they come."""
        # A server that dies before its answer begins leaves a connection to be closed as well.
        with closing(self.connect()) as connection:
            stream = Stream(connection, method, f"/api/v1{path}", body, _named(headers))
            with closing(stream):
                yield stream


class WorkerClient(Client):
    """A program whose connections are all served by one worker of the server."""

    def __init__(self, server: Server, worker: int) -> None:
        super().__init__(server.port)
        self.server = server
        self.worker = worker

    def connect(self) -> HTTPConnection:
        """Open connections until the worker takes one."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            connection = super().connect()
            try:
                if self._taken_by(connection) == self.worker:
                    return connection
            except BaseException:
                connection.close()
                raise
            connection.close()
        raise AssertionError("the worker takes no connection")

    def _taken_by(self, connection: HTTPConnection) -> int | None:
        """Wait until a worker has taken it, which they do before anything is sent."""
        deadline = time.monotonic() + 10
        worker = None
        while worker is None and time.monotonic() < deadline:
            worker = self.server.worker_of(connection.sock.getsockname()[1])
        return worker


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def text_of(events: Any) -> str:
    """What the pieces say, put together."""
    return "".join(event.data["text"] for event in events if event.name == "delta")
