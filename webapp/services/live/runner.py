"""The threads that write replies: bounded, started when a turn begins, gone when the last one ends.

Nothing but this knows which replies the process is writing. Everything else, and every other process, goes by the
rows, which one more thread (the scribe) keeps up to date for all replies together.
"""

from __future__ import annotations

import logging
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from flask import current_app

from webapp.errors import Busy
from webapp.services.live.draft import Draft
from webapp.services.live.scribe import TICK_SECONDS, Scribe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Flask

    from webapp.config import Settings
    from webapp.services.live.values import LiveTurn
    from webapp.services.users import CurrentUser

log = logging.getLogger(__name__)

#: How long replies may still take once the process was asked to end. The server waits somewhat longer than this.
GRACE_SECONDS = 20.0


class Runner:
    """Starts writers and knows their drafts. One for the app, found by `runner()`."""

    def __init__(self, app: Flask, capacity: int) -> None:
        self._app = app
        self._free = threading.BoundedSemaphore(capacity)
        self._drafts: dict[str, Draft] = {}
        self._lock = threading.Lock()
        self._scribe: threading.Thread | None = None
        self._is_asked_to_end: Callable[[], bool] = lambda: False
        self._ends_at = float("inf")
        self.is_closing = False

    @contextmanager
    def place(self) -> Iterator[Place]:
        """Hold a place for one reply, given back unless a writer is started in it. Raises Busy if all are taken."""
        if self.is_closing or not self._free.acquire(blocking=False):
            raise Busy(
                "As many replies as this server takes on are being written just now. "
                "Nothing was sent; please try again in a few seconds."
            )
        place = Place(self)
        try:
            yield place
        finally:
            if not place.is_used:
                self._free.release()

    def find(self, session_id: str) -> Draft | None:
        """Return the draft that this process writes for a session, None if it writes none."""
        return self._drafts.get(session_id)

    def drafts(self) -> list[Draft]:
        """Return the drafts that are being written."""
        with self._lock:
            return list(self._drafts.values())

    def watch(self, is_asked_to_end: Callable[[], bool]) -> None:
        """Ask this, a few times a second while there are drafts, whether the process was told to end."""
        self._is_asked_to_end = is_asked_to_end

    def close(self, grace: float) -> None:
        """Begin no reply any more, let those that run finish for `grace` seconds, and interrupt the rest."""
        self.is_closing = True
        deadline = time.monotonic() + grace
        for draft in self.drafts():
            draft.wait_for_end(max(0.0, deadline - time.monotonic()))
        self._interrupt_all()
        scribe = self._scribe
        if scribe is not None and scribe is not threading.current_thread():
            scribe.join(5)

    def start(self, user: CurrentUser, live: LiveTurn) -> Draft:
        """Start a writer, in a place that is held."""
        draft = Draft(user, live)
        with self._lock:
            self._drafts[live.session_id] = draft
            if self._scribe is None:
                self._scribe = threading.Thread(target=self._keep_rows, name="scribe", daemon=True)
                self._scribe.start()
        threading.Thread(target=self._write, args=(draft,), name="writer", daemon=True).start()
        return draft

    def _write(self, draft: Draft) -> None:
        from webapp.services.live.writing import write_reply

        try:
            with self._app.app_context():
                write_reply(draft)
        finally:
            self.forget(draft)
            self._free.release()

    def forget(self, draft: Draft) -> None:
        """Take a draft off the list, once it has ended."""
        with self._lock:
            if self._drafts.get(draft.live.session_id) is draft:
                del self._drafts[draft.live.session_id]

    def _keep_rows(self) -> None:
        """Keep the rows of all drafts up to date until there is none left."""
        scribe = Scribe()
        while True:
            with self._lock:
                if not self._drafts:
                    self._scribe = None
                    return
            with self._app.app_context():
                scribe.keep(self.drafts())
            self._heed_the_end()
            time.sleep(TICK_SECONDS)

    def _heed_the_end(self) -> None:
        if not self.is_closing and self._is_asked_to_end():
            self.is_closing = True
            self._ends_at = time.monotonic() + GRACE_SECONDS
        if time.monotonic() > self._ends_at:
            self._interrupt_all()

    def _interrupt_all(self) -> None:
        from webapp.services.live.ending import interrupt

        for draft in self.drafts():
            with self._app.app_context():
                interrupt(draft)


class Place:
    """Room for one writer."""

    def __init__(self, owner: Runner) -> None:
        self._owner = owner
        self.is_used = False

    def start(self, user: CurrentUser, live: LiveTurn) -> Draft:
        """Start the writer."""
        self.is_used = True
        return self._owner.start(user, live)


def init_live(app: Flask, settings: Settings) -> None:
    """Give the app its runner."""
    app.extensions["live"] = Runner(app, settings.live_turns)


def runner() -> Runner:
    """Return the app's runner."""
    return cast("Runner", current_app.extensions["live"])
