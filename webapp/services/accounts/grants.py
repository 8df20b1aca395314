"""Connected apps: what the user allowed each by OAuth, used by its access token, and revoked."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from sqlalchemy import bindparam, delete, select, update

from webapp.config.settings import Settings
from webapp.database.transaction import leave_transaction, read_connection, write_best_effort, writing
from webapp.errors import NotFound
from webapp.ids import utc_now
from webapp.models import OAuthClient, OAuthGrant, OAuthToken, User, table_of
from webapp.services.accounts.audit_log import delete_old_events, has_recent_event, record, record_of
from webapp.services.accounts.secrets import hash_secret
from webapp.services.accounts.withdrawal import stop_replies_of_tokens
from webapp.services.users import CurrentUser
from webapp.state import current

if TYPE_CHECKING:
    from sqlalchemy import Connection

_clients = table_of(OAuthClient)
_grants = table_of(OAuthGrant)
_tokens = table_of(OAuthToken)
_users = table_of(User)

#: The prefix of every access token, by which it is told from an API token.
ACCESS_MARK = "mba_"
#: Grants per account. Beyond this, the oldest ones are deleted.
MAX_GRANTS = 100
#: `used_at` is updated only if it is older. The audit log has at most one event per address and hour.
_USED_AT_INTERVAL = timedelta(minutes=5)
_EVENT_INTERVAL = timedelta(hours=1)

_FIND = (
    select(
        _grants.c.id,
        _grants.c.resource,
        _grants.c.redirect_uri,
        _grants.c.used_at,
        _grants.c.used_from,
        _tokens.c.may_write,
        _clients.c.name.label("client_name"),
        _users.c.id.label("user_id"),
        _users.c.name.label("user_name"),
    )
    .join_from(_tokens, _grants, _grants.c.id == _tokens.c.grant_id)
    .join(_clients, _clients.c.id == _grants.c.client_id)
    .join(_users, _users.c.id == _grants.c.user_id)
    .where(
        _tokens.c.secret_hash == bindparam("hash"),
        _tokens.c.is_refresh.is_(False),
        _tokens.c.expires_at > bindparam("now"),
        _users.c.disabled_at.is_(None),
    )
)
_GRANTS = select(
    _grants.c.id,
    _clients.c.name,
    _grants.c.redirect_uri,
    _grants.c.may_write,
    _grants.c.resource,
    _grants.c.created_at,
    _grants.c.expires_at,
    _grants.c.used_at,
    _grants.c.used_from,
).join_from(_grants, _clients, _clients.c.id == _grants.c.client_id)


class Grant(NamedTuple):
    """A connected app as its user sees it. `expires_at` is when it is forgotten unless it is used before."""

    id: str
    name: str
    redirect_uri: str
    may_write: bool
    resource: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    used_from: str | None

    @property
    def host(self) -> str:
        """Where the app takes its user back to, which nobody can invent, unlike the name."""
        return host_of(self.redirect_uri)


def host_of(redirect_uri: str) -> str:
    parts = urlsplit(redirect_uri)
    return parts.netloc if parts.scheme in {"http", "https"} else f"{parts.scheme}:"


def app_name(name: str, redirect_uri: str) -> str:
    return f"“{name}” ({host_of(redirect_uri)})"


def list_grants(user: CurrentUser) -> list[Grant]:
    """Return the user's connected apps, newest first."""
    alive = _grants.c.redeemed_at.is_not(None) & (_grants.c.expires_at > utc_now())
    statement = _GRANTS.where(_grants.c.user_id == user.id, alive).order_by(_grants.c.id.desc())
    return [Grant._make(row) for row in read_connection().execute(statement)]


def revoke_grant(user: CurrentUser, grant_id: str) -> None:
    """Disconnect an app and stop the replies it started. Raises NotFound."""
    with writing() as connection:
        own = _GRANTS.where(_grants.c.id == grant_id, _grants.c.user_id == user.id)
        row = connection.execute(own).first()
        if row is None:
            raise NotFound("There is no such app. It may have been disconnected already.")
        _delete(connection, grant_id)
        record(connection, user, "app-disconnected", app_name(row.name, row.redirect_uri))


def revoke_all_grants(connection: Connection, user: CurrentUser) -> None:
    """Disconnect all apps of the user in the caller's transaction."""
    for row in connection.execute(_GRANTS.where(_grants.c.user_id == user.id)).all():
        _delete(connection, row.id)
        record(connection, user, "app-disconnected", app_name(row.name, row.redirect_uri))


def end_grant(connection: Connection, grant_id: str, kind: str) -> None:
    """End a grant in the caller's transaction, for what its client did: an event of this kind says what."""
    wanted = _GRANTS.add_columns(_grants.c.user_id).where(_grants.c.id == grant_id)
    row = connection.execute(wanted).first()
    if row is not None:
        _delete(connection, grant_id)
        record_of(connection, row.user_id, kind, about=app_name(row.name, row.redirect_uri), via="app")


def use_access_token(secret: str, address: str, path: str) -> CurrentUser | None:
    """Return the user of an access token that is for the path's resource.

    The result is None if it is for another one, unknown, revoked, expired, or of a disabled account.
    """
    row = read_connection().execute(_FIND, {"hash": hash_secret(secret), "now": utc_now()}).first()
    if row is None or not _covers(row.resource, path):
        return None
    via = f"app {app_name(row.client_name, row.redirect_uri)}"
    # An app acts for its user, and never as an administrator.
    user = CurrentUser(row.user_id, row.user_name, via=via, address=address, token_id=row.id, may_write=row.may_write)
    is_due = row.used_at is None or utc_now() - row.used_at > _USED_AT_INTERVAL
    if is_due or row.used_from != address:
        is_new_event = not has_recent_event(user, "app-used", _EVENT_INTERVAL)
        if is_due or is_new_event:
            _record_use(user, row.id, is_new_event=is_new_event)
    return user


def is_valid(secret: str, address: str, path: str) -> bool:
    """Return whether an access token is valid, without holding a connection afterwards."""
    user = use_access_token(secret, address, path)
    leave_transaction()
    return user is not None


def _covers(resource: str, path: str) -> bool:
    """Return whether a path of the app is that of the resource, or below it."""
    url = current(Settings).public_url
    if not url or not (resource == url or resource.startswith(f"{url}/")):
        # The operator switched OAuth off, or moved the app.
        return False
    below = resource.removeprefix(url)
    return path == below or path.startswith(f"{below}/")


def _record_use(user: CurrentUser, grant_id: str, *, is_new_event: bool) -> None:
    """Update `used_at`. If the database is busy, a later request updates it."""

    def update_use(connection: Connection) -> None:
        use = update(_grants).where(_grants.c.id == grant_id).values(used_at=utc_now(), used_from=user.address)
        if connection.execute(use).rowcount and is_new_event:
            delete_old_events(connection, user.id)
            record(connection, user, "app-used")

    write_best_effort(update_use, "When an app was used")


def _delete(connection: Connection, grant_id: str) -> None:
    connection.execute(delete(_grants).where(_grants.c.id == grant_id))
    stop_replies_of_tokens(connection, [grant_id])
