"""The server's worker: gunicorn's, which lets the replies that are being written finish before its process ends.

Told to end (SIGTERM, Ctrl+C), it takes no connection any more. Replies that are being written get a grace time, also
where no client follows them; what is not finished then is interrupted, with its text kept, to be tried again. Told a
second time by Ctrl+C or SIGQUIT, it does not wait.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, cast

from gunicorn.workers.gthread import ThreadWorker

if TYPE_CHECKING:
    from types import FrameType

    from flask import Flask

    from webapp.services.live.runner import Runner

#: One press of Ctrl+C arrives twice: from the terminal, and from the master, which got it too.
_SAME_WISH_SECONDS = 1.0


class Worker(ThreadWorker):  # type: ignore[misc] # gunicorn has no types
    """One process that serves."""

    _told_at = float("inf")

    def run(self) -> None:
        """Serve until told to end, and end the replies that are being written."""
        self._runner().watch(lambda: not self.alive)
        try:
            super().run()
        finally:
            self.alive = False
            self._runner().close()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to end (SIGTERM). It may come again: that changes nothing."""
        self._told_at = min(self._told_at, time.monotonic())
        super().handle_exit(sig, frame)
        # Connections on which nothing was ever sent: browsers open such ahead of need. Nobody waits for an answer.
        for connection in self.pending_conns:
            connection.timeout = 0.0

    def handle_quit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to end (Ctrl+C, SIGQUIT); told so for the second time, interrupt what is being written."""
        if time.monotonic() - self._told_at > _SAME_WISH_SECONDS:
            self._runner().hurry()
        else:
            self.handle_exit(sig, frame)

    def set_accept_enabled(self, enabled: bool) -> None:
        """Accept connections or not; at the end, give the port up: who comes now is refused, not kept waiting."""
        super().set_accept_enabled(enabled)
        if not self.alive:
            for listener in self.sockets:
                listener.close()
            if self._runner().drafts():
                self.log.warning("Waiting for answers that are being written. Ctrl+C again interrupts them.")

    def is_parent_alive(self) -> bool:
        """Begin to end, too, if the master is gone."""
        if not super().is_parent_alive():
            self.alive = False
        return self.alive

    def _runner(self) -> Runner:
        return cast("Runner", cast("Flask", self.wsgi).extensions["live"])
