"""Changing the own password, with the old one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update

from webapp.database.transaction import leave_transaction, read_connection, writing
from webapp.errors import WrongCredentials
from webapp.ids import utc_now
from webapp.models import Invitation, SignIn, User, table_of
from webapp.services.accounts.audit_log import record
from webapp.services.accounts.passwords import check_password, hash_password, is_password
from webapp.services.accounts.sign_ins import record_failure
from webapp.services.accounts.tokens import revoke_all_tokens

if TYPE_CHECKING:
    from webapp.services.users import CurrentUser

_users = table_of(User)
_sign_ins = table_of(SignIn)
_invitations = table_of(Invitation)


def change_password(user: CurrentUser, old: str, new: str, *, keep: str, revoke_tokens: bool = False) -> None:
    """Change the password, and delete all reset links and every sign-in but `keep`.

    With `revoke_tokens` every API token is revoked, too. Raises WrongCredentials for the old password, Invalid for the
    new one.
    """
    stored_hash = read_connection().scalar(select(_users.c.password_hash).where(_users.c.id == user.id))
    leave_transaction()
    if not is_password(stored_hash, old):
        record_failure(user.id, user.address)
        raise WrongCredentials("The current password is wrong. Please try again.")
    fresh = hash_password(check_password(new, user.name))
    with writing() as connection:
        # A concurrent change must not be overwritten by someone who knew only the password before it.
        changed = connection.execute(
            update(_users)
            .where(_users.c.id == user.id, _users.c.password_hash == stored_hash)
            .values(password_hash=fresh)
        )
        if not changed.rowcount:
            raise WrongCredentials("The password was changed elsewhere in the meantime. Enter the new password.")
        connection.execute(delete(_sign_ins).where(_sign_ins.c.user_id == user.id, _sign_ins.c.id != keep))
        connection.execute(delete(_invitations).where(_invitations.c.user_id == user.id))
        connection.execute(update(_sign_ins).where(_sign_ins.c.id == keep).values(confirmed_at=utc_now()))
        record(connection, user, "password-changed")
        if revoke_tokens:
            revoke_all_tokens(connection, user)
