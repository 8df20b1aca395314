"""The write transaction: the only place that commits."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from webapp.errors import Busy
from webapp.extensions import WRITES, db, write_lock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

_QUEUE_SECONDS = 30.0


@contextmanager
def writing() -> Iterator[Connection]:
    """Run the block in one write transaction: committed whole at its end, or not at all.

    On SQLite it queues behind the process's other writers and then begins with the write lock taken
    (`BEGIN IMMEDIATE`), so nothing read inside can be changed by others before the commit.
    Raises Busy if the lock does not come.
    """
    lock = write_lock(db.engine)
    if lock is not None and not lock.acquire(timeout=_QUEUE_SECONDS):
        raise Busy
    try:
        leave_transaction()
        connection = db.session.connection(execution_options={WRITES: True})
        yield connection
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise
    finally:
        if lock is not None:
            lock.release()


def leave_transaction() -> None:
    """End the open read transaction, so that no connection is held while something else takes its time."""
    db.session.rollback()
