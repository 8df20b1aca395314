"""A database in trouble, told as a refusal instead of a failure."""

from __future__ import annotations

import logging
import sqlite3
from typing import TYPE_CHECKING

from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from webapp.causes import name_of
from webapp.errors import Busy

if TYPE_CHECKING:
    from webapp.errors import AppError

log = logging.getLogger(__name__)

_PASSING = (
    "SQLITE_BUSY",
    "SQLITE_LOCKED",
    "SQLITE_FULL",
    "SQLITE_IOERR",
    "SQLITE_CANTOPEN",
    "SQLITE_READONLY",
)

#: What the doors' error handlers catch.
DatabaseTrouble = (OperationalError, PoolTimeout)


def refusal(error: Exception) -> AppError | None:
    """Return Busy for a lock, a pool, a disk or a server that may come back; None for a fault of ours."""
    original = getattr(error, "orig", None)
    if isinstance(original, sqlite3.Error):
        name = getattr(original, "sqlite_errorname", "")
        if not name.startswith(_PASSING):
            return None
    log.error("The database refused: %s", name_of(error))
    return Busy()
