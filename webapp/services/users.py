"""Who is asking."""

from __future__ import annotations

from typing import NamedTuple

from webapp.models import LOCAL_USER_ID


class CurrentUser(NamedTuple):
    """The account a request acts for. Every service takes it first and sees only its rows."""

    id: str
    name: str


def local_user() -> CurrentUser:
    """Return the one user there is until sign-in exists; the first migration made its row."""
    return CurrentUser(LOCAL_USER_ID, "local")
