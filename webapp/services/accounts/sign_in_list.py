"""The sign-ins of an account as its owner sees them, and how they end."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import delete, select

from webapp.database.transaction import read_connection, writing
from webapp.errors import NotFound
from webapp.ids import utc_now
from webapp.models import SignIn, table_of
from webapp.services.accounts.audit_log import record
from webapp.services.accounts.grants import revoke_all_grants

if TYPE_CHECKING:
    from datetime import datetime

    from webapp.services.users import CurrentUser

_sign_ins = table_of(SignIn)


class SignInRow(NamedTuple):
    """A sign-in as its owner sees it."""

    id: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    remembered: bool
    address: str
    agent: str


def list_sign_ins(user: CurrentUser) -> list[SignInRow]:
    """Return the user's valid sign-ins, last seen first."""
    columns = (_sign_ins.c[name] for name in SignInRow._fields)
    own = (_sign_ins.c.user_id == user.id) & (_sign_ins.c.expires_at > utc_now())
    statement = select(*columns).where(own).order_by(_sign_ins.c.seen_at.desc(), _sign_ins.c.id.desc())
    return [SignInRow._make(row) for row in read_connection().execute(statement)]


def end_sign_in(user: CurrentUser, sign_in_id: str) -> None:
    """Delete one of the user's sign-ins. Raises NotFound."""
    with writing() as connection:
        ended = connection.execute(
            delete(_sign_ins).where(_sign_ins.c.id == sign_in_id, _sign_ins.c.user_id == user.id)
        )
        if not ended.rowcount:
            raise NotFound("There is no such sign-in. It may have ended already.")
        record(connection, user, "sign-out")


def end_all_sign_ins(user: CurrentUser) -> None:
    """Delete all of the user's sign-ins, and what was allowed to apps in them."""
    with writing() as connection:
        revoke_all_grants(connection, user)
        connection.execute(delete(_sign_ins).where(_sign_ins.c.user_id == user.id))
        record(connection, user, "sign-out-everywhere")
