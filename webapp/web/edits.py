from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from flask import Blueprint, Response, request

from webapp.errors import Archived, Conflict, Invalid, NotFound
from webapp.http.authentication import current_user
from webapp.http.body_limits import max_bytes
from webapp.services.live import edit
from webapp.web.chat import problem_fragment, redirect_to_chat
from webapp.web.composer import FormInput, edit_form
from webapp.web.forms import text_field, whole_field
from webapp.web.responses import answer, wants_fragment
from webapp.web.sessions import show_latest, show_new, show_page
from webapp.web.transcript import to_lines
from webapp.web.turns import start_turn
from webapp.web.updates import read_page_and_live

if TYPE_CHECKING:
    from webapp.errors import AppError
    from webapp.services.idempotency import RequestKey, StoredAnswer
    from webapp.services.live import Begun
    from webapp.services.values import TranscriptMessage, TranscriptPage

pages = Blueprint("edits", __name__)


@pages.get("/sessions/<id:session_id>/messages/<int:idx>/edit")
def new(session_id: str, idx: int) -> Response:
    """Show a user message as a form, in place of the message. Raises Archived and NotFound."""
    page, live = read_page_and_live(session_id, around_idx=idx)
    message = _message(page, idx)
    if page.session.archived:
        raise Archived("This chat is archived, so its messages cannot be edited. Restore it first.")
    form = edit_form(page.session, idx, FormInput(message.content), message.id)
    if wants_fragment():
        return answer("messages/_edit.html", edit=form)
    return show_page(page, live, editing=form)


@pages.get("/sessions/<id:session_id>/messages/<int:idx>/article")
def cancel(session_id: str, idx: int) -> Response:
    """Show the message again in place of its form."""
    message = _message(read_page_and_live(session_id, around_idx=idx)[0], idx)
    if not wants_fragment():
        return redirect_to_chat(session_id)
    return answer("messages/_lines.html", lines=[line._replace(day=None) for line in to_lines(session_id, [message])])


@pages.post("/sessions/<id:session_id>/edits")
@max_bytes(texts=1)
def create(session_id: str) -> Response:
    """Start a turn with the edited text. When it is finished, it replaces the old message and all later ones."""
    fields = _EditFields(session_id, whole_field("idx"), text_field("content"), request.form.get("assistant") or None)
    return start_turn(
        fields.begin,
        on_started=lambda session_id, _is_new: redirect_to_chat(session_id),
        on_refused=lambda error: _refused(session_id, fields, error),
    )


class _EditFields(NamedTuple):
    """The fields of the edit form."""

    session_id: str
    idx: int | None
    content: str
    assistant: str | None

    def begin(self, key: RequestKey | None) -> Begun | StoredAnswer:
        return edit(
            current_user(),
            self.session_id,
            # No message has the idx -1. StaleTranscript, which is checked first, is the more helpful error.
            -1 if self.idx is None else self.idx,
            self.content,
            assistant=self.assistant,
            expected_last_idx=whole_field("expected_last_idx"),
            key=key,
        )


def _refused(session_id: str, fields: _EditFields, error: AppError) -> Response:
    """Show the form again with its text and the error. If the message is gone, show them in the composer."""
    if wants_fragment() and not isinstance(error, Conflict | Invalid):
        return problem_fragment(error, session_id)
    idx = max(0, fields.idx or 0)
    typed = FormInput(fields.content, error.detail, assistant=fields.assistant)
    try:
        page, live = read_page_and_live(session_id, around_idx=idx)
    except NotFound:
        return show_new(status=error.status, typed=typed)
    message = _find(page, idx)
    form = edit_form(page.session, idx, typed, message.id if message else "")
    if wants_fragment():
        return answer("messages/_edit.html", status=error.status, edit=form)
    if page.session.archived or message is None:
        return show_latest(session_id, status=error.status, typed=typed)
    return show_page(page, live, status=error.status, editing=form)


def _message(page: TranscriptPage, idx: int) -> TranscriptMessage:
    message = _find(page, idx)
    if message is None:
        raise NotFound("Your message is no longer here. Reload the chat to see its current messages.")
    return message


def _find(page: TranscriptPage, idx: int) -> TranscriptMessage | None:
    return next((m for m in page.messages if m.idx == idx and m.role == "user"), None)
