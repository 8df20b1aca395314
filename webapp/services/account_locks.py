"""Row locks on accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from webapp.errors import Conflict, NotFound
from webapp.models import User, table_of

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Row

    from webapp.services.users import CurrentUser

_users = table_of(User)

_HAS_PASSWORD = _users.c.password_hash.is_not(None)


def lock_account(connection: Connection, account_id: str, *, to_remove: bool = False) -> Row[str, datetime | None]:
    """Lock the account and return its `name` and `disabled_at`.

    With `to_remove`, no new row may refer to it, either. Raises NotFound.
    """
    statement = select(_users.c.name, _users.c.disabled_at).where(_users.c.id == account_id, _HAS_PASSWORD)
    row = connection.execute(statement.with_for_update(key_share=not to_remove)).first()
    if row is None:
        raise NotFound("This account does not exist. Check its name.")
    return row


def hold_account(connection: Connection, user: CurrentUser) -> None:
    """Lock the account against removal, before the caller locks one of its chats.

    A new row that refers to the account needs this lock. The removal locks the account before its chats; another order
    would deadlock.
    """
    statement = select(_users.c.id).where(_users.c.id == user.id)
    connection.execute(statement.with_for_update(read=True, key_share=True)).close()


def require_another_admin(connection: Connection, account_id: str) -> None:
    """Raise Conflict if this account is the last administrator.

    All administrators are locked, in one order and before any other row. Of two who disable each other, one waits and
    then is the last.
    """
    admins = select(_users.c.id).where(_users.c.admin_since.is_not(None), _users.c.disabled_at.is_(None), _HAS_PASSWORD)
    if list(connection.scalars(admins.order_by(_users.c.id).with_for_update(key_share=True))) == [account_id]:
        raise Conflict("This is the last administrator. First promote another account: minutebook users promote NAME.")
