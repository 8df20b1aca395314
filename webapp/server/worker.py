"""A worker process. `python -m webapp.server.worker LISTENER LIFELINE`, two inherited descriptors.

On SIGTERM, Ctrl+C or the end of the supervisor, the worker closes the port at once. Replies that are being written get
a grace time, even if no client follows them. After it, unfinished replies are interrupted, and their text is stored so
that they can be retried. A second Ctrl+C or SIGQUIT ends the wait.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time
from typing import TYPE_CHECKING

import uvloop

from webapp.config.settings import ConfigError, Settings
from webapp.malloc import return_freed_memory
from webapp.observability.exceptions import describe_exception
from webapp.server.exits import BOOT_FAILED
from webapp.server.failures import log_failures
from webapp.server.listening import Listener
from webapp.services.files.cleaning import begin_cleaning
from webapp.services.jobs.running import JobRunner
from webapp.services.keeping.schedule import begin_backups
from webapp.services.live.process.pool import Runner
from webapp.state import current

if TYPE_CHECKING:
    from flask import Flask


#: One press of Ctrl+C arrives twice: from the terminal and from the supervisor, which got it too.
_DEBOUNCE_SECONDS = 1.0
_HEARTBEAT_SECONDS = 1.0
#: Seconds beyond the grace time for responses that are being computed or sent.
_LAST_SECONDS = 5.0


class Worker:
    """Serves an app on a listening socket until it receives a signal to stop."""

    def __init__(self, app: Flask, settings: Settings, listener: socket.socket, lifeline: socket.socket) -> None:
        self._app = app
        self._settings = settings
        self._listener = listener
        self._lifeline = lifeline
        self._stop_requested_at = float("inf")
        self._is_stopping = asyncio.Event()
        self._runner = current(Runner, app)
        self._jobs = current(JobRunner, app)

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self._end)
        for number in (signal.SIGINT, signal.SIGQUIT):
            loop.add_signal_handler(number, self._end_or_hurry)
        # The supervisor starts workers with it blocked.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        loop.add_reader(self._lifeline, self._read_lifeline)
        self._runner.closing.watch(self._is_stopping.is_set)
        listening = Listener(self._app, self._settings)
        await listening.begin(self._listener)
        self._jobs.start()
        begin_backups(self._app, self._settings)
        begin_cleaning(self._app)
        heartbeat = asyncio.create_task(self._beat())
        await self._is_stopping.wait()
        listening.stop()
        if self._runner.tasks():
            self._app.logger.warning("Waiting for answers that are being written. Ctrl+C again interrupts them.")
        await asyncio.gather(asyncio.to_thread(self._jobs.stop), asyncio.to_thread(self._runner.close))
        await listening.finish(_LAST_SECONDS)
        heartbeat.cancel()

    def _end(self) -> None:
        self._stop_requested_at = min(self._stop_requested_at, time.monotonic())
        self._is_stopping.set()

    def _end_or_hurry(self) -> None:
        if time.monotonic() - self._stop_requested_at > _DEBOUNCE_SECONDS:
            self._runner.closing.end_grace()
        else:
            self._end()

    def _read_lifeline(self) -> None:
        """Stop if the supervisor is gone: it never writes to the pipe, so the pipe turns readable only by closing."""
        asyncio.get_running_loop().remove_reader(self._lifeline)
        self._end()

    async def _beat(self) -> None:
        """Send the supervisor heartbeats from the event loop."""
        while True:
            try:
                self._lifeline.send(b".")
            except OSError:
                return
            await asyncio.sleep(_HEARTBEAT_SECONDS)


def main() -> None:
    listener, lifeline = (socket.socket(fileno=int(number)) for number in sys.argv[1:3])
    for inherited in (listener, lifeline):
        inherited.setblocking(False)
    log_failures()
    return_freed_memory()
    try:
        settings = Settings.from_environ()
        from webapp import create_app  # noqa: PLC0415 - an invalid setting is reported first

        app = create_app(settings, commands=False)
    except ConfigError as error:
        sys.stderr.write(f"Minutebook cannot start:\n{error}\n")
        sys.exit(BOOT_FAILED)
    except Exception as error:  # noqa: BLE001 - another attempt would fail in the same way
        sys.stderr.write(f"Minutebook cannot start: {describe_exception(error)}\n")
        sys.exit(BOOT_FAILED)

    async def serve() -> None:
        await Worker(app, settings, listener, lifeline).run()

    uvloop.run(serve())
    with app.app_context():
        from webapp.database.engine import db  # noqa: PLC0415

        db.engine.dispose()
    sys.stderr.flush()
    # Threads that still wait for something must not delay the exit.
    os._exit(0)


if __name__ == "__main__":
    main()
