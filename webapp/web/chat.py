from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from flask import Blueprint, Response, request

from webapp.errors import Invalid, NotFound, ProviderFailed, StaleTranscript
from webapp.http.body_limits import max_bytes
from webapp.services.live.agent_service import TurnRequest
from webapp.web.addresses import session_url
from webapp.web.forms import text_field, whole_field
from webapp.web.present import Typed, answer, see_other, wants_fragment
from webapp.web.sessions import show_new, show_page_of
from webapp.web.turns import ask
from webapp.web.updates import TabState, render_updates

if TYPE_CHECKING:
    from webapp.errors import AppError

pages = Blueprint("chat", __name__)


@pages.post("/chat")
@max_bytes(texts=1)
def create() -> Response:
    """Send a message: to htmx the growing answer, else the page again once it is finished."""
    wanted = TurnRequest(
        content=text_field("content"),
        session_id=request.form.get("session_id") or None,
        expected_last_idx=whole_field("expected_last_idx"),
        assistant=request.form.get("assistant") or None,
    )
    if wanted.session_id and not _is_id(wanted.session_id):
        gone = NotFound("There is no such chat. Your text is still here; you can send it as a new chat.")
        return _refused(wanted, gone)
    return ask(
        wanted,
        request.form.get("key", ""),
        asked=lambda session_id, made: _asked(wanted, session_id, made=made),
        refused=lambda error: _refused(wanted, error),
    )


def _asked(wanted: TurnRequest, session_id: str, *, made: bool) -> Response:
    # A new chat, and a page from the middle of one, show no end that could be renewed.
    if wants_fragment() and "after" in request.form and not made:
        return render_updates(session_id, TabState.read(), typed=Typed(assistant=wanted.assistant))
    return go_to(session_id)


def go_to(session_id: str) -> Response:
    """Go to a chat: htmx is told to load the page."""
    address = session_url(session_id)
    if wants_fragment():
        response = answer("chat/_link_to_chat.html", address=address)
        response.headers["HX-Redirect"] = address
        return response
    return see_other(address)


def problem_fragment(error: AppError, session_id: str | None) -> Response:
    """Tell htmx why something was refused, and where to see what is new."""
    return answer(
        "chat/_problem.html",
        status=error.status,
        problem=error.detail,
        retry=isinstance(error, ProviderFailed),
        moved_to=session_url(session_id) if isinstance(error, StaleTranscript) and session_id else "",
        is_gone=isinstance(error, NotFound),
    )


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def _refused(wanted: TurnRequest, error: AppError) -> Response:
    """Show the page again with the text in the composer and the reason above it; to htmx only the reason."""
    if wants_fragment():
        return problem_fragment(error, wanted.session_id)
    typed = Typed(wanted.content or "", error.detail, isinstance(error, ProviderFailed), wanted.assistant)
    if wanted.session_id and not isinstance(error, NotFound):
        try:
            return show_page_of(wanted.session_id, status=error.status, typed=typed)
        except (NotFound, Invalid):
            pass
    return show_new(status=error.status, typed=typed)
