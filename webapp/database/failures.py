"""A database in trouble, told as a refusal instead of a failure."""

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

#: What the doors' error handlers catch beside AppError. Errors that say more are `Unavailable` already (`extensions`).
TRANSIENT_ERRORS = (OperationalError, PoolTimeout)
#: All that a database in trouble raises: what a retry or another request may survive.
OUTAGE_ERRORS = (Unavailable, *TRANSIENT_ERRORS)


def as_app_error(error: Exception) -> AppError | None:
    """Return Busy for a lock or a pool, DatabaseAway for a server that may come back; None for a fault of ours."""
    original = getattr(error, "orig", None)
    if isinstance(original, sqlite3.Error):
        name = getattr(original, "sqlite_errorname", "")
        if not name.startswith(_WAITING):
            return None
    log.error("The database refused: %s", describe_exception(error))
    return DatabaseAway() if _is_away(original) else Busy()


def _is_away(original: object) -> bool:
    """Return whether an error of PostgreSQL's driver is about the connection: class 08, 57P0x, or no code at all."""
    if original is None or isinstance(original, sqlite3.Error):
        return False
    code = getattr(original, "sqlstate", None)
    return code is None or code.startswith(("08", "57P0"))
