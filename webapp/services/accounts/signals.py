"""What others may watch of accounts. Each signal is sent by the app."""

from __future__ import annotations

from blinker import Signal
from flask import current_app

#: A password was compared and is wrong: `user_id`, None for a name that nobody has.
password_refused = Signal()


def tell_refused_password(user_id: str | None) -> None:
    """Let those who watch know of a wrong password."""
    password_refused.send(current_app._get_current_object(), user_id=user_id)  # type: ignore[attr-defined] # noqa: SLF001
