"""Addresses of pages, as the browser has to ask for them."""

from __future__ import annotations

from flask import url_for


def session_url(session_id: str) -> str:
    """Return the page of a chat session."""
    return url_for("sessions.show", session_id=session_id)


def message_url(session_id: str, idx: int) -> str:
    """Return the permalink of a message: its page, with the message in view. `idx` 12 has the number 13."""
    return url_for("sessions.show", session_id=session_id, around=idx, _anchor=f"m-{idx + 1}")
