"""Signals about accounts. The sender is the app."""

from __future__ import annotations

from blinker import Signal
from flask import current_app

#: A password did not match. `user_id` is None for an unknown name.
password_refused = Signal()


def send_password_refused(user_id: str | None) -> None:
    password_refused.send(current_app._get_current_object(), user_id=user_id)  # type: ignore[attr-defined] # noqa: SLF001
