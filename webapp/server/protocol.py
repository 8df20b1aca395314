"""A connection: uvicorn's HTTP/1.1 protocol with limits against slow and hostile clients."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from webapp.server.deadline import Deadline
from webapp.server.refusals import refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from uvicorn.config import Config
    from uvicorn.server import ServerState

    from webapp.server.connections import ConnectionTable
    from webapp.server.limits import Limits


class Connection(HttpToolsProtocol):
    """One client's connection.

    uvicorn limits neither the time of a header, nor an idle connection before its first request, nor the size of a
    header.
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
        #: Whether the client closed the connection or its sending side.
        self.has_ended = False
        self._lost = self.loop.create_future()
        self._deadline = Deadline(self.loop)
        self._header_bytes = 0
        self._in_header = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start to wait for the first request if there is room for the connection."""
        super().connection_made(transport)
        self.address = self.client[0] if self.client else ""
        if not self.table.admit(self):
            self.refuse(503)
            return
        self._wait(self.limits.idle_seconds, self._close_idle)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._deadline.clear()
        self.table.remove(self)
        self.has_ended = True
        self._lost.set_result(None)
        if self._on_gone is not None:
            self._on_gone()

    async def hang_up(self) -> None:
        """Close the connection, drop unsent data, and wait until it is closed.

        uvicorn reports an incomplete response as an error of the app unless the client is gone.
        """
        self.transport.abort()
        await asyncio.shield(self._lost)

    async def refuse_and_close(self, status: int) -> None:
        """Send an error without the app and wait until the connection is closed."""
        self.refuse(status)
        await asyncio.shield(self._lost)

    def on_disconnect(self, call: Callable[[], object] | None) -> None:
        """Call `call` when the client is gone or stops sending, or at once if it is. None removes the callback."""
        self._on_gone = call
        if call is not None and self.has_ended:
            call()

    def eof_received(self) -> bool:  # type: ignore[override]
        """Answer a client that has closed its sending side if its request is complete; return whether to stay open.

        A waiting view is notified that its client has disconnected.
        """
        self.has_ended = True
        if self._is_idle() or self.cycle.more_body or self._on_gone is not None:
            return False
        self.cycle.keep_alive = False
        return True

    def data_received(self, data: bytes) -> None:
        """Process received bytes as long as the header is not too large."""
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
        super().on_url(url)
        if len(self.url) > self.limits.target_bytes:
            self.refuse(414)

    def on_message_begin(self) -> None:
        """Start a request. An earlier request of the same connection may still be in progress."""
        if not self._in_header:
            self._begin_header()
        super().on_message_begin()
        self.scope["state"]["connection"] = self

    def on_headers_complete(self) -> None:
        """Pass the request to the app unless it was refused."""
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
        self._deadline.clear()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self.table.stop_waiting(self)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._on_gone = None
        if self.transport.is_closing() or self.pipeline:
            return
        self.table.start_waiting(self)
        if self._in_header:
            self._wait(self.limits.header_seconds, self._refuse_late_header)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's signature
        self.refuse(400)

    def refuse(self, status: int) -> None:
        if self.transport.is_closing():
            return
        cycle = self.cycle
        if cycle is None or cycle.response_complete or not cycle.response_started:
            self.transport.write(refusal(status, self.server_state.default_headers))
        self.transport.close()

    def evict(self) -> None:
        if self._in_header or not self._is_idle():
            self.refuse(503)
        else:
            self.transport.close()

    def shutdown(self) -> None:
        """Close the connection now if it is idle, else after the response."""
        super().shutdown()
        self._deadline.clear()

    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _begin_header(self) -> None:
        self._in_header = True
        self._header_bytes = 0

    def _wait(self, seconds: float, then: Callable[[], None]) -> None:
        self.table.start_waiting(self)
        self._deadline.set(seconds, then)

    def _close_idle(self) -> None:
        self.transport.close()

    def _refuse_late_header(self) -> None:
        self.refuse(408)
