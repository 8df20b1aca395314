"""The form of the tags of a chat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, request

from webapp.errors import Conflict, Invalid
from webapp.http.authentication import current_user
from webapp.services.sessions.changes import get_session
from webapp.services.tags.listing import list_tags
from webapp.services.tags.sessions import change_tags
from webapp.services.titles import fold
from webapp.web.addresses import session_url
from webapp.web.responses import answer, see_other
from webapp.web.sidebar import sidebar

if TYPE_CHECKING:
    from webapp.errors import AppError

pages = Blueprint("session_tags", __name__)


@pages.get("/sessions/<id:session_id>/tags")
def show(session_id: str) -> Response:
    return _form(session_id)


@pages.post("/sessions/<id:session_id>/tags")
def update(session_id: str) -> Response:
    """Add the tags that were typed, and remove those whose tick was removed. Others are left alone."""
    kept = request.form.getlist("keep")
    removed = [name for name in request.form.getlist("had") if name not in kept]
    try:
        change_tags(current_user(), session_id, add=_typed_names(), remove=removed)
    except (Invalid, Conflict) as error:
        return _form(session_id, error)
    return see_other(session_url(session_id))


def _typed_names() -> list[str]:
    """Return the names between the commas. A known name may have commas itself."""
    typed = request.form.get("add", "")
    if "," not in typed or fold(" ".join(typed.split())) in {fold(tag.name) for tag in list_tags(current_user())}:
        return [typed] if typed.strip() else []
    return [name for name in typed.split(",") if name.strip()]


def _form(session_id: str, error: AppError | None = None) -> Response:
    return answer(
        "tags/of_chat.html",
        status=error.status if error else 200,
        session=get_session(current_user(), session_id),
        known=list_tags(current_user()),
        problem=error.detail if error else "",
        typed=request.form.get("add", ""),
        kept=request.form.getlist("keep") if error else None,
        **sidebar(session_id, from_cursor=False),
    )
