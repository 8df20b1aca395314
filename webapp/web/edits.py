from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, request

from webapp.errors import AppError, NotFound
from webapp.services.agent import TurnRequest
from webapp.services.transcripts import read_page
from webapp.services.users import local_user
from webapp.urls import minute_path
from webapp.web.asking import ask
from webapp.web.chat import allow_long_form, go_to
from webapp.web.forms import text_field, whole_field
from webapp.web.present import Typed, answer, edit_form, wants_fragment
from webapp.web.sessions import show_page
from webapp.web.transcript import to_lines

if TYPE_CHECKING:
    from webapp.services.values import TranscriptMessage, TranscriptPage

pages = Blueprint("edits", __name__)


@pages.get("/sessions/<id:session_id>/messages/<int:idx>/edit")
def new(session_id: str, idx: int) -> Response:
    """Show a message of the user's as a form, in its place."""
    page, message = _find(session_id, idx)
    if not wants_fragment():
        return show_page(page, editing=edit_form(page.session, message))
    return answer("messages/_edit.html", edit=edit_form(page.session, message))


@pages.get("/sessions/<id:session_id>/messages/<int:idx>/article")
def cancel(session_id: str, idx: int) -> Response:
    """Show the message as it is again."""
    _, message = _find(session_id, idx)
    if not wants_fragment():
        return go_to(session_id)
    return answer("messages/_lines.html", lines=[line._replace(day=None) for line in to_lines(session_id, [message])])


@pages.post("/sessions/<id:session_id>/edits")
def create(session_id: str) -> Response:
    """Send the message in its new words; what follows the old ones is replaced when the answer is finished."""
    allow_long_form()
    idx = whole_field("idx")
    wanted = TurnRequest(
        content=text_field("content"),
        session_id=session_id,
        expected_last_idx=whole_field("expected_last_idx"),
        edits_idx=-1 if idx is None else idx,
        assistant=request.form.get("assistant") or None,
    )
    try:
        ask(wanted, request.form.get("key", ""))
    except AppError as error:
        return _refused(session_id, wanted, error)
    return go_to(session_id)


def _refused(session_id: str, wanted: TurnRequest, error: AppError) -> Response:
    """Show the form again with its text and the reason."""
    page, message = _find(session_id, wanted.edits_idx or 0)
    typed = Typed(wanted.content or "", error.detail, assistant=wanted.assistant)
    form = edit_form(page.session, message, typed)
    if wants_fragment():
        return answer("messages/_edit.html", status=error.status, edit=form)
    return show_page(page, status=error.status, editing=form)


def _find(session_id: str, idx: int) -> tuple[TranscriptPage, TranscriptMessage]:
    page = read_page(local_user(), session_id, around_idx=max(0, idx))
    message = next((m for m in page.messages if m.idx == idx and m.role == "user"), None)
    if message is None:
        raise NotFound(f"There is no message of yours at this place. The chat is at {minute_path(session_id, 0)}")
    return page, message
