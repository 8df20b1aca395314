"""Whether requests can be served now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from webapp.extensions import db
from webapp.schema import head_revision
from webapp.services.transaction import leave_transaction

if TYPE_CHECKING:
    from sqlalchemy import TextClause

_REVISION: TextClause = text("SELECT version_num FROM alembic_version")
_ANYTHING: TextClause = text("SELECT 1")


def failed_check() -> Literal["database", "migrations"] | None:
    """Return what is the matter: the database does not answer, or it is not at the newest revision; None if nothing."""
    try:
        db.session.connection().execute(_ANYTHING)
    except (DBAPIError, PoolTimeout):
        return "database"
    try:
        revision = db.session.connection().scalar(_REVISION)
    except DBAPIError:
        # It answers, and was never migrated.
        return "migrations"
    finally:
        leave_transaction()
    return None if revision == head_revision() else "migrations"
