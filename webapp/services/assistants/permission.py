"""Only administrators see and change connections, and make the server ask an address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from webapp.database.transaction import read_connection
from webapp.errors import Forbidden
from webapp.models import User, table_of

if TYPE_CHECKING:
    from webapp.services.users import CurrentUser

_users = table_of(User)
_ADMINISTRATORS = (
    select(_users.c.name)
    .where(_users.c.admin_since.is_not(None), _users.c.disabled_at.is_(None), _users.c.password_hash.is_not(None))
    .order_by(_users.c.name)
)
#: Names in the sentence.
_MOST = 3


def check_administrator(user: CurrentUser) -> None:
    """Raise Forbidden, which says whom to ask, unless the user is an administrator."""
    if not user.is_admin:
        raise Forbidden(f"Only an administrator can connect models. Ask {administrators()}.")


def administrators() -> str:
    """Return the names of administrators for a sentence."""
    names = list(read_connection().scalars(_ADMINISTRATORS.limit(_MOST)))
    return " or ".join(names) if names else "the operator of this server"
