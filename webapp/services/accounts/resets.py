"""Password resets by a link or the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, update

from webapp.database.transaction import leave_transaction, writing
from webapp.models import Invitation, SignIn, User, table_of
from webapp.services.account_locks import lock_account
from webapp.services.accounts.accounts import require_admin
from webapp.services.accounts.audit_log import record
from webapp.services.accounts.passwords import check_password, hash_password
from webapp.services.accounts.tokens import revoke_all_tokens
from webapp.services.users import CurrentUser

if TYPE_CHECKING:
    from sqlalchemy import Connection

_users = table_of(User)
_sign_ins = table_of(SignIn)
_invitations = table_of(Invitation)


def set_password(connection: Connection, owner: CurrentUser, password_hash: str, *, revoke_tokens: bool) -> int:
    """Set a checked password and delete every sign-in and reset link, in the caller's transaction.

    With `revoke_tokens` every API token of the account is revoked, too. Return how many were.
    """
    connection.execute(update(_users).where(_users.c.id == owner.id).values(password_hash=password_hash))
    connection.execute(delete(_sign_ins).where(_sign_ins.c.user_id == owner.id))
    connection.execute(delete(_invitations).where(_invitations.c.user_id == owner.id))
    record(connection, owner, "password-reset")
    return revoke_all_tokens(connection, owner) if revoke_tokens else 0


def reset_password(user: CurrentUser, account_id: str, name: str, password: str, *, revoke_tokens: bool = False) -> int:
    """Set an account's password as an administrator, and return how many API tokens were revoked.

    Raises Forbidden, Invalid and NotFound.
    """
    require_admin(user)
    leave_transaction()
    fresh = hash_password(check_password(password, name))
    owner = CurrentUser(account_id, name, via=user.via, address=user.address)
    with writing() as connection:
        lock_account(connection, account_id)
        return set_password(connection, owner, fresh, revoke_tokens=revoke_tokens)
