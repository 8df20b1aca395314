"""Audience is asking."""

from __future__ import annotations

from typing import NamedTuple


class CurrentUser(NamedTuple):
    """The account that somebody acts for. Every service takes it first and sees only its rows.

    `via` and `address` say which way and from where, for the trail of what was done with the account. `token_id` is the
    API token that the request came with.
    """

    id: str
    name: str
    is_admin: bool = False
    via: str = ""
    address: str = ""
    token_id: str | None = None
