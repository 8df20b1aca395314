"""Conversion of database errors into application errors."""

from __future__ import annotations

import logging
import sqlite3
from typing import TYPE_CHECKING

from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from webapp.database.errors import DatabaseAway
from webapp.errors import Busy, Unavailable
from webapp.observability.exceptions import describe_exception

if TYPE_CHECKING:
    from webapp.errors import AppError

log = logging.getLogger(__name__)

_WAITING = ("SQLITE_BUSY", "SQLITE_LOCKED")

#: The errors that the error handlers catch beside AppError. The engine raises `Unavailable` for specific states.
TRANSIENT_ERRORS = (OperationalError, PoolTimeout)
#: Every error that an unavailable database raises. A retry or another request may succeed.
OUTAGE_ERRORS = (Unavailable, *TRANSIENT_ERRORS)


def as_app_error(error: Exception) -> AppError | None:
    """Return Busy for a lock or the pool, DatabaseAway for a lost server, or None for a bug."""
    original = getattr(error, "orig", None)
    if isinstance(original, sqlite3.Error):
        name = getattr(original, "sqlite_errorname", "")
        if not name.startswith(_WAITING):
            return None
    log.error("The database refused: %s", describe_exception(error))
    return DatabaseAway() if _is_away(original) else Busy()


def _is_away(original: object) -> bool:
    """Return whether a PostgreSQL error is about the connection: class 08, 57P0x, or no code at all."""
    if original is None or isinstance(original, sqlite3.Error):
        return False
    code = getattr(original, "sqlstate", None)
    return code is None or code.startswith(("08", "57P0"))
