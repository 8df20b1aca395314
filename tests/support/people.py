"""Who has an account in these tests, and what the database keeps of them."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update

from tests.support.accounts import PASSWORD_HASH
from webapp.database.transaction import leave_transaction, read_connection, writing
from webapp.ids import new_id, utc_now
from webapp.models import LOCAL_USER_ID, ApiToken, AuditEvent, SignIn, User, table_of
from webapp.services.accounts.sign_ins import ClientInfo
from webapp.services.users import CurrentUser

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from sqlalchemy import Row

HERE = ClientInfo("192.0.2.1", "Firefox")
ELSEWHERE = ClientInfo("2001:db8::7", "Chromium")
OTHER = "quite another password"


def account(name: str = "bob", *, admin: bool = False) -> CurrentUser:
    """Somebody with an account, whose password is the same as Alice's and whose hash is as cheap."""
    user = CurrentUser(new_id(), name, admin, "page", HERE.address)
    row = {"id": user.id, "name": name, "created_at": utc_now(), "password_hash": PASSWORD_HASH}
    with writing() as connection:
        connection.execute(insert(table_of(User)), row | {"admin_since": utc_now() if admin else None})
    return user


def nobody_yet() -> CurrentUser:
    """Take the accounts away: as after the installation. Returns who waits for the first account."""
    with writing() as connection:
        for model in (AuditEvent, SignIn, ApiToken):
            connection.execute(delete(table_of(model)))
        nothing = {"name": "local", "password_hash": None, "admin_since": None}
        connection.execute(update(table_of(User)).values(**nothing))
    return CurrentUser(LOCAL_USER_ID, "local")


def rows(model: Any, user: CurrentUser | None = None) -> list[Row[Any]]:
    """The rows of a table, all of them or a user's, in the order of their ids."""
    table = table_of(model)
    statement = select(table).order_by(table.c.id)
    found = read_connection().execute(statement.where(table.c.user_id == user.id) if user else statement).all()
    leave_transaction()
    return list(found)


def alter(model: Any, row_id: str, **values: Any) -> None:
    """Write something into a row, as if it had always been so."""
    table = table_of(model)
    with writing() as connection:
        assert connection.execute(update(table).where(table.c.id == row_id).values(**values)).rowcount == 1


def trail(user: CurrentUser | None) -> list[str]:
    """What kinds of events a user's trail has, or nobody's, in their order."""
    wanted = user.id if user else None
    return [event.kind for event in rows(AuditEvent) if event.user_id == wanted]


def together(app: Flask, *acts: Callable[[], Any]) -> list[Any]:
    """Let acts begin at once, each in its thread; return what each gave or raised."""
    start = threading.Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        with app.app_context():
            start.wait(20)
            try:
                return act()
            except Exception as error:
                return error

    leave_transaction()
    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def aside(app: Flask, act: Callable[[], Any]) -> Any:
    """Let somebody else act, in a thread and transaction of their own, and wait until they have."""
    (outcome,) = together(app, act)
    assert not isinstance(outcome, Exception), outcome
    return outcome
