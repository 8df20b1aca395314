"""The status of an account: enabled or disabled, administrator or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, update

from webapp.database.transaction import writing
from webapp.ids import utc_now
from webapp.models import Invitation, SignIn, User, table_of
from webapp.services.account_locks import lock_account, require_another_admin
from webapp.services.accounts.accounts import require_admin
from webapp.services.accounts.audit_log import record_of
from webapp.services.accounts.withdrawal import stop_replies_of_account

if TYPE_CHECKING:
    from webapp.services.users import CurrentUser

_users = table_of(User)
_sign_ins = table_of(SignIn)
_invitations = table_of(Invitation)


def disable_account(user: CurrentUser, account_id: str) -> None:
    set_disabled(user, account_id, disabled=True)


def enable_account(user: CurrentUser, account_id: str) -> None:
    set_disabled(user, account_id, disabled=False)


def set_disabled(user: CurrentUser, account_id: str, *, disabled: bool) -> None:
    """Disable or enable an account, as an administrator.

    A disabled account cannot sign in: its sign-ins and links are deleted and its tokens are refused. Its data stays.

    Raises Forbidden, NotFound, and Conflict for the last administrator.
    """
    require_admin(user)
    with writing() as connection:
        if disabled:
            require_another_admin(connection, account_id)
        name = lock_account(connection, account_id).name
        if disabled:
            connection.execute(delete(_sign_ins).where(_sign_ins.c.user_id == account_id))
            # Links that the account made or received would let it in again.
            links = (_invitations.c.invited_by == account_id) | (_invitations.c.user_id == account_id)
            connection.execute(delete(_invitations).where(links))
            stop_replies_of_account(connection, account_id)
        moment = utc_now() if disabled else None
        connection.execute(update(_users).where(_users.c.id == account_id).values(disabled_at=moment))
        kind = "account-disabled" if disabled else "account-enabled"
        record_of(connection, account_id, kind, about=name, via=user.via, address=user.address)


def set_admin(user: CurrentUser, account_id: str, *, is_admin: bool) -> None:
    """Grant or withdraw an account's administrator rights, as an administrator.

    Raises Forbidden, NotFound, and Conflict for the last administrator.
    """
    require_admin(user)
    with writing() as connection:
        if not is_admin:
            require_another_admin(connection, account_id)
        name = lock_account(connection, account_id).name
        if not is_admin:
            # Its invitations could still create accounts, even administrators.
            connection.execute(delete(_invitations).where(_invitations.c.invited_by == account_id))
        moment = utc_now() if is_admin else None
        connection.execute(update(_users).where(_users.c.id == account_id).values(admin_since=moment))
        kind = "made-administrator" if is_admin else "no-administrator"
        record_of(connection, account_id, kind, about=name, via=user.via, address=user.address)
