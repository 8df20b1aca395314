"""The administrators, for those who have to ask one."""

from __future__ import annotations

from sqlalchemy import select

from webapp.database.transaction import read_connection
from webapp.models import User, table_of

_users = table_of(User)
_NAMES = (
    select(_users.c.name)
    .where(_users.c.admin_since.is_not(None), _users.c.disabled_at.is_(None), _users.c.password_hash.is_not(None))
    .order_by(_users.c.name)
)
#: Names in a sentence.
_MOST = 3


def whom_to_ask() -> str:
    """Return the names of administrators for a sentence: “alice or carol”."""
    names = list(read_connection().scalars(_NAMES.limit(_MOST)))
    return " or ".join(names) if names else "the operator of this server"
