"""A connection: uvicorn's HTTP/1.1 protocol, bounded in what a slow or hostile client may take."""

from __future__ import annotations

import asyncio
import http
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from uvicorn.config import Config
    from uvicorn.server import ServerState

    from webapp.server.connections import ConnectionTable
    from webapp.server.limits import Limits

_SENTENCES = {
    400: "This is no HTTP request that can be understood.",
    408: "The request did not come in time.",
    414: "The address is too long.",
    431: "The header of the request is too large.",
    503: "Too many connections are open. Please try again in a few seconds.",
}


class Connection(HttpToolsProtocol):
    """One client's connection.

    uvicorn bounds neither the time of a header nor that of a connection on which nothing is sent, nor the size of a
    header. What cannot be told by the app (there is no request yet) is told in a line of plain text.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.limits: Limits = app_state["limits"]
        self.table: ConnectionTable = app_state["connections"]
        self.address = ""
        self._on_gone: Callable[[], object] | None = None
        #: Whether the client hung up, or sends nothing more.
        self.has_ended = False
        self._lost = self.loop.create_future()
        self._timer: asyncio.TimerHandle | None = None
        self._header_bytes = 0
        self._in_header = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request, if there is room for a connection more."""
        super().connection_made(transport)
        self.address = self.client[0] if self.client else ""
        if not self.table.admit(self):
            self.refuse(503)
            return
        self._wait(self.limits.idle_seconds, self._close_idle)

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of everything that the connection holds."""
        super().connection_lost(exc)
        self._stop_timer()
        self.table.remove(self)
        self.has_ended = True
        self._lost.set_result(None)
        if self._on_gone is not None:
            self._on_gone()

    async def hang_up(self) -> None:
        """Close the connection, with what its client has not taken unsent, and wait until it is closed.

        uvicorn takes a request whose answer is not whole for a failure of the app unless its client is gone.
        """
        self.transport.abort()
        await asyncio.shield(self._lost)

    async def refuse_and_close(self, status: int) -> None:
        """Answer without the app, and wait until the connection is closed."""
        self.refuse(status)
        await asyncio.shield(self._lost)

    def when_gone(self, call: Callable[[], object] | None) -> None:
        """Call this when the client hangs up or sends nothing more; at once if it did already. None forgets it."""
        self._on_gone = call
        if call is not None and self.has_ended:
            call()

    def eof_received(self) -> bool:  # type: ignore[override]
        """Answer a client that sends nothing more, if its request is whole; return whether to keep the connection.

        Whatever takes its time, and wants to know whether somebody still listens, is told that nobody does.
        """
        self.has_ended = True
        if self._is_idle() or self.cycle.more_body or self._on_gone is not None:
            return False
        self.cycle.keep_alive = False
        return True

    def data_received(self, data: bytes) -> None:
        """Take what came, for as long as the header it belongs to is not too large."""
        if self.transport.is_closing():
            return
        if self._is_idle() and not self._in_header:
            self._begin_header()
            self._wait(self.limits.header_seconds, self._refuse_late_header)
        if self._in_header:
            self._header_bytes += len(data)
        super().data_received(data)
        if self._in_header and self._header_bytes > self.limits.header_bytes:
            self.refuse(431)

    def on_url(self, url: bytes) -> None:
        """Take a piece of the request's target."""
        super().on_url(url)
        if len(self.url) > self.limits.target_bytes:
            self.refuse(414)

    def on_message_begin(self) -> None:
        """Begin a request; it may follow another one that is still being answered."""
        if not self._in_header:
            self._begin_header()
        super().on_message_begin()
        self.scope["state"]["connection"] = self

    def on_headers_complete(self) -> None:
        """Hand the request to the app, unless it was refused already."""
        self._in_header = False
        if self.transport.is_closing():
            return
        if self.parser.get_http_version() not in {"1.0", "1.1"}:
            self.refuse(400)
            return
        size = sum(len(name) + len(value) for name, value in self.headers)
        if size > self.limits.header_bytes or len(self.headers) > self.limits.header_fields:
            self.refuse(431)
            return
        self._stop_timer()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Note that the request is whole."""
        super().on_message_complete()
        self.table.stop_waiting(self)

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        super().on_response_complete()
        self._on_gone = None
        if self.transport.is_closing() or self.pipeline:
            return
        self.table.start_waiting(self)
        if self._in_header:
            self._wait(self.limits.header_seconds, self._refuse_late_header)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's signature
        """Answer what is no request."""
        self.refuse(400)

    def refuse(self, status: int) -> None:
        """Answer without the app, and close."""
        if self.transport.is_closing():
            return
        cycle = self.cycle
        if cycle is None or cycle.response_complete or not cycle.response_started:
            self.transport.write(self._refusal(status))
        self.transport.close()

    def evict(self) -> None:
        """Close a connection whose client owes a request, because others need the place."""
        if self._in_header or not self._is_idle():
            self.refuse(503)
        else:
            self.transport.close()

    def shutdown(self) -> None:
        """Close if nothing is being answered, else when it was."""
        super().shutdown()
        self._stop_timer()

    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _begin_header(self) -> None:
        self._in_header = True
        self._header_bytes = 0

    def _wait(self, seconds: float, then: Callable[[], None]) -> None:
        self.table.start_waiting(self)
        self._stop_timer()
        self._timer = self.loop.call_later(seconds, then)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _close_idle(self) -> None:
        self.transport.close()

    def _refuse_late_header(self) -> None:
        self.refuse(408)

    def _refusal(self, status: int) -> bytes:
        body = f"{_SENTENCES[status]}\n".encode()
        fields = [
            *self.server_state.default_headers,
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
        ]
        if status == http.HTTPStatus.SERVICE_UNAVAILABLE:
            fields.append((b"retry-after", b"3"))
        return STATUS_LINE[status] + b"".join(b"%s: %s\r\n" % field for field in fields) + b"\r\n" + body
