"""API tokens: created, shown once, used, revoked."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, delete, func, insert, select, update

from webapp.database.transaction import leave_transaction, read_connection, write_best_effort, writing
from webapp.errors import Conflict, Invalid, NotFound
from webapp.ids import new_id, utc_now
from webapp.models import ApiToken, User, table_of
from webapp.services.accounts.audit_log import delete_old_events, has_recent_event, record
from webapp.services.accounts.grants import revoke_all_grants
from webapp.services.accounts.secrets import hash_secret, make_secret
from webapp.services.accounts.withdrawal import stop_replies_of_tokens
from webapp.services.content import check_characters
from webapp.services.users import CurrentUser

if TYPE_CHECKING:
    from sqlalchemy import Connection

_tokens = table_of(ApiToken)
_users = table_of(User)

#: The prefix of every token, by which secret scanners recognize one.
MARK = "mb_"
_PREFIX = 8
NAME_LIMIT = 80
MAX_TOKENS = 100
_MAX_LIFETIME = timedelta(days=3660)
#: `used_at` is updated only if it is older. The audit log has at most one event per address and hour.
_USED_AT_INTERVAL = timedelta(minutes=5)
_EVENT_INTERVAL = timedelta(hours=1)

_FIND = (
    select(
        _tokens.c.id,
        _tokens.c.name,
        _tokens.c.prefix,
        _tokens.c.read_only,
        _tokens.c.used_at,
        _tokens.c.used_from,
        _users.c.id.label("user_id"),
        _users.c.name.label("user_name"),
        _users.c.admin_since,
    )
    .join_from(_tokens, _users, _users.c.id == _tokens.c.user_id)
    .where(
        _tokens.c.secret_hash == bindparam("hash"),
        (_tokens.c.expires_at.is_(None)) | (_tokens.c.expires_at > bindparam("now")),
        _users.c.disabled_at.is_(None),
    )
)
_USE = update(_tokens).where(_tokens.c.id == bindparam("token"))


class Token(NamedTuple):
    """A token as its owner sees it, without the secret."""

    id: str
    name: str
    prefix: str
    read_only: bool
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None
    used_from: str | None


def create_token(
    user: CurrentUser, name: str, *, read_only: bool = False, lifetime: timedelta | None = None
) -> tuple[str, Token]:
    """Create a token and return its secret, which is not stored, and its description.

    Raises Invalid, and Conflict beyond 100 tokens.
    """
    name = " ".join(name.split())
    check_characters(name, "name")
    if not name or len(name) > NAME_LIMIT:
        raise Invalid.field(
            "name", "length", f"The name of the token must have 1 to {NAME_LIMIT} characters. Name it after its use."
        )
    if lifetime is not None and not timedelta(0) < lifetime <= _MAX_LIFETIME:
        raise Invalid.field(
            "expires", "range", "The lifetime must be 1 to 3660 days. Leave it out for a token without expiry."
        )
    secret = MARK + make_secret()
    now = utc_now()
    token = Token(
        id=new_id(),
        name=name,
        prefix=secret[:_PREFIX],
        read_only=read_only,
        created_at=now,
        expires_at=None if lifetime is None else now + lifetime,
        used_at=None,
        used_from=None,
    )
    with writing() as connection:
        connection.execute(select(_users.c.id).where(_users.c.id == user.id).with_for_update(key_share=True))
        count = connection.scalar(select(func.count()).select_from(_tokens).where(_tokens.c.user_id == user.id))
        if count is not None and count >= MAX_TOKENS:
            raise Conflict(
                f"You already have {MAX_TOKENS} tokens, which is the limit. Revoke a token that you no longer need."
            )
        row = token._asdict() | {"user_id": user.id, "secret_hash": hash_secret(secret)}
        connection.execute(insert(_tokens), row)
        record(connection, user, "token-made", _named(token.name, token.prefix))
    return secret, token


def list_tokens(user: CurrentUser) -> list[Token]:
    """Return the user's tokens, newest first. Expired ones are included until they are revoked."""
    columns = (_tokens.c[name] for name in Token._fields)
    statement = select(*columns).where(_tokens.c.user_id == user.id).order_by(_tokens.c.id.desc())
    return [Token._make(row) for row in read_connection().execute(statement)]


def revoke_token(user: CurrentUser, token_id: str) -> None:
    """Revoke a token and stop the replies it started. Raises NotFound."""
    own_token = (_tokens.c.id == token_id) & (_tokens.c.user_id == user.id)
    with writing() as connection:
        row = connection.execute(delete(_tokens).where(own_token).returning(_tokens.c.name, _tokens.c.prefix)).first()
        if row is None:
            raise NotFound("There is no such token. It may have been revoked already.")
        stop_replies_of_tokens(connection, [token_id])
        record(connection, user, "token-revoked", _named(row.name, row.prefix))


def revoke_all_tokens(connection: Connection, user: CurrentUser) -> int:
    """Revoke all tokens of the user in the caller's transaction. Return how many there were.

    Connected apps have tokens, too, so they are disconnected.
    """
    revoke_all_grants(connection, user)
    statement = (
        delete(_tokens).where(_tokens.c.user_id == user.id).returning(_tokens.c.id, _tokens.c.name, _tokens.c.prefix)
    )
    rows = connection.execute(statement).all()
    stop_replies_of_tokens(connection, [row.id for row in rows])
    for row in rows:
        record(connection, user, "token-revoked", _named(row.name, row.prefix))
    return len(rows)


def use_token(secret: str, address: str) -> CurrentUser | None:
    """Return the user of a token, or None if it is unknown, revoked, expired or of a disabled account."""
    if not secret.startswith(MARK):
        return None
    now = utc_now()
    row = read_connection().execute(_FIND, {"hash": hash_secret(secret), "now": now}).first()
    if row is None:
        return None
    via = f"token {_named(row.name, row.prefix)}"
    is_admin = row.admin_since is not None
    user = CurrentUser(row.user_id, row.user_name, is_admin, via, address, row.id, may_write=not row.read_only)
    is_due = row.used_at is None or now - row.used_at > _USED_AT_INTERVAL
    if is_due or row.used_from != address:
        # Programs in two places may alternate with one token. Neither writes on every request.
        is_new_event = not has_recent_event(user, "token-used", _EVENT_INTERVAL)
        if is_due or is_new_event:
            _record_use(user, row.id, is_new_event=is_new_event)
    return user


def is_valid(secret: str, address: str) -> bool:
    """Return whether a token is valid, without holding a connection afterwards."""
    user = use_token(secret, address)
    leave_transaction()
    return user is not None


def _record_use(user: CurrentUser, token_id: str, *, is_new_event: bool) -> None:
    """Update `used_at`. If the database is busy, a later request updates it."""

    def update_use(connection: Connection) -> None:
        used = connection.execute(_USE.values(used_at=utc_now(), used_from=user.address), {"token": token_id})
        if used.rowcount and is_new_event:
            # The audit log is otherwise trimmed at sign-in, and users of programs alone never sign in.
            delete_old_events(connection, user.id)
            record(connection, user, "token-used")

    write_best_effort(update_use, "When a token was used")


def _named(name: str, prefix: str) -> str:
    return f"“{name}” ({prefix}…)"
