"""Accounts and their administration. An administrator never sees another account's transcripts."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from webapp.database.transaction import leave_transaction, read_connection, writing
from webapp.errors import AlreadySetUp, Conflict, Forbidden, Invalid, NotFound
from webapp.ids import new_id, utc_now
from webapp.models import LOCAL_USER_ID, ApiToken, SignIn, User, table_of
from webapp.services.accounts.audit_log import record_of
from webapp.services.accounts.passwords import check_password, hash_password
from webapp.services.content import sanitize_text
from webapp.services.users import CurrentUser

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

_users = table_of(User)
_sign_ins = table_of(SignIn)
_tokens = table_of(ApiToken)

NAME_LIMIT = 40
_PUNCTUATION = "._-"
#: Letters according to Unicode that are invisible (the Hangul fillers).
_UNSEEN = "\u115f\u1160"

_HAS_PASSWORD = _users.c.password_hash.is_not(None)
_LAST_SEEN = select(func.max(_sign_ins.c.seen_at)).where(_sign_ins.c.user_id == _users.c.id).scalar_subquery()
_LAST_USED = select(func.max(_tokens.c.used_at)).where(_tokens.c.user_id == _users.c.id).scalar_subquery()


_ADMINISTRATORS = (
    select(_users.c.name)
    .where(_HAS_PASSWORD, _users.c.admin_since.is_not(None), _users.c.disabled_at.is_(None))
    .order_by(_users.c.admin_since, _users.c.name)
    .limit(3)
)


class Account(NamedTuple):
    """An account as an administrator sees it. A time is None if the event never happened."""

    id: str
    name: str
    is_admin: bool
    created_at: datetime
    disabled_at: datetime | None
    seen_at: datetime | None
    token_used_at: datetime | None


_ACCOUNT = select(
    _users.c.id,
    _users.c.name,
    _users.c.admin_since.is_not(None),
    _users.c.created_at,
    _users.c.disabled_at,
    _LAST_SEEN,
    _LAST_USED,
)


def fold_name(name: str) -> str:
    """Return an account's name in its stored form: case-folded and normalized (NFKC).

    Any text is accepted: characters that no database stores are replaced by one that no name contains.
    """
    folded = unicodedata.normalize("NFKC", sanitize_text(name).strip()).casefold()
    # Case folding can decompose letters again.
    return unicodedata.normalize("NFKC", folded)


def check_name(name: str) -> str:
    """Return the name in its stored form. Raises Invalid for a name that is ambiguous, invisible or too long."""
    folded = fold_name(name)
    if not folded:
        raise Invalid.field("name", "empty", "The name is empty. Please choose one.")
    if len(folded) > NAME_LIMIT:
        raise Invalid.field("name", "too-long", f"The name is too long. The limit is {NAME_LIMIT} characters.")
    if not all((character.isalnum() and character not in _UNSEEN) or character in _PUNCTUATION for character in folded):
        raise Invalid.field(
            "name",
            "characters",
            "The name has other characters than letters, digits, dots, hyphens and underscores. Remove them.",
        )
    if not folded[0].isalnum():
        raise Invalid.field("name", "first", "The name must begin with a letter or a digit.")
    return folded


def has_account() -> bool:
    """Return whether any account has a password. Until then, the first account can be created."""
    found = read_connection().execute(select(_users.c.id).where(_HAS_PASSWORD).limit(1)).first()
    return found is not None


def unclaimed_user(via: str) -> CurrentUser:
    """Return the user that owns all data until the first account takes it over."""
    return CurrentUser(LOCAL_USER_ID, "local", via=via)


def create_first_account(name: str, password: str, *, via: str, address: str = "") -> CurrentUser:
    """Create the first account, an administrator. It takes over the data from before.

    Raises Invalid, and AlreadySetUp if there is an account.
    """
    name = check_name(name)
    leave_transaction()
    password_hash = hash_password(check_password(password, name))
    now = utc_now()
    with writing() as connection:
        if connection.execute(select(_users.c.id).where(_HAS_PASSWORD).limit(1)).first() is None:
            claim = update(_users).where(_users.c.id == LOCAL_USER_ID, _users.c.password_hash.is_(None))
            try:
                claimed = connection.execute(
                    claim.values(name=name, password_hash=password_hash, admin_since=now, created_at=now)
                )
            except IntegrityError:
                # The account tables were dropped and created again, and the name's row was left over.
                raise _name_taken(name) from None
            if claimed.rowcount == 1:
                record_of(connection, LOCAL_USER_ID, "account-made", about=name, via=via, address=address)
                return CurrentUser(LOCAL_USER_ID, name, is_admin=True, via=via, address=address)
    raise AlreadySetUp("This Minutebook has an account already. Sign in, or ask an administrator for an invitation.")


def create_account(name: str, password: str, *, is_admin: bool, via: str, address: str = "") -> CurrentUser:
    """Create an account. The first one takes over existing data and is an administrator.

    Raises Invalid for an unusable name or password, Conflict for a name that is taken.
    """
    if not has_account():
        return create_first_account(name, password, via=via, address=address)
    name = check_name(name)
    leave_transaction()
    password_hash = hash_password(check_password(password, name))
    with writing() as connection:
        return insert_account(connection, name, password_hash, is_admin=is_admin, via=via, address=address)


def insert_account(
    connection: Connection, name: str, password_hash: str, *, is_admin: bool, via: str, address: str
) -> CurrentUser:
    """Insert an account with a checked name, in the caller's transaction. Raises Conflict for a name that is taken."""
    now = utc_now()
    user = CurrentUser(new_id(), name, is_admin, via, address)
    row = {"id": user.id, "name": name, "created_at": now, "password_hash": password_hash}
    try:
        connection.execute(insert(_users), row | {"admin_since": now if is_admin else None, "disabled_at": None})
    except IntegrityError:
        raise _name_taken(name) from None
    record_of(connection, user.id, "account-made", about=name, via=via, address=address)
    return user


def list_accounts(user: CurrentUser) -> list[Account]:
    """Return all accounts by name. Raises Forbidden unless the user is an administrator."""
    require_admin(user)
    return all_accounts()


def all_accounts() -> list[Account]:
    rows = read_connection().execute(_ACCOUNT.where(_HAS_PASSWORD).order_by(_users.c.name))
    return [Account._make(row) for row in rows]


def find_account(name: str) -> Account:
    """Return the account with that name. Raises NotFound."""
    found = read_connection().execute(
        _ACCOUNT.where(_users.c.name == bindparam("name"), _HAS_PASSWORD), {"name": fold_name(name)}
    )
    row = found.first()
    if row is None:
        raise NotFound(f"There is no account “{name}”.")
    return Account._make(row)


def administrators() -> list[str]:
    """Return the names of the administrators, for everybody: the people whom to ask."""
    rows = read_connection().execute(_ADMINISTRATORS)
    return [row.name for row in rows]


def require_admin(user: CurrentUser) -> None:
    """Raise Forbidden unless the user is an administrator."""
    if not user.is_admin:
        raise Forbidden("Only an administrator may do this.")


def _name_taken(name: str) -> Conflict:
    return Conflict(f"The name “{name}” is taken. Choose another name.")
