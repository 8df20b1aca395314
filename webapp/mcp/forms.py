"""How the tools store answers under an idempotency key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic_core import to_json

from webapp.http.absolute_links import absolute
from webapp.mcp.dates import iso
from webapp.services.idempotency import StoredAnswer, add_form
from webapp.services.values import Turn
from webapp.urls import session_path

if TYPE_CHECKING:
    from flask import Flask

    from webapp.services.values import SessionRow

KEPT_FORM = "mcp-kept"


def init_forms(app: Flask) -> None:
    add_form(app, KEPT_FORM, _kept)


def kept_json(session: SessionRow) -> dict[str, Any]:
    """Return what `keep_turn` says of the chat that has the turn."""
    return {
        "id": session.id,
        "title": session.title,
        "url": absolute(session_path(session.id)),
        "date": iso(session.last_activity_at),
        "messages": session.message_count,
    }


def _kept(result: Turn | SessionRow) -> StoredAnswer:
    session = result.session if isinstance(result, Turn) else result
    return StoredAnswer(200, None, to_json(kept_json(session)))
