"""Confirmation of the password before a sensitive action."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, select, update

from webapp.database.transaction import leave_transaction, read_connection, writing
from webapp.errors import SignInNeeded, WrongCredentials
from webapp.ids import utc_now
from webapp.models import SignIn, User, table_of
from webapp.services.accounts.audit_log import record
from webapp.services.accounts.passwords import is_password
from webapp.services.accounts.secrets import hash_secret, make_secret
from webapp.services.accounts.sign_ins import lock_if_unchanged, record_failure

if TYPE_CHECKING:
    from webapp.services.users import CurrentUser

_users = table_of(User)
_sign_ins = table_of(SignIn)

_HASH = select(_users.c.password_hash).where(_users.c.id == bindparam("user"))
_CONFIRM = (
    update(_sign_ins)
    .where(_sign_ins.c.id == bindparam("sign_in"), _sign_ins.c.user_id == bindparam("user"))
    .returning(_sign_ins.c.remembered)
)


class RenewedSecret(NamedTuple):
    """The browser's new secret, and whether the cookie outlives the browser's session."""

    secret: str
    remembered: bool


def confirm_password(user: CurrentUser, sign_in_id: str, password: str) -> RenewedSecret:
    """Check the password, store the time, and return the sign-in's new secret. The old secret becomes invalid.

    Raises WrongCredentials, Busy, and SignInNeeded if the sign-in has ended in the meantime.
    """
    stored_hash = read_connection().scalar(_HASH, {"user": user.id})
    leave_transaction()
    if stored_hash is None or not is_password(stored_hash, password):
        record_failure(user.id, user.address)
        raise WrongCredentials("The password is wrong. Please try again.")
    with writing() as connection:
        if not lock_if_unchanged(connection, user.id, stored_hash):
            raise WrongCredentials("The password was changed elsewhere in the meantime. Enter the new password.")
        secret = make_secret()
        confirm = _CONFIRM.values(confirmed_at=utc_now(), secret_hash=hash_secret(secret))
        row = connection.execute(confirm, {"sign_in": sign_in_id, "user": user.id}).first()
        if row is None:
            raise SignInNeeded("Please sign in.")
        record(connection, user, "password-confirmed")
        return RenewedSecret(secret, row.remembered)
