"""The user that a request acts for."""

from __future__ import annotations

from typing import NamedTuple


class CurrentUser(NamedTuple):
    """The account that a caller acts for. Every service takes it first and sees only its rows.

    `via` and `address` are the client and its address, for the audit log. `token_id` is the API token of the request.
    `may_write` is false for a caller with a read-only token.
    """

    id: str
    name: str
    is_admin: bool = False
    via: str = ""
    address: str = ""
    token_id: str | None = None
    may_write: bool = True
