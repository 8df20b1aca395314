from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from flask import Blueprint, Response, request

from webapp.errors import Invalid, NotFound, OtherUser, ProviderFailed, StaleTranscript
from webapp.http.authentication import current_user
from webapp.http.body_limits import max_bytes
from webapp.ids import canonical_id
from webapp.services.live import append, new_chat
from webapp.web.addresses import session_url
from webapp.web.carried import page_user
from webapp.web.composer import FormInput
from webapp.web.forms import text_field, whole_field
from webapp.web.responses import answer, redirect_browser, wants_fragment
from webapp.web.sessions import show_latest, show_new
from webapp.web.turns import start_turn
from webapp.web.updates import TabState, render_updates

if TYPE_CHECKING:
    from webapp.errors import AppError
    from webapp.services.idempotency import RequestKey, StoredAnswer
    from webapp.services.live import Begun

pages = Blueprint("chat", __name__)

_OTHER_USER = (
    "Another user has signed in with this browser since the page was opened. Nothing was sent. "
    "Copy your text, then reload the page."
)


@pages.post("/chat")
@max_bytes(texts=1)
def create() -> Response:
    """Start a turn. htmx gets the live turn at once; a plain form gets the page when the answer is finished."""
    fields = _ComposerFields(
        content=text_field("content"),
        session_id=request.form.get("session_id") or None,
        assistant=request.form.get("assistant") or None,
    )
    if page_user() != current_user().id:
        return _refused(fields, OtherUser(_OTHER_USER))
    if fields.session_id and canonical_id(fields.session_id) != fields.session_id:
        gone = NotFound("There is no such chat. Your text is still here; you can send it as a new chat.")
        return _refused(fields, gone)
    return start_turn(
        fields.begin,
        on_started=lambda session_id, is_new: _started(fields, session_id, is_new=is_new),
        on_refused=lambda error: _refused(fields, error),
    )


class _ComposerFields(NamedTuple):
    """The fields of the composer."""

    content: str
    session_id: str | None
    assistant: str | None

    def begin(self, key: RequestKey | None) -> Begun | StoredAnswer:
        """Start the turn, in a new chat session if `session_id` is None."""
        begin = partial(append, session_id=self.session_id) if self.session_id else new_chat
        last_idx = whole_field("expected_last_idx")
        return begin(
            current_user(), content=self.content, assistant=self.assistant, expected_last_idx=last_idx, key=key
        )


def _started(fields: _ComposerFields, session_id: str, *, is_new: bool) -> Response:
    # Only a page that shows the transcript's end can be updated in place.
    if wants_fragment() and "after" in request.form and not is_new:
        return render_updates(session_id, TabState.read(), typed=FormInput(assistant=fields.assistant))
    return redirect_to_chat(session_id)


def redirect_to_chat(session_id: str) -> Response:
    """Redirect to a chat. htmx loads the whole page."""
    return redirect_browser(session_url(session_id))


def problem_fragment(error: AppError, session_id: str | None) -> Response:
    """Return the error as a fragment. After StaleTranscript it links to the chat's current state."""
    return answer(
        "chat/_problem.html",
        status=error.status,
        problem=error.detail,
        retry=isinstance(error, ProviderFailed),
        latest_url=session_url(session_id) if isinstance(error, StaleTranscript) and session_id else "",
        is_gone=isinstance(error, NotFound),
    )


def _refused(fields: _ComposerFields, error: AppError) -> Response:
    """Show the page again, with the error above the composer and the text in it. htmx gets the error alone."""
    if wants_fragment():
        return problem_fragment(error, fields.session_id)
    typed = FormInput(fields.content, error.detail, isinstance(error, ProviderFailed), fields.assistant)
    if fields.session_id and not isinstance(error, NotFound):
        try:
            return show_latest(fields.session_id, status=error.status, typed=typed)
        except (NotFound, Invalid):
            pass
    return show_new(status=error.status, typed=typed)
