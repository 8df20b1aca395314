"""A new password for who has lost the old one: by a link, or from the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, update

from webapp.models import Invitation, SignIn, User, table_of
from webapp.services.accounts.locks import lock_account
from webapp.services.accounts.passwords import check_password, hash_password
from webapp.services.accounts.trail import record_of
from webapp.services.transaction import leave_transaction, writing

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from webapp.services.users import CurrentUser

_users = table_of(User)
_sign_ins = table_of(SignIn)
_invitations = table_of(Invitation)


def set_password(connection: Connection, account_id: str, password_hash: str, *, via: str, address: str = "") -> None:
    """Set a checked password, and end every sign-in and link for another, in the caller's transaction."""
    connection.execute(update(_users).where(_users.c.id == account_id).values(password_hash=password_hash))
    connection.execute(delete(_sign_ins).where(_sign_ins.c.user_id == account_id))
    connection.execute(delete(_invitations).where(_invitations.c.user_id == account_id))
    record_of(connection, account_id, "password-reset", via=via, address=address)


def reset_password(user: CurrentUser, account_id: str, name: str, password: str) -> None:
    """Set an account's password from the command line. Raises Invalid and NotFound."""
    leave_transaction()
    fresh = hash_password(check_password(password, name))
    with writing() as connection:
        lock_account(connection, account_id)
        set_password(connection, account_id, fresh, via=user.via, address=user.address)
