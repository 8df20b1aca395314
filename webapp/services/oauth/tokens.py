"""The tokens of a grant: short access tokens, and refresh tokens that are replaced with each use."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import delete, insert, select, update

from webapp.database.transaction import read_connection
from webapp.ids import new_id, utc_now
from webapp.models import OAuthGrant, OAuthToken, User, table_of
from webapp.services.accounts.grants import ACCESS_MARK, end_grant
from webapp.services.accounts.secrets import hash_secret, make_secret
from webapp.services.oauth.addresses import READ, WRITE

if TYPE_CHECKING:
    from datetime import datetime

    from webapp.services.oauth.clients import Client

_grants = table_of(OAuthGrant)
_tokens = table_of(OAuthToken)
_users = table_of(User)

ACCESS_SECONDS = 3_600
#: How long an app may be idle. Each refresh begins it anew, but after a year the user is asked again.
IDLE = timedelta(days=60)
MAX_AGE = timedelta(days=365)
_REFRESH_MARK = "mbr_"

_FIND = (
    select(
        _tokens.c.id,
        _tokens.c.grant_id,
        _tokens.c.is_refresh,
        _tokens.c.expires_at,
        _tokens.c.replaced_at,
        _grants.c.client_id,
        _grants.c.user_id,
        _grants.c.resource,
        _grants.c.may_write,
        _users.c.disabled_at,
    )
    .join_from(_tokens, _grants, _grants.c.id == _tokens.c.grant_id)
    .join(_users, _users.c.id == _grants.c.user_id)
)


class StoredToken(NamedTuple):
    """A token and its grant, with the methods that Authlib asks."""

    id: str
    grant_id: str
    is_refresh: bool
    expires_at: datetime
    replaced_at: datetime | None
    client_id: str
    user_id: str
    resource: str
    may_write: bool
    disabled_at: datetime | None

    def check_client(self, client: Client) -> bool:
        return self.client_id == client.id

    def get_scope(self) -> str:
        return f"{READ} {WRITE}" if self.may_write else READ


def make_access_token() -> str:
    return ACCESS_MARK + make_secret()


def make_refresh_token() -> str:
    return _REFRESH_MARK + make_secret()


def store(grant_id: str, token: dict[str, Any]) -> None:
    """Insert the tokens of a token response in the open transaction. Expired ones of the grant are deleted."""
    connection = read_connection()
    now = utc_now()
    begun: datetime = connection.execute(select(_grants.c.created_at).where(_grants.c.id == grant_id)).scalar_one()
    end = min(now + IDLE, begun + MAX_AGE)
    connection.execute(delete(_tokens).where(_tokens.c.grant_id == grant_id, _tokens.c.expires_at <= now))
    rows = [
        {
            "id": new_id(),
            "grant_id": grant_id,
            "is_refresh": is_refresh,
            "secret_hash": hash_secret(secret),
            # A client may ask for an access token that can do less than its grant.
            "may_write": WRITE in token["scope"].split(),
            "expires_at": expires_at,
        }
        for is_refresh, secret, expires_at in (
            (False, token["access_token"], min(now + timedelta(seconds=ACCESS_SECONDS), end)),
            (True, token["refresh_token"], end),
        )
    ]
    connection.execute(insert(_tokens), rows)
    connection.execute(update(_grants).where(_grants.c.id == grant_id).values(expires_at=end))


def find_token(secret: str) -> StoredToken | None:
    row = read_connection().execute(_FIND.where(_tokens.c.secret_hash == hash_secret(secret))).first()
    return StoredToken._make(row) if row else None


def find_refresh_token(secret: str) -> StoredToken | None:
    """Return a refresh token that may be used. One that was replaced already revokes its grant."""
    token = find_token(secret)
    if token is None or not token.is_refresh:
        return None
    if token.replaced_at is not None:
        end_grant(read_connection(), token.grant_id, "app-token-reused")
        return None
    return token if token.expires_at > utc_now() and token.disabled_at is None else None


def replace(token: StoredToken) -> bool:
    """Take a refresh token. Return False if another request took it at the same time; the grant is revoked then."""
    connection = read_connection()
    unused = (_tokens.c.id == token.id) & _tokens.c.replaced_at.is_(None)
    taken = connection.execute(update(_tokens).where(unused).values(replaced_at=utc_now()))
    if not taken.rowcount:
        end_grant(connection, token.grant_id, "app-token-reused")
    return bool(taken.rowcount)


def revoke_grant_of(token: StoredToken) -> None:
    """End the grant of a token in the open transaction, as its client asks."""
    end_grant(read_connection(), token.grant_id, "app-disconnected")
