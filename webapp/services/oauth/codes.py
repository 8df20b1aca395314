"""Authorization codes: a grant begins with one, which is exchanged for tokens once and within two minutes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import delete, insert, select, update

from webapp.database.transaction import read_connection
from webapp.ids import new_id, utc_now
from webapp.models import OAuthClient, OAuthGrant, User, table_of
from webapp.services.accounts.audit_log import record_of
from webapp.services.accounts.grants import MAX_GRANTS, app_name, end_grant
from webapp.services.accounts.secrets import hash_secret, make_secret
from webapp.services.oauth.addresses import READ, WRITE

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from webapp.services.oauth.clients import Client
    from webapp.services.oauth.values import Parameters
    from webapp.services.users import CurrentUser

_grants = table_of(OAuthGrant)
_clients = table_of(OAuthClient)
_users = table_of(User)

LIFETIME = timedelta(minutes=2)
_MARK = "mbk_"

_FIND = (
    select(
        _grants.c.id.label("grant_id"),
        _grants.c.user_id,
        _grants.c.resource,
        _grants.c.redirect_uri,
        _grants.c.code_challenge,
        _grants.c.may_write,
        _grants.c.redeemed_at,
        _grants.c.expires_at,
        _clients.c.name.label("client_name"),
    )
    .join_from(_grants, _users, _users.c.id == _grants.c.user_id)
    .join(_clients, _clients.c.id == _grants.c.client_id)
    .where(_users.c.disabled_at.is_(None))
)


class Code(NamedTuple):
    """A code with the methods that Authlib asks."""

    grant_id: str
    user_id: str
    resource: str
    redirect_uri: str
    code_challenge: str
    may_write: bool
    redeemed_at: datetime | None
    expires_at: datetime
    client_name: str

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return f"{READ} {WRITE}" if self.may_write else READ


def make_code() -> str:
    return _MARK + make_secret()


def store(
    user: CurrentUser, client: Client, code: str, parameters: Parameters, *, resource: str, may_write: bool
) -> None:
    """Insert a grant with its code in the open transaction. Grants that ended make room for it."""
    connection = read_connection()
    now = utc_now()
    _make_room(connection, user, now)
    row = {
        "id": new_id(),
        "user_id": user.id,
        "client_id": client.id,
        "may_write": may_write,
        "resource": resource,
        "redirect_uri": parameters["redirect_uri"],
        "code_hash": hash_secret(code),
        "code_challenge": parameters["code_challenge"],
        "created_at": now,
        "expires_at": now + LIFETIME,
    }
    connection.execute(insert(_grants), row)


def find(code: str, client: Client) -> Code | None:
    """Return a code of the client that may be exchanged. One that was exchanged already revokes its grant."""
    of_client = _FIND.where(_grants.c.code_hash == hash_secret(code), _grants.c.client_id == client.id)
    connection = read_connection()
    row = connection.execute(of_client).first()
    if row is None:
        return None
    found = Code._make(row)
    if found.redeemed_at is not None:
        end_grant(connection, found.grant_id, "app-code-reused")
        return None
    return found if found.expires_at > utc_now() else None


def redeem(code: Code) -> bool:
    """Take the code. Return False if another request took it at the same time; the grant is revoked then."""
    connection = read_connection()
    unused = (_grants.c.id == code.grant_id) & _grants.c.redeemed_at.is_(None)
    taken = connection.execute(update(_grants).where(unused).values(redeemed_at=utc_now()))
    if not taken.rowcount:
        end_grant(connection, code.grant_id, "app-code-reused")
        return False
    rights = "reads and writes" if code.may_write else "reads only"
    about = f"{app_name(code.client_name, code.redirect_uri)}, {rights}"
    record_of(connection, code.user_id, "app-connected", about=about, via="app")
    return True


def _make_room(connection: Connection, user: CurrentUser, now: datetime) -> None:
    own = _grants.c.user_id == user.id
    connection.execute(delete(_grants).where(own, _grants.c.expires_at <= now))
    newest = select(_grants.c.id).where(own).order_by(_grants.c.id.desc()).offset(MAX_GRANTS - 1).limit(MAX_GRANTS)
    connection.execute(delete(_grants).where(_grants.c.id.in_(newest)))
