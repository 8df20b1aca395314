"""How many exports run at once. Each holds a connection and a snapshot of the database."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from webapp.database.snapshot import open_snapshot
from webapp.errors import Busy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

_MOST = 4
_slots = threading.BoundedSemaphore(_MOST)


@contextmanager
def snapshot() -> Iterator[Connection]:
    """Open a snapshot for an export. Raises Busy if this process writes as many as it may, and Unavailable."""
    if not _slots.acquire(blocking=False):
        raise Busy("Several exports are being written just now. Try again in a moment.")
    try:
        connection = open_snapshot()
        try:
            yield connection
        finally:
            connection.close()
    finally:
        _slots.release()
