"""Sign-ins: with a name and a password, and later with the browser's secret."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, delete, insert, select, update

from webapp.database.transaction import leave_transaction, read_connection, write_best_effort, writing
from webapp.errors import WrongCredentials
from webapp.ids import new_id, utc_now
from webapp.models import SignIn, User, table_of
from webapp.services.accounts.accounts import fold_name
from webapp.services.accounts.audit_log import delete_old_events, record, record_of
from webapp.services.accounts.passwords import hash_password, is_outdated, is_password
from webapp.services.accounts.secrets import hash_secret, make_secret
from webapp.services.accounts.signals import send_password_refused
from webapp.services.users import CurrentUser

if TYPE_CHECKING:
    from sqlalchemy import Connection

_users = table_of(User)
_sign_ins = table_of(SignIn)

#: How long a remembered browser stays signed in, and how long another one may be idle.
REMEMBERED = timedelta(days=30)
IDLE = timedelta(hours=12)
#: A sign-in ends after this time, however often it was used.
MAX_AGE = timedelta(days=90)
#: How long an entered password counts as recent.
FRESH = timedelta(minutes=10)
#: `seen_at` is updated only if it is older, so at most one request in five minutes writes.
_SEEN_EVERY = timedelta(minutes=5)
#: A new address is stored sooner, but not on each request of a browser that alternates between two.
_MOVED_EVERY = timedelta(minutes=1)
_AGENT_LIMIT = 200
#: Sign-ins per account. Beyond this, the least recently seen ones are deleted.
MAX_SIGN_INS = 100

_FIND = (
    select(
        _sign_ins.c.id,
        _sign_ins.c.created_at,
        _sign_ins.c.seen_at,
        _sign_ins.c.confirmed_at,
        _sign_ins.c.remembered,
        _sign_ins.c.address,
        _users.c.id.label("user_id"),
        _users.c.name,
        _users.c.admin_since,
    )
    .join_from(_sign_ins, _users, _users.c.id == _sign_ins.c.user_id)
    .where(
        _sign_ins.c.secret_hash == bindparam("hash"),
        _sign_ins.c.expires_at > bindparam("now"),
        _users.c.disabled_at.is_(None),
    )
)
_TOUCH = update(_sign_ins).where(_sign_ins.c.id == bindparam("sign_in"))
_NAMED = select(_users.c.id, _users.c.name, _users.c.password_hash, _users.c.admin_since, _users.c.disabled_at).where(
    _users.c.name == bindparam("name")
)


class ClientInfo(NamedTuple):
    address: str
    agent: str = ""


class SignedIn(NamedTuple):
    """A valid sign-in: its id, its user, and when the password was last entered."""

    id: str
    user: CurrentUser
    confirmed_at: datetime | None = None

    @property
    def is_fresh(self) -> bool:
        """Whether the password was entered recently enough for a sensitive action."""
        return self.confirmed_at is not None and utc_now() - self.confirmed_at <= FRESH


def sign_in(name: str, password: str, client_info: ClientInfo, *, remember: bool) -> tuple[str, CurrentUser]:
    """Return a new secret for the browser, and its user.

    Raises WrongCredentials with the same sentence and after the same work, whether the name is unknown, the password is
    wrong or the account is disabled.
    """
    while True:
        row = read_connection().execute(_NAMED, {"name": fold_name(name)}).first()
        # The comparison is slow, so no connection is held during it.
        leave_transaction()
        is_right = is_password(row.password_hash if row else None, password)
        if not is_right or row is None or row.disabled_at is not None:
            record_failure(row.id if row and row.password_hash else None, client_info.address)
            raise WrongCredentials
        user = CurrentUser(row.id, row.name, row.admin_since is not None, "page", client_info.address)
        fresh = hash_password(password) if is_outdated(row.password_hash) else None
        with writing() as connection:
            # The hash may have changed during the comparison. In that case the new one is compared once.
            if lock_if_unchanged(connection, user.id, row.password_hash):
                if fresh:
                    connection.execute(update(_users).where(_users.c.id == user.id).values(password_hash=fresh))
                return begin(connection, user, client_info, remember=remember), user


def begin(connection: Connection, user: CurrentUser, client_info: ClientInfo, *, remember: bool) -> str:
    """Insert a sign-in in the caller's transaction and return its secret."""
    now = utc_now()
    secret = make_secret()
    connection.execute(delete(_sign_ins).where(_sign_ins.c.user_id == user.id, _sign_ins.c.expires_at < now))
    delete_old_events(connection, user.id)
    row = {"id": new_id(), "user_id": user.id, "secret_hash": hash_secret(secret), "created_at": now}
    row |= {"seen_at": now, "confirmed_at": now}
    connection.execute(
        insert(_sign_ins),
        row
        | {
            "expires_at": now + (REMEMBERED if remember else IDLE),
            "remembered": remember,
            "address": client_info.address,
            "agent": client_info.agent[:_AGENT_LIMIT],
        },
    )
    own = select(_sign_ins.c.id).where(_sign_ins.c.user_id == user.id)
    last = own.order_by(_sign_ins.c.seen_at.desc(), _sign_ins.c.id.desc()).offset(MAX_SIGN_INS).limit(MAX_SIGN_INS)
    connection.execute(delete(_sign_ins).where(_sign_ins.c.id.in_(last)))
    record(connection, user, "sign-in", client_info.agent[:_AGENT_LIMIT])
    return secret


def find_sign_in(secret: str, address: str) -> SignedIn | None:
    now = utc_now()
    row = read_connection().execute(_FIND, {"hash": hash_secret(secret), "now": now}).first()
    if row is None or (not row.remembered and now > row.created_at + MAX_AGE):
        return None
    if now - row.seen_at > (_SEEN_EVERY if row.address == address else _MOVED_EVERY):
        _touch(row.id, address, None if row.remembered else min(now + IDLE, row.created_at + MAX_AGE))
    user = CurrentUser(row.user_id, row.name, row.admin_since is not None, "page", address)
    return SignedIn(row.id, user, row.confirmed_at)


def is_valid(secret: str, address: str) -> bool:
    """Return whether the secret is valid, without holding a connection afterwards."""
    row = find_sign_in(secret, address)
    leave_transaction()
    return row is not None


def lock_if_unchanged(connection: Connection, user_id: str, password_hash: str) -> bool:
    """Return whether the account is enabled and still has that hash; lock it until the transaction ends."""
    same = (_users.c.id == user_id) & (_users.c.password_hash == password_hash) & _users.c.disabled_at.is_(None)
    return connection.scalar(select(_users.c.id).where(same).with_for_update(key_share=True)) is not None


def record_failure(user_id: str | None, address: str) -> None:
    """Record a failed sign-in. An unknown name is recorded, too, so that it takes as long."""
    with writing() as connection:
        delete_old_events(connection, user_id)
        record_of(connection, user_id, "sign-in-failed", via="page", address=address)
    send_password_refused(user_id)


def _touch(sign_in_id: str, address: str, expires_at: datetime | None) -> None:
    """Update `seen_at` and the address. If the database is busy, a later request updates them."""
    values: dict[str, object] = {"seen_at": utc_now(), "address": address}
    if expires_at is not None:
        values["expires_at"] = expires_at
    touch = _TOUCH.values(**values)
    write_best_effort(lambda connection: connection.execute(touch, {"sign_in": sign_in_id}), "When a sign-in was seen")
