"""A worker: the process that serves. `python -m webapp.server.worker LISTENER LIFELINE`, two inherited descriptors.

Told to end (SIGTERM, Ctrl+C, or because the supervisor is gone), it gives the port up at once. Answers that are being
written get a grace time, also where no client follows them; what is not finished then is interrupted, with its text
kept, to be tried again. Told a second time by Ctrl+C or SIGQUIT, it does not wait.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time
from typing import TYPE_CHECKING, cast

import uvloop

from webapp.config.settings import ConfigError, Settings
from webapp.malloc import return_freed_memory
from webapp.observability.exceptions import describe_exception
from webapp.server.exits import BOOT_FAILED
from webapp.server.failures import log_failures
from webapp.server.listening import Listening

if TYPE_CHECKING:
    from flask import Flask

    from webapp.services.live.process.runner import Runner

#: One press of Ctrl+C arrives twice: from the terminal, and from the supervisor, which got it too.
_SAME_WISH_SECONDS = 1.0
_HEARTBEAT_SECONDS = 1.0
#: Answers that are computed or sent when the grace time is over may take so many seconds more.
_LAST_SECONDS = 5.0


class Worker:
    """Serves an app on a socket that listens already, until it is told to end."""

    def __init__(self, app: Flask, settings: Settings, listener: socket.socket, lifeline: socket.socket) -> None:
        self._app = app
        self._settings = settings
        self._listener = listener
        self._lifeline = lifeline
        self._told_at = float("inf")
        self._is_told = asyncio.Event()
        self._runner = cast("Runner", app.extensions["live"])

    async def run(self) -> None:
        """Serve, and end in order."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self._end)
        for number in (signal.SIGINT, signal.SIGQUIT):
            loop.add_signal_handler(number, self._end_or_hurry)
        loop.add_reader(self._lifeline, self._read_lifeline)
        self._runner.closing.watch(self._is_told.is_set)
        listening = Listening(self._app, self._settings)
        await listening.begin(self._listener)
        heartbeat = asyncio.create_task(self._beat())
        await self._is_told.wait()
        listening.stop()
        if self._runner.tasks():
            self._app.logger.warning("Waiting for answers that are being written. Ctrl+C again interrupts them.")
        await asyncio.to_thread(self._runner.close)
        await listening.finish(_LAST_SECONDS)
        heartbeat.cancel()

    def _end(self) -> None:
        """Begin to end. It may be told again: that changes nothing."""
        self._told_at = min(self._told_at, time.monotonic())
        self._is_told.set()

    def _end_or_hurry(self) -> None:
        if time.monotonic() - self._told_at > _SAME_WISH_SECONDS:
            self._runner.closing.hurry()
        else:
            self._end()

    def _read_lifeline(self) -> None:
        """End as well if the supervisor is gone: nothing is ever sent on the lifeline, so it can only have closed."""
        asyncio.get_running_loop().remove_reader(self._lifeline)
        self._end()

    async def _beat(self) -> None:
        """Give the supervisor signs of life, from the loop that serves."""
        while True:
            try:
                self._lifeline.send(b".")
            except OSError:
                return
            await asyncio.sleep(_HEARTBEAT_SECONDS)


def main() -> None:
    """Serve on the descriptors that the command line names."""
    listener, lifeline = (socket.socket(fileno=int(number)) for number in sys.argv[1:3])
    for inherited in (listener, lifeline):
        inherited.setblocking(False)
    log_failures()
    return_freed_memory()
    try:
        settings = Settings.from_environ()
        from webapp import create_app  # noqa: PLC0415 - a setting that cannot be used is told first

        app = create_app(settings, commands=False)
    except ConfigError as error:
        sys.stderr.write(f"Minutebook cannot start:\n{error}\n")
        sys.exit(BOOT_FAILED)
    except Exception as error:  # noqa: BLE001 - whatever it is, another try will not do better
        sys.stderr.write(f"Minutebook cannot start: {describe_exception(error)}\n")
        sys.exit(BOOT_FAILED)

    async def serve() -> None:
        await Worker(app, settings, listener, lifeline).run()

    uvloop.run(serve())
    with app.app_context():
        from webapp.database.engine import db  # noqa: PLC0415

        db.engine.dispose()
    sys.stderr.flush()
    # A thread that still waits for something holds nothing up any more.
    os._exit(0)


if __name__ == "__main__":
    main()
