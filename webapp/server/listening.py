"""A worker's listener: uvicorn's protocol on the event loop, with the bridge behind it."""

from __future__ import annotations

import asyncio
import logging
import resource
from dataclasses import replace
from email.utils import formatdate
from typing import TYPE_CHECKING

from uvicorn.config import Config
from uvicorn.server import ServerState

from webapp.server.bridge import Bridge
from webapp.server.connections import ConnectionTable
from webapp.server.failures import log_loop_failures
from webapp.server.lanes import Lanes
from webapp.server.limits import Limits
from webapp.server.protocol import Connection
from webapp.services.live import Feeds
from webapp.state import provide

if TYPE_CHECKING:
    import socket

    from flask import Flask

    from webapp.config.settings import Settings

_BACKLOG = 1_024
#: Seconds for the cleanup of connections that were closed.
_LAST_SECONDS = 1.0
#: File descriptors for everything but connections: the database, files, the assistant's provider.
_OTHER_DESCRIPTORS = 400


class Listener:
    """Accepts and serves connections until it is stopped."""

    def __init__(self, app: Flask, settings: Settings, limits: Limits | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        log_loop_failures(self._loop)
        self._lanes = Lanes(settings.threads)
        self._feeds = provide(app, Feeds(app, self._lanes.streams.run))
        limits = _within_descriptors(limits or Limits.of(settings))
        self._config = Config(
            Bridge(app, settings, self._lanes, limits),
            interface="asgi3",
            http=Connection,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            headers=[("server", "Minutebook")],
            timeout_keep_alive=int(limits.idle_seconds),
        )
        self._config.load()
        # uvicorn logs requests that it cannot parse, so any client could fill the log.
        logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
        self._state = ServerState()
        self._app_state = {"limits": limits, "connections": ConnectionTable(limits)}
        self._server: asyncio.Server | None = None

    async def begin(self, listener: socket.socket) -> None:
        self._set_date()
        self._feeds.begin()
        self._server = await self._loop.create_server(self._connection, sock=listener, backlog=_BACKLOG)

    def stop(self) -> None:
        """Close the port and every idle connection."""
        assert self._server is not None
        self._server.close()
        self._feeds.leave()
        for connection in list(self._state.connections):
            connection.shutdown()

    async def finish(self, seconds: float) -> None:
        """Wait until every response is sent, at most `seconds`; then close the remaining connections."""
        await self._tasks_end(seconds)
        for connection in list(self._state.connections):
            connection.transport.abort()
        await self._tasks_end(_LAST_SECONDS)
        self._lanes.close()

    async def _tasks_end(self, seconds: float) -> None:
        ends_at = self._loop.time() + seconds
        while self._state.tasks and self._loop.time() < ends_at:
            await asyncio.wait(self._state.tasks, timeout=ends_at - self._loop.time())

    def _connection(self) -> Connection:
        return Connection(self._config, self._state, self._app_state, self._loop)

    def _set_date(self) -> None:
        """Update the `Date` header of responses once a second (RFC 9110, section 6.6.1)."""
        self._state.default_headers = [(b"date", formatdate(usegmt=True).encode()), *self._config.encoded_headers]
        self._loop.call_later(1.0, self._set_date)


def _within_descriptors(limits: Limits) -> Limits:
    """Raise the descriptor limit as far as the system allows and bound the connections by it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = limits.connections + _OTHER_DESCRIPTORS
    if soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return replace(limits, connections=max(1, min(limits.connections, soft - _OTHER_DESCRIPTORS)))
