"""API tokens: made, shown once, used, revoked."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, delete, func, insert, select, update

from webapp.database.engine import db
from webapp.database.transaction import leave_transaction, write_best_effort, writing
from webapp.errors import Conflict, Invalid, NotFound
from webapp.ids import new_id, utc_now
from webapp.models import ApiToken, User, table_of
from webapp.services.accounts.audit_log import forget_old_events, record, was_told
from webapp.services.accounts.secrets import hash_secret, make_secret
from webapp.services.accounts.withdrawal import stop_replies_of_tokens
from webapp.services.content import check_characters
from webapp.services.users import CurrentUser

if TYPE_CHECKING:
    from sqlalchemy import Connection

_tokens = table_of(ApiToken)
_users = table_of(User)

#: Every token begins so: programs that look for leaked secrets know one by it.
MARK = "mb_"
_PREFIX = 8
NAME_LIMIT = 80
MOST = 100
_LONGEST_LIFE = timedelta(days=3660)
#: `used_at` is written when it is older; the trail has an event of each address, at most one an hour.
_USED_EVERY = timedelta(minutes=5)
_TOLD_EVERY = timedelta(hours=1)

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


class TokenUse(NamedTuple):
    """Whom a token acts for, and whether it may only read."""

    user: CurrentUser
    read_only: bool


class Token(NamedTuple):
    """A token as its owner sees it: all but the secret."""

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
    """Create token and return its secret, which is never to be had again, and what is kept of it.

    Raises Invalid, and Conflict for more than 100.
    """
    name = " ".join(name.split())
    check_characters(name, "name")
    if not name or len(name) > NAME_LIMIT:
        raise Invalid.field("name", "length", f"Name the token after its use, in 1 to {NAME_LIMIT} characters.")
    if lifetime is not None and not timedelta(0) < lifetime <= _LONGEST_LIFE:
        raise Invalid.field("expires", "range", "A token lives for 1 to 3660 days, or until it is revoked.")
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
        if count is not None and count >= MOST:
            raise Conflict(f"There are {MOST} tokens already. Revoke one that is not needed any more.")
        row = token._asdict() | {"user_id": user.id, "secret_hash": hash_secret(secret)}
        connection.execute(insert(_tokens), row)
        record(connection, user, "token-made", _named(token.name, token.prefix))
    return secret, token


def list_tokens(user: CurrentUser) -> list[Token]:
    """Return the user's tokens, the newest first; those that ran out too, until they are revoked."""
    columns = (_tokens.c[name] for name in Token._fields)
    statement = select(*columns).where(_tokens.c.user_id == user.id).order_by(_tokens.c.id.desc())
    return [Token._make(row) for row in db.session.connection().execute(statement)]


def revoke_token(user: CurrentUser, token_id: str) -> None:
    """Let a token open nothing any more. Raises NotFound."""
    mine = (_tokens.c.id == token_id) & (_tokens.c.user_id == user.id)
    with writing() as connection:
        row = connection.execute(delete(_tokens).where(mine).returning(_tokens.c.name, _tokens.c.prefix)).first()
        if row is None:
            raise NotFound("There is no such token; it may have been revoked already.")
        stop_replies_of_tokens(connection, [token_id])
        record(connection, user, "token-revoked", _named(row.name, row.prefix))


def revoke_all_tokens(connection: Connection, user: CurrentUser) -> int:
    """Let no token of the user's open anything any more, in the caller's transaction. Return how many there were."""
    gone = delete(_tokens).where(_tokens.c.user_id == user.id).returning(_tokens.c.id, _tokens.c.name, _tokens.c.prefix)
    rows = connection.execute(gone).all()
    stop_replies_of_tokens(connection, [row.id for row in rows])
    for row in rows:
        record(connection, user, "token-revoked", _named(row.name, row.prefix))
    return len(rows)


def use_token(secret: str, address: str) -> TokenUse | None:
    """Return what a token is good for, None if for nothing: unknown, revoked, run out, of a disabled account."""
    if not secret.startswith(MARK):
        return None
    now = utc_now()
    row = db.session.connection().execute(_FIND, {"hash": hash_secret(secret), "now": now}).first()
    if row is None:
        return None
    via = f"token {_named(row.name, row.prefix)}"
    user = CurrentUser(row.user_id, row.user_name, row.admin_since is not None, via, address, row.id)
    is_due = row.used_at is None or now - row.used_at > _USED_EVERY
    if is_due or row.used_from != address:
        # Programs in two places may share a token, and take turns: neither writes with every request.
        has_updates = not was_told(user, "token-used", _TOLD_EVERY)
        if is_due or has_updates:
            _note_use(user, row.id, has_updates=has_updates)
    return TokenUse(user, row.read_only)


def is_valid(secret: str, address: str) -> bool:
    """Say whether a token is good for something still, and hold nothing afterwards: for what takes its time."""
    used = use_token(secret, address)
    leave_transaction()
    return used is not None


def _note_use(user: CurrentUser, token_id: str, *, has_updates: bool) -> None:
    """Write down that it was used. If the database is locked just now, another request will."""

    def note(connection: Connection) -> None:
        used = connection.execute(_USE.values(used_at=utc_now(), used_from=user.address), {"token": token_id})
        if used.rowcount and has_updates:
            # Who uses programs only never signs in, which is when the trail is cut otherwise.
            forget_old_events(connection, user.id)
            record(connection, user, "token-used")

    write_best_effort(note, "When a token was used")


def _named(name: str, prefix: str) -> str:
    return f"“{name}” ({prefix}…)"
