from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from flask import Blueprint, Response, request

from webapp.errors import Archived, Conflict, Invalid, NotFound
from webapp.http.authentication import current_user
from webapp.http.body_limits import max_bytes
from webapp.services.live import edit
from webapp.web.chat import go_to, problem_fragment
from webapp.web.composer import Typed, edit_form
from webapp.web.forms import text_field, whole_field
from webapp.web.responses import answer, wants_fragment
from webapp.web.sessions import show_new, show_page, show_page_of
from webapp.web.transcript import to_lines
from webapp.web.turns import ask
from webapp.web.updates import read_now

if TYPE_CHECKING:
    from webapp.errors import AppError
    from webapp.services.idempotency import RequestKey, StoredAnswer
    from webapp.services.live import Begun
    from webapp.services.values import TranscriptMessage, TranscriptPage

pages = Blueprint("edits", __name__)


@pages.get("/sessions/<id:session_id>/messages/<int:idx>/edit")
def new(session_id: str, idx: int) -> Response:
    """Show a message of the user's as a form, in its place."""
    page, live = read_now(session_id, around_idx=idx)
    message = _message(page, idx)
    if page.session.archived:
        raise Archived("This chat is archived, so its messages cannot be edited. Restore it first.")
    form = edit_form(page.session, idx, Typed(message.content))
    if wants_fragment():
        return answer("messages/_edit.html", edit=form)
    return show_page(page, live, editing=form)


@pages.get("/sessions/<id:session_id>/messages/<int:idx>/article")
def cancel(session_id: str, idx: int) -> Response:
    """Show the message as it is again."""
    message = _message(read_now(session_id, around_idx=idx)[0], idx)
    if not wants_fragment():
        return go_to(session_id)
    return answer("messages/_lines.html", lines=[line._replace(day=None) for line in to_lines(session_id, [message])])


@pages.post("/sessions/<id:session_id>/edits")
@max_bytes(texts=1)
def create(session_id: str) -> Response:
    """Send the message in its new words; what follows the old ones is replaced when the answer is finished."""
    sent = _Sent(session_id, whole_field("idx"), text_field("content"), request.form.get("assistant") or None)
    return ask(
        sent.begin,
        asked=lambda session_id, _made: go_to(session_id),
        refused=lambda error: _refused(session_id, sent, error),
    )


class _Sent(NamedTuple):
    """What the form of an edit sent."""

    session_id: str
    idx: int | None
    content: str
    assistant: str | None

    def begin(self, key: RequestKey | None) -> Begun | StoredAnswer:
        """Begin its turn."""
        return edit(
            current_user(),
            self.session_id,
            # No message is there: a chat that has moved on is refused first, and that tells the user more.
            -1 if self.idx is None else self.idx,
            self.content,
            assistant=self.assistant,
            expected_last_idx=whole_field("expected_last_idx"),
            key=key,
        )


def _refused(session_id: str, sent: _Sent, error: AppError) -> Response:
    """Show the form again with its text and the reason; without a place for it, the composer holds them."""
    if wants_fragment() and not isinstance(error, Conflict | Invalid):
        return problem_fragment(error, session_id)
    idx = max(0, sent.idx or 0)
    typed = Typed(sent.content, error.detail, assistant=sent.assistant)
    try:
        page, live = read_now(session_id, around_idx=idx)
    except NotFound:
        return show_new(status=error.status, typed=typed)
    form = edit_form(page.session, idx, typed)
    if wants_fragment():
        return answer("messages/_edit.html", status=error.status, edit=form)
    if page.session.archived or _find(page, idx) is None:
        return show_page_of(session_id, status=error.status, typed=typed)
    return show_page(page, live, status=error.status, editing=form)


def _message(page: TranscriptPage, idx: int) -> TranscriptMessage:
    message = _find(page, idx)
    if message is None:
        raise NotFound("Your message is no longer at this position. Open the chat again.")
    return message


def _find(page: TranscriptPage, idx: int) -> TranscriptMessage | None:
    return next((m for m in page.messages if m.idx == idx and m.role == "user"), None)
