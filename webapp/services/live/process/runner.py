"""The threads that write replies: bounded, started when a turn begins, gone when the last one ends.

Nothing but this knows which replies the process is writing. Everything else, and every other process, goes by the
rows, which one more thread (the scribe) keeps up to date for all replies together.
"""

from __future__ import annotations

import logging
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from webapp.errors import Busy
from webapp.services.heartbeats import LAST_SECONDS, TICK_SECONDS
from webapp.services.live.process.draft import Draft
from webapp.services.live.process.flusher import DraftFlusher
from webapp.services.live.process.signals import replies_counted
from webapp.services.live.process.slots import Slots
from webapp.services.live.rows import heartbeat_stopped
from webapp.state import current, provide

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Flask

    from webapp.config.settings import Settings
    from webapp.services.live.values import LiveTurn
    from webapp.services.users import CurrentUser

log = logging.getLogger(__name__)

_LEAST_SECONDS = 0.05
_LOOK_EVERY = 0.05


class Runner:
    """Starts writers and knows their drafts. One for the app, found by `runner()`."""

    def __init__(self, app: Flask, capacity: int, each: int, grace: float) -> None:
        self._app = app
        self._grace = grace
        self.slots = Slots(capacity, each, lambda count: replies_counted.send(app, count=count))
        self._drafts: dict[str, Draft] = {}
        self._unstored: set[Draft] = set()
        self._lock = threading.RLock()
        self._scribe: threading.Thread | None = None
        self._is_asked_to_end: Callable[[], bool] = lambda: False
        self._ends_at: float | None = None
        self._over_since: float | None = None

    @property
    def is_closing(self) -> bool:
        """Whether the process was told to end: no reply begins, those that run have their grace time."""
        if self._ends_at is None and self._is_asked_to_end():
            self._ends_at = time.monotonic() + self._grace
        return self._ends_at is not None

    @contextmanager
    def slot(self, user: CurrentUser) -> Iterator[Slot]:
        """Hold a place for one reply, given back unless a writer is started in it.

        Raises Busy if all are taken, and TooMany if the user has as many as one may have.
        """
        if self.is_closing:
            raise Busy("The server is about to end. Nothing was sent; please try again in a few seconds.")
        self.slots.take(user.id)
        slot = Slot(self)
        try:
            yield slot
        finally:
            if not slot.is_used:
                self.slots.give_back(user.id)

    def find(self, session_id: str) -> Draft | None:
        """Return the draft that this process writes for a session, None if it writes none."""
        return self._drafts.get(session_id)

    def drafts(self) -> list[Draft]:
        """Return the drafts that are being written."""
        with self._lock:
            return list(self._drafts.values())

    def watch(self, is_asked_to_end: Callable[[], bool]) -> None:
        """Ask this, whenever it matters, whether the process was told to end."""
        self._is_asked_to_end = is_asked_to_end

    def hurry(self) -> None:
        """Let the grace time be over. It takes no lock, so that a signal's handler may call it."""
        self._ends_at = 0.0

    def close(self, grace: float | None = None) -> None:
        """Begin no reply any more, let those that run finish in the grace time, and interrupt the rest.

        `grace` is in seconds from now on; without it, the time that began when the process was told to end goes on.
        """
        if grace is not None:
            self._ends_at = time.monotonic() + grace
        elif not self.is_closing:
            self._ends_at = time.monotonic() + self._grace
        while self._unfinished() and not self._is_over():
            time.sleep(_LOOK_EVERY)
        self._interrupt_all()
        # What was being stored at this moment: a transaction takes no longer than this.
        deadline = time.monotonic() + LAST_SECONDS
        for draft in self._unfinished():
            draft.wait_for_end(max(0.0, deadline - time.monotonic()))
        flusher = self._scribe
        if flusher is not None and flusher is not threading.current_thread():
            flusher.join(LAST_SECONDS)

    def start(self, user: CurrentUser, live: LiveTurn) -> Draft:
        """Start a writer, in a place that is held. Raises Busy if the machine has no thread for it."""
        from webapp.services.live.process.writer import write_reply

        draft = Draft(user, live, self._release)
        with self._lock:
            self._drafts[live.session_id] = draft
        return self._launch(draft, write_reply)

    def start_unstored(self, user: CurrentUser, live: LiveTurn, write: Callable[[Draft], None]) -> Draft:
        """Start a writer of what is not stored, in a place that is held. Raises Busy as `start` does."""
        draft = Draft(user, live, self._release)
        with self._lock:
            self._unstored.add(draft)
        return self._launch(draft, write)

    def _launch(self, draft: Draft, write: Callable[[Draft], None]) -> Draft:
        writer = threading.Thread(target=self._write, args=(draft, write), name="writer", daemon=True)
        try:
            with self._lock:
                if self._scribe is None and self._drafts:
                    flusher = threading.Thread(target=self._keep_rows, name="scribe", daemon=True)
                    flusher.start()
                    self._scribe = flusher
            writer.start()
        except RuntimeError:
            refused = Busy("This server can write no further reply just now. Please try again in a few seconds.")
            self._refuse(draft, refused)
            raise refused from None
        return draft

    def _write(self, draft: Draft, write: Callable[[Draft], None]) -> None:
        try:
            with self._app.app_context():
                write(draft)
        finally:
            draft.release()

    def _refuse(self, draft: Draft, error: Busy) -> None:
        """End a draft that no thread can write: its row, if it has one, is there for another try at once."""
        from webapp.services.live.ending import refuse_draft

        try:
            if draft.live.session_id:
                refuse_draft(draft, error)
        finally:
            draft.release()

    def _release(self, draft: Draft) -> None:
        """Take a draft off the list and give its place back, once it has ended."""
        self.slots.give_back(draft.user.id)
        with self._lock:
            self._unstored.discard(draft)
            if self._drafts.get(draft.live.session_id) is draft:
                del self._drafts[draft.live.session_id]

    def _keep_rows(self) -> None:
        """Keep the rows of all drafts up to date until there is none left, or all that are have ended for good."""
        flusher = DraftFlusher(self.end_aside)
        while True:
            with self._lock:
                if not self._drafts or (self._is_over() and not self._unfinished()):
                    self._scribe = None
                    return
            with self._app.app_context():
                flusher.keep(self.drafts())
            if self._is_over():
                self._interrupt_all()
            time.sleep(TICK_SECONDS)

    def end_aside(self, end: Callable[[Draft], None], draft: Draft) -> None:
        """End a draft in a thread of its own: nobody else must wait for a database that is locked or away."""

        def carry_out() -> None:
            with self._app.app_context():
                end(draft)

        try:
            threading.Thread(target=carry_out, name="ender", daemon=True).start()
        except RuntimeError:
            # The machine has no thread to spare: then the others wait.
            carry_out()

    def last_seconds(self) -> float | None:
        """Return None while replies may go on; at the process's end, how many seconds there are to store them."""
        if not self._is_over():
            return None
        if self._over_since is None:
            self._over_since = time.monotonic()
        return max(_LEAST_SECONDS, self._over_since + LAST_SECONDS - time.monotonic())

    def _unfinished(self) -> list[Draft]:
        with self._lock:
            known = (*self._drafts.values(), *self._unstored)
        return [draft for draft in known if draft.outcome is None]

    def _is_over(self) -> bool:
        """Say whether the process was told to end and the grace time is over."""
        return self.is_closing and self._ends_at is not None and time.monotonic() >= self._ends_at

    def _interrupt_all(self) -> None:
        from webapp.services.live.ending import interrupt
        from webapp.services.live.unstored import interrupt_unstored

        with self._app.app_context():
            for draft in self.drafts():
                interrupt(draft)
            for draft in list(self._unstored):
                interrupt_unstored(draft)


class Slot:
    """Room for one writer."""

    def __init__(self, owner: Runner) -> None:
        self._owner = owner
        self.is_used = False

    def start(self, user: CurrentUser, live: LiveTurn) -> Draft:
        """Start the writer."""
        self.is_used = True
        return self._owner.start(user, live)

    def start_unstored(self, user: CurrentUser, live: LiveTurn, write: Callable[[Draft], None]) -> Draft:
        """Start the writer of what is not stored."""
        self.is_used = True
        return self._owner.start_unstored(user, live, write)


def init_live(app: Flask, settings: Settings) -> None:
    """Give the app its runner."""
    provide(app, Runner(app, settings.live_turns, settings.live_turns_each, settings.grace))


def runner() -> Runner:
    """Return the app's runner."""
    return current(Runner)


def is_written(live: LiveTurn) -> bool:
    """Say whether somebody writes it: this process, or one that gave a sign of life lately."""
    if live.state != "writing":
        return False
    draft = runner().find(live.session_id)
    return (draft is not None and draft.live.attempt == live.attempt) or not heartbeat_stopped(live)
