"""The server's event loop in a thread of the test's own process, so that a test may choose its limits."""

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import uvloop

from tests.server.wire import Wire
from webapp.config.settings import Settings
from webapp.server.limits import Limits
from webapp.server.listening import Listener
from webapp.services.live.feeds.registry import Feeds
from webapp.state import current

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from flask import Flask


class Served:
    """An app that is served on a port."""

    def __init__(self, app: Flask, port: int, listening: Listener) -> None:
        self.app = app
        self.port = port
        self._listening = listening

    def connections(self) -> list[object]:
        """The connections that are open."""
        return list(self._listening._state.connections)

    def connect(self, source: str = "127.0.0.1", *, buffer: int | None = None) -> Wire:
        """Open a connection, from an address of this machine; `buffer` is how many bytes it takes unread."""
        return Wire(self.port, source, buffer=buffer)


@contextmanager
def served(app: Flask, **limits: object) -> Iterator[Served]:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(512)
    listener.setblocking(False)
    ready, end = threading.Event(), asyncio.Event()
    loops: list[asyncio.AbstractEventLoop] = []
    made: list[Listener] = []
    settings = current(Settings, app)

    async def serve() -> None:
        loops.append(asyncio.get_running_loop())
        listening = Listener(app, settings, replace(Limits.of(settings), **limits))  # type: ignore[arg-type]
        made.append(listening)
        await listening.begin(listener)
        ready.set()
        await end.wait()
        listening.stop()
        await listening.finish(5)

    thread = threading.Thread(target=lambda: uvloop.run(serve()), name="server")
    port = listener.getsockname()[1]
    thread.start()
    assert ready.wait(20)
    try:
        yield Served(app, port, made[0])
    finally:
        loops[0].call_soon_threadsafe(end.set)
        thread.join(20)
        app.extensions["minutebook"].pop(Feeds)
        assert not thread.is_alive()


@pytest.fixture
def serve(app: Flask) -> Callable[..., AbstractContextManager[Served]]:
    """Serve the app; keyword arguments are limits."""
    return lambda **limits: served(app, **limits)
