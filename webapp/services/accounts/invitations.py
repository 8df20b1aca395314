"""Invitations: links that work once, for a new account or a new password."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import delete, insert, select

from webapp.database.transaction import leave_transaction, read_connection, writing
from webapp.errors import Conflict, NotFound
from webapp.ids import new_id, utc_now
from webapp.models import Invitation, User, table_of
from webapp.services.account_locks import lock_account
from webapp.services.accounts.accounts import check_name, insert_account, require_admin
from webapp.services.accounts.audit_log import record
from webapp.services.accounts.passwords import check_password, hash_password
from webapp.services.accounts.resets import set_password
from webapp.services.accounts.secrets import hash_secret, make_secret
from webapp.services.accounts.sign_ins import ClientInfo, begin
from webapp.services.users import CurrentUser

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

_invitations = table_of(Invitation)
_users = table_of(User)

VALID = timedelta(days=7)
_GONE = "This link was used, withdrawn, or has run out. Ask an administrator for a new one."


class Invited(NamedTuple):
    """A valid invitation. `account` is the account whose password it resets, None for a new account."""

    id: str
    account: str | None
    is_admin: bool
    created_at: datetime
    expires_at: datetime


_SELECT = select(
    _invitations.c.id, _users.c.name, _invitations.c.is_admin, _invitations.c.created_at, _invitations.c.expires_at
).outerjoin_from(_invitations, _users, _users.c.id == _invitations.c.user_id)


def invite(user: CurrentUser, *, is_admin: bool = False, account_id: str | None = None) -> str:
    """Return the secret of a new link: for a new account, or for a new password of an existing one.

    Raises Forbidden unless the user is an administrator, and NotFound.
    """
    require_admin(user)
    secret = make_secret()
    now = utc_now()
    row = {"id": new_id(), "secret_hash": hash_secret(secret), "invited_by": user.id, "user_id": account_id}
    with writing() as connection:
        about = "" if account_id is None else lock_account(connection, account_id).name
        connection.execute(delete(_invitations).where(_invitations.c.expires_at < now))
        connection.execute(
            insert(_invitations), row | {"is_admin": is_admin, "created_at": now, "expires_at": now + VALID}
        )
        record(connection, user, "reset-link-made" if account_id else "invited", about)
    return secret


def list_invitations(user: CurrentUser) -> list[Invited]:
    """Return the valid invitations, newest first. Raises Forbidden unless the user is an administrator."""
    require_admin(user)
    statement = _SELECT.where(_invitations.c.expires_at > utc_now()).order_by(_invitations.c.id.desc())
    return [Invited._make(row) for row in read_connection().execute(statement)]


def withdraw_invitation(user: CurrentUser, invitation_id: str) -> None:
    """Revoke an invitation. Raises Forbidden and NotFound."""
    require_admin(user)
    with writing() as connection:
        deleted = connection.execute(delete(_invitations).where(_invitations.c.id == invitation_id))
        if not deleted.rowcount:
            raise NotFound("There is no such invitation. It may have been used already.")
        record(connection, user, "invitation-withdrawn")


def find_invitation(secret: str) -> Invited:
    """Return the invitation of a link. Raises NotFound if it is no longer valid."""
    is_link = (_invitations.c.secret_hash == hash_secret(secret)) & (_invitations.c.expires_at > utc_now())
    row = read_connection().execute(_SELECT.where(is_link)).first()
    if row is None:
        raise NotFound(_GONE)
    return Invited._make(row)


def accept_invitation(secret: str, name: str, password: str, client: ClientInfo, *, revoke_tokens: bool = False) -> str:
    """Create the account or set its new password, sign in, and return the browser's secret.

    `name` is used for a new account only, `revoke_tokens` for an existing one. Raises NotFound, Invalid, and Conflict
    for a name that is taken or an account that is disabled; the link then stays valid.
    """
    invited = find_invitation(secret)
    name = invited.account or check_name(name)
    leave_transaction()
    password_hash = hash_password(check_password(password, name))
    with writing() as connection:
        used = _consume(connection, secret)
        if used.user_id is None:
            user = insert_account(
                connection, name, password_hash, is_admin=used.is_admin, via="invitation", address=client.address
            )
        else:
            user = CurrentUser(used.user_id, name, via="link", address=client.address)
            set_password(connection, user, password_hash, revoke_tokens=revoke_tokens)
        return begin(connection, user, client, remember=False)


def _consume(connection: Connection, secret: str) -> Row[str | None, bool]:
    """Consume a link and return its `user_id` and `is_admin`. Raises NotFound and Conflict."""
    is_link = (_invitations.c.secret_hash == hash_secret(secret)) & (_invitations.c.expires_at > utc_now())
    account_id = connection.scalar(select(_invitations.c.user_id).where(is_link))
    # Every transaction locks the account before its links, so that none deadlock.
    if account_id is not None and lock_account(connection, account_id).disabled_at is not None:
        raise Conflict("This account is disabled. Ask an administrator to enable it, then open this link again.")
    deleted = delete(_invitations).where(is_link).returning(_invitations.c.user_id, _invitations.c.is_admin)
    used = connection.execute(deleted).first()
    if used is None:
        raise NotFound(_GONE)
    return used
