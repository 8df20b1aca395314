"""The transaction of an app context: one at a time, which reads one state of the database, or writes and commits."""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from flask.globals import app_ctx
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from webapp.database.engine import LOCK_TIMEOUT, READS, WRITES, db, write_lock
from webapp.errors import Busy, Unavailable
from webapp.observability.exceptions import describe_exception

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator

    from flask import Flask
    from sqlalchemy import Connection

log = logging.getLogger(__name__)

#: Seconds that a write waits for its locks: the process's queue and the database's lock together.
LOCK_WAIT_SECONDS = 30.0
#: Seconds that an optional write ("last seen", cached HTML) waits for its locks.
BEST_EFFORT_SECONDS = 0.2

#: A shorter wait in the queue is not subtracted from the database's timeout; that would cost a statement.
_NOTICED_SECONDS = 0.1
_patience: ContextVar[float | None] = ContextVar("patience", default=None)

_LOCK_TIMEOUT = text("SELECT set_config('lock_timeout', :timeout, true)")


#: The connections with an open transaction, by the id of the app context: one each at most.
_open: dict[int, Connection] = {}


def init_transactions(app: Flask) -> None:
    """End each transaction with its context, and begin none before the request."""
    # A request sees what was committed before it, also inside a context in which something was read already.
    app.before_request(leave_transaction)
    app.teardown_appcontext(leave_transaction)


def read_connection() -> Connection:
    """Return the connection of the open transaction, else of a new one that only reads.

    Raises Unavailable, or a driver's error.
    """
    return _open.get(_context()) or _open_transaction(**{READS: True})


def leave_transaction(_error: BaseException | None = None) -> None:
    """End the open transaction, so that no connection is held while something else takes its time.

    What was not committed is rolled back.
    """
    connection = _open.pop(_context(), None)
    if connection is not None:
        connection.close()


@contextmanager
def writing(*, patience: float | None = None) -> Iterator[Connection]:
    """Run the block in one write transaction. It is committed at the end or rolled back as a whole.

    On SQLite it queues behind the process's other writers and then begins with the write lock (`BEGIN IMMEDIATE`), so
    nothing that it reads can change before the commit. `patience` is the number of seconds to wait for each lock.

    Raises Busy or a driver's error if a lock is not free in time, and Unavailable if the database cannot be written.
    """
    patience = _patience.get() if patience is None else patience
    lock = write_lock(db.engine)
    if lock is not None:
        patience = _wait_in_queue(lock, patience)
    try:
        leave_transaction()
        connection = _open_transaction(**{WRITES: True, LOCK_TIMEOUT: patience})
        if lock is None and patience is not None:
            connection.execute(_LOCK_TIMEOUT, {"timeout": f"{patience * 1000:.0f}ms"})
        yield connection
        connection.commit()
    finally:
        try:
            leave_transaction()
        finally:
            if lock is not None:
                lock.release()


@contextmanager
def patient(seconds: float) -> Iterator[None]:
    """Set how many seconds the write transactions in the block wait for each lock."""
    token = _patience.set(seconds)
    try:
        yield
    finally:
        _patience.reset(token)


def _wait_in_queue(lock: threading.Lock, patience: float | None) -> float | None:
    """Take the queue's lock and return how many seconds remain for the database's lock (None: the default).

    Raises Busy.
    """
    if patience is not None:
        if not lock.acquire(timeout=patience):
            raise Busy
        return patience
    began = time.monotonic()
    if not lock.acquire(timeout=LOCK_WAIT_SECONDS):
        raise Busy
    waited = time.monotonic() - began
    return None if waited < _NOTICED_SECONDS else max(_NOTICED_SECONDS, LOCK_WAIT_SECONDS - waited)


def write_best_effort(write: Callable[[Connection], object], what: str) -> None:
    """Run a write that no response depends on, in a transaction of its own.

    It waits `BEST_EFFORT_SECONDS` for each lock. If the database refuses the write, a log line names it as `what`.
    """
    try:
        with writing(patience=BEST_EFFORT_SECONDS) as connection:
            write(connection)
    except (Unavailable, SQLAlchemyError) as error:
        log.warning("%s could not be written: %s", what, describe_exception(error))


def _open_transaction(**options: object) -> Connection:
    """Begin the context's transaction with these execution options, once the one before was left.

    A connection that the server closed meanwhile is replaced. Raises Unavailable, or a driver's error.
    """
    try:
        connection = _begin(options)
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        # The pool has dropped all that were opened before, too.
        connection = _begin(options)
    _open[_context()] = connection
    return connection


def _begin(options: dict[str, object]) -> Connection:
    connection = db.engine.connect()
    try:
        connection.execution_options(**options).begin()
    except BaseException:
        connection.close()
        raise
    return connection


def _context() -> int:
    return id(app_ctx._get_current_object())  # type: ignore[attr-defined] # noqa: SLF001 - which context, not what is in it
