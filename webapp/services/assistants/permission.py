"""Only administrators see and change connections, and make the server ask an address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.errors import Forbidden
from webapp.services.accounts.administrators import whom_to_ask

if TYPE_CHECKING:
    from webapp.services.users import CurrentUser


def check_administrator(user: CurrentUser) -> None:
    """Raise Forbidden, which says whom to ask, unless the user is an administrator."""
    if not user.is_admin:
        raise Forbidden(f"Only an administrator can connect models. Ask {whom_to_ask()}.")
