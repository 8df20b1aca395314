"""URLs of pages, with the URL prefix."""

from __future__ import annotations

from flask import url_for


def session_url(session_id: str) -> str:
    return url_for("sessions.show", session_id=session_id)


def message_url(session_id: str, idx: int) -> str:
    """Return a message's permalink. `idx` counts from 0 and anchors from 1: the message at `idx` 12 has `m-13`."""
    return url_for("sessions.show", session_id=session_id, around=idx, _anchor=f"m-{idx + 1}")
