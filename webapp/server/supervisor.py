"""The supervisor: it holds the port, starts the workers and replaces each one that ends.

It imports almost nothing of the app, so that it needs little memory.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING, NamedTuple

from webapp.server.exits import BOOT_FAILED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType


_BACKLOG = 1_024
_TICK_SECONDS = 1.0
#: A worker ends by itself after its grace time. After so many further seconds it is killed.
_AFTER_GRACE = 10.0
#: A worker whose event loop is silent for this long, plus the grace time, is killed.
_SILENCE_SECONDS = 20.0
#: A worker that lived for less than this is replaced after a pause.
_SHORT_LIFE = 1.0


class Child(NamedTuple):
    """A worker process and the pipe that connects it to the supervisor."""

    process: subprocess.Popen[bytes]
    lifeline: socket.socket
    began_at: float


class Supervisor:
    def __init__(self, host: str, port: int, workers: int, grace: float, log: Callable[[str], None]) -> None:
        """`grace` is how many seconds a worker may take to end by itself; `log` writes one line."""
        self._workers = workers
        self._grace = grace
        self._log = log
        self._listener = _listen(host, port)
        self._selector = selectors.DefaultSelector()
        self._children: list[Child] = []
        self._leaving: list[Child] = []
        self._heartbeat_at: dict[int, float] = {}
        self._wishes: list[int] = []
        self._ends_at: float | None = None
        self._status = 0

    def run(self) -> int:
        with self._signals():
            while self._ends_at is None or self._children or self._leaving:
                self._handle_signals()
                self._reap()
                self._start_missing()
                self._kill_silent()
                for key, _ in self._selector.select(_TICK_SECONDS):
                    self._read_heartbeat(key.fileobj)  # type: ignore[arg-type]
        return self._status

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        receiving, sending = socket.socketpair()
        for end in (receiving, sending):
            end.setblocking(False)
        self._selector.register(receiving, selectors.EVENT_READ)
        signal.set_wakeup_fd(sending.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(number, self._record_signal)
        yield

    def _record_signal(self, number: int, _frame: FrameType | None) -> None:
        self._wishes.append(number)

    def _handle_signals(self) -> None:
        while self._wishes:
            number = self._wishes.pop(0)
            if number == signal.SIGHUP and self._ends_at is None:
                self._replace_all()
            elif number != signal.SIGCHLD:
                self._end(number)

    def _end(self, number: int) -> None:
        """Close the port and tell the workers to stop."""
        if self._ends_at is None:
            self._listener.close()
            self._ends_at = time.monotonic() + self._grace + _AFTER_GRACE
        for child in (*self._children, *self._leaving):
            _send_signal(child, number)

    def _replace_all(self) -> None:
        """Replace every worker; the old ones finish their requests."""
        self._leaving += self._children
        self._children = []
        for child in self._leaving:
            _send_signal(child, signal.SIGTERM)

    def _start_missing(self) -> None:
        while self._ends_at is None and len(self._children) < self._workers:
            self._children.append(self._start())

    def _start(self) -> Child:
        parent_end, child_end = socket.socketpair()
        parent_end.setblocking(False)
        descriptors = (self._listener.fileno(), child_end.fileno())
        command = [sys.executable, "-m", "webapp.server.worker", *map(str, descriptors)]
        # A worker that Ctrl+C meets before it handles signals would end with a traceback. It unblocks this one then.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            process = subprocess.Popen(command, pass_fds=descriptors)  # noqa: S603 - our own module
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        child_end.close()
        self._selector.register(parent_end, selectors.EVENT_READ)
        self._heartbeat_at[parent_end.fileno()] = time.monotonic()
        return Child(process, parent_end, time.monotonic())

    def _read_heartbeat(self, end: socket.socket) -> None:
        try:
            heard = end.recv(4_096)
        except OSError:
            heard = b""
        if end.fileno() in self._heartbeat_at:
            self._heartbeat_at[end.fileno()] = time.monotonic()
            if not heard:
                # The worker is about to end. Its process is waited for.
                self._selector.unregister(end)

    def _reap(self) -> None:
        for children in (self._children, self._leaving):
            for child in list(children):
                status = child.process.poll()
                if status is not None:
                    children.remove(child)
                    self._handle_exit(child, status)

    def _handle_exit(self, child: Child, status: int) -> None:
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(child.lifeline)
        self._heartbeat_at.pop(child.lifeline.fileno(), None)
        child.lifeline.close()
        if self._ends_at is not None or status == 0:
            return
        if status == BOOT_FAILED:
            self._status = BOOT_FAILED
            self._end(signal.SIGTERM)
            return
        self._log(f"A worker ended unexpectedly ({_cause(status)}). Another one takes its place.")
        if time.monotonic() - child.began_at < _SHORT_LIFE:
            time.sleep(_SHORT_LIFE)

    def _kill_silent(self) -> None:
        now = time.monotonic()
        if self._ends_at is not None and now > self._ends_at:
            for child in (*self._children, *self._leaving):
                child.process.kill()
            return
        for child in (*self._children, *self._leaving):
            if now - self._heartbeat_at[child.lifeline.fileno()] > self._grace + _SILENCE_SECONDS:
                self._log("A worker gave no sign of life any more and is killed.")
                child.process.kill()
                self._heartbeat_at[child.lifeline.fileno()] = now


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(_BACKLOG)
    return listener


def _send_signal(child: Child, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(child.process.pid, number)


def _cause(status: int) -> str:
    return f"status {status}" if status > 0 else signal.Signals(-status).name
