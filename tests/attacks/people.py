"""Other people with accounts here, and all that the database holds, to be compared."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import insert, select, text, update

from tests.support.accounts import PASSWORD_HASH, Client, client_of
from webapp.database.engine import db
from webapp.database.transaction import leave_transaction, read_connection, writing
from webapp.ids import new_id, utc_now
from webapp.models import ApiToken, Invitation, SignIn, User, table_of
from webapp.services.users import CurrentUser

if TYPE_CHECKING:
    from flask import Flask

_DAY = timedelta(days=1)


class Person(NamedTuple):
    """Somebody with an account, a browser that is signed in, and a token."""

    user: CurrentUser
    secret: str
    token: str
    sign_in_id: str
    token_id: str

    def client(self, app: Flask) -> Client:
        """Make a client that is this person on pages, the API and `/v1`."""
        return client_of(app, secret=self.secret, token=self.token)


def person(name: str = "bob", *, is_admin: bool = False, read_only: bool = False, has_password: bool = True) -> Person:
    """Make an account with the password that everybody has in tests, a sign-in and a token."""
    now = utc_now()
    made = Person(
        CurrentUser(new_id(), name, is_admin), f"a-browser-of-{name}", f"mb_a-program-of-{name}", new_id(), new_id()
    )
    # Seen and used so lately that nobody writes it down again.
    lately = {"user_id": made.user.id, "created_at": now, "expires_at": now + _DAY}
    with writing() as connection:
        connection.execute(
            insert(table_of(User)),
            {"id": made.user.id, "name": name, "created_at": now}
            | {"password_hash": PASSWORD_HASH if has_password else None, "admin_since": now if is_admin else None},
        )
        connection.execute(
            insert(table_of(SignIn)),
            {
                "id": made.sign_in_id,
                "secret_hash": hashed(made.secret),
                "seen_at": now + _DAY,
                "confirmed_at": now,
                **lately,
            }
            | {"remembered": True, "address": "127.0.0.1", "agent": f"{name}'s browser"},
        )
        connection.execute(
            insert(table_of(ApiToken)),
            {"id": made.token_id, "secret_hash": hashed(made.token), "name": f"{name}'s program", **lately}
            | {"prefix": made.token[:8], "read_only": read_only, "used_at": now + _DAY, "used_from": "127.0.0.1"},
        )
    return made


def bare(app: Flask) -> Client:
    """Make a client that sends the headers it is given, `Cookie`, too, and nothing of its own."""
    client = Client(app, app.response_class, use_cookies=False)
    client.secret = client.token = None
    return client


def another_browser(user: CurrentUser, secret: str) -> str:
    """Let another browser of somebody's be signed in, and return the id of that."""
    now = utc_now()
    row = {
        "id": new_id(),
        "user_id": user.id,
        "secret_hash": hashed(secret),
        "created_at": now,
        "expires_at": now + _DAY,
    }
    with writing() as connection:
        connection.execute(
            insert(table_of(SignIn)),
            row
            | {"seen_at": now + _DAY, "confirmed_at": now, "remembered": True}
            | {"address": "127.0.0.1", "agent": "another browser"},
        )
    return str(row["id"])


def invitation(by: CurrentUser, account_id: str | None = None, secret: str = "an-invitation") -> str:
    """Let there be an invitation, and return its id."""
    now = utc_now()
    row = {"id": new_id(), "secret_hash": hashed(secret), "invited_by": by.id, "user_id": account_id}
    with writing() as connection:
        connection.execute(
            insert(table_of(Invitation)), row | {"is_admin": False, "created_at": now, "expires_at": now + _DAY}
        )
    return str(row["id"])


def change(model: type[Any], row_id: str, **values: Any) -> None:
    """Write something into a row by hand."""
    table = table_of(model)
    with writing() as connection:
        connection.execute(update(table).where(table.c.id == row_id).values(**values))


def no_account() -> None:
    """Bring the database back to how the migrations left it: nobody has an account."""
    with writing() as connection:
        for table in ("audit_events", "invitations", "api_tokens", "sign_ins"):
            connection.execute(text(f"DELETE FROM {table}"))
        connection.execute(text("UPDATE users SET name = 'local', password_hash = NULL, admin_since = NULL"))


def rows() -> dict[str, list[Any]]:
    """Everything that the tables hold."""
    connection = read_connection()
    tables = db.metadata.sorted_tables
    found = {table.name: sorted(map(repr, connection.execute(select(table)))) for table in tables}
    leave_transaction()
    return found


def hashed(secret: str) -> str:
    """What the database holds of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()
