from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, request

from webapp.http.authentication import current_user
from webapp.http.downloads import download
from webapp.services.exports.everything import export_everything
from webapp.services.exports.sessions import export_session, export_sessions

if TYPE_CHECKING:
    from flask import Response

pages = Blueprint("exports", __name__)

_LABELS = (("markdown", "Markdown"), ("html", "web page"), ("json", "JSON"), ("zip", "JSON with files"))


@pages.get("/sessions/<id:session_id>/export")
def show(session_id: str) -> Response:
    """Save a chat as a file."""
    return download(*export_session(current_user(), session_id, _form()))


@pages.get("/sessions/export")
def several() -> Response:
    """Save the selected chats as a zip archive."""
    return download(*export_sessions(current_user(), request.args.getlist("session"), _form()))


@pages.get("/account/export")
def everything() -> Response:
    """Save all data of the account as a zip archive."""
    return download(*export_everything(current_user()))


@pages.app_context_processor
def forms() -> dict[str, Any]:
    return {"export_formats": _LABELS}


def _form() -> str:
    return request.args.get("format", "markdown")
