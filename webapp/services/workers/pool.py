"""A bounded pool of threads: one for each task, and one for the heartbeats of all tasks.

Only the pool knows the tasks of its process. Other processes see their rows.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Generic, TypeVar

from webapp.services.heartbeats import LAST_SECONDS, TICK_SECONDS
from webapp.services.workers.work import TaskT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from flask import Flask

    from webapp.services.workers.closing import Closing
    from webapp.services.workers.slots import Refusals, Slots
    from webapp.services.workers.work import Work

ArgumentT = TypeVar("ArgumentT")

_POLL_SECONDS = 0.05


class Pool(Generic[TaskT]):
    """Starts a thread for each task. `flush` writes the rows of all tasks with a key, every `TICK_SECONDS`."""

    def __init__(
        self,
        app: Flask,
        name: str,
        slots: Slots,
        refusals: Refusals,
        closing: Closing,
        flush: Callable[[Sequence[TaskT]], None],
    ) -> None:
        self._app = app
        self._name = name
        self.slots = slots
        self._refusals = refusals
        self.closing = closing
        self._flush = flush
        self._work: dict[TaskT, Work[TaskT]] = {}
        self._by_key: dict[str, TaskT] = {}
        self._lock = threading.RLock()
        self._heartbeat: threading.Thread | None = None
        self._next_heartbeat = threading.Event()

    @contextmanager
    def slot(self, user_id: str) -> Iterator[Slot[TaskT]]:
        """Take a slot, and release it unless a task is started in it. Raises the refusal if no slot is free."""
        if self.closing.has_begun:
            raise self._refusals.closing()
        self.slots.take(user_id)
        slot = Slot(self)
        try:
            yield slot
        finally:
            if not slot.is_used:
                self.slots.release(user_id)

    def find(self, key: str) -> TaskT | None:
        """Return the task of this process with a key, or None."""
        return self._by_key.get(key)

    def tasks(self) -> list[TaskT]:
        """Return the tasks that have a key, which are those with a row."""
        with self._lock:
            return list(self._by_key.values())

    def close(self, grace: float | None = None) -> None:
        """Refuse new tasks, let running ones finish within the grace time, and interrupt the rest.

        `grace` is in seconds from now. If it is None, a grace time that has begun continues.
        """
        self.closing.begin(grace)
        while self._unfinished() and not self.closing.is_over:
            time.sleep(_POLL_SECONDS)
        self._interrupt_all()
        # A task may be storing its end. No transaction takes longer than this.
        deadline = time.monotonic() + LAST_SECONDS
        for task in self._unfinished():
            task.wait_for_end(max(0.0, deadline - time.monotonic()))
        heartbeat = self._heartbeat
        if heartbeat is not None and heartbeat is not threading.current_thread():
            self._next_heartbeat.set()
            heartbeat.join(LAST_SECONDS)

    def launch(self, task: TaskT, work: Work[TaskT], key: str | None) -> None:
        """Start a task in a slot that is held. Raises the refusal if the machine has no free thread.

        A task with a `key` gets heartbeats, and `find` returns it.
        """
        with self._lock:
            self._work[task] = work
            if key is not None:
                self._by_key[key] = task
        worker = threading.Thread(target=self._carry_out, args=(task, work), name=self._name, daemon=True)
        try:
            self._start_heartbeat()
            worker.start()
        except RuntimeError:
            refused = self._refusals.no_thread()
            try:
                work.refuse(task, refused)
            finally:
                task.release()
            raise refused from None

    def forget(self, task: TaskT) -> None:
        """Remove a task that has ended, and release its slot."""
        self.slots.release(task.owner_id)
        with self._lock:
            self._work.pop(task, None)
            self._by_key = {key: other for key, other in self._by_key.items() if other is not task}

    def run_in_background(self, act: Callable[[ArgumentT], object], argument: ArgumentT) -> None:
        """Run `act` in a new thread, because it may wait for a database that is locked or down."""

        def run() -> None:
            with self._app.app_context():
                act(argument)

        try:
            threading.Thread(target=run, name=f"{self._name} aside", daemon=True).start()
        except RuntimeError:
            # The machine has no free thread, so the caller waits.
            run()

    def _carry_out(self, task: TaskT, work: Work[TaskT]) -> None:
        try:
            with self._app.app_context():
                work.carry_out(task)
        finally:
            task.release()

    def _start_heartbeat(self) -> None:
        with self._lock:
            if self._heartbeat is None and self._by_key:
                heartbeat = threading.Thread(target=self._run_heartbeat, name=f"{self._name} heartbeat", daemon=True)
                heartbeat.start()
                self._heartbeat = heartbeat

    def _run_heartbeat(self) -> None:
        """Write the rows of all tasks until there are none, or until all have ended after the grace time."""
        while True:
            with self._lock:
                if not self._by_key or (self.closing.is_over and not self._unfinished()):
                    self._heartbeat = None
                    return
            with self._app.app_context():
                self._flush(self.tasks())
            if self.closing.is_over:
                self._interrupt_all()
            self._next_heartbeat.wait(TICK_SECONDS)
            self._next_heartbeat.clear()

    def _unfinished(self) -> list[TaskT]:
        with self._lock:
            return [task for task in self._work if not task.has_ended]

    def _interrupt_all(self) -> None:
        with self._lock:
            running = list(self._work.items())
        with self._app.app_context():
            for task, work in running:
                work.interrupt(task)


class Slot(Generic[TaskT]):
    """A slot for one task."""

    def __init__(self, pool: Pool[TaskT]) -> None:
        self._pool = pool
        self.is_used = False

    def start(self, task: TaskT, work: Work[TaskT], key: str | None = None) -> TaskT:
        """Start the task as `Pool.launch` does."""
        self.is_used = True
        self._pool.launch(task, work, key)
        return task
