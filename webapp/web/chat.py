from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from flask import Blueprint, Response, request

from webapp.errors import Invalid, NotFound, ProviderFailed, StaleTranscript
from webapp.http.authentication import current_user
from webapp.http.body_limits import max_bytes
from webapp.ids import canonical_id
from webapp.services.live import append, new_chat
from webapp.web.addresses import session_url
from webapp.web.composer import Typed
from webapp.web.forms import text_field, whole_field
from webapp.web.responses import answer, see_other, wants_fragment
from webapp.web.sessions import show_new, show_page_of
from webapp.web.turns import ask
from webapp.web.updates import TabState, render_updates

if TYPE_CHECKING:
    from webapp.errors import AppError
    from webapp.services.idempotency import RequestKey, StoredAnswer
    from webapp.services.live import Begun

pages = Blueprint("chat", __name__)


@pages.post("/chat")
@max_bytes(texts=1)
def create() -> Response:
    """Send a message: to htmx the growing answer, else the page again once it is finished."""
    sent = _Sent(
        content=text_field("content"),
        session_id=request.form.get("session_id") or None,
        assistant=request.form.get("assistant") or None,
    )
    if sent.session_id and canonical_id(sent.session_id) != sent.session_id:
        gone = NotFound("There is no such chat. Your text is still here. You can send it as a new chat.")
        return _refused(sent, gone)
    return ask(
        sent.begin,
        asked=lambda session_id, made: _asked(sent, session_id, made=made),
        refused=lambda error: _refused(sent, error),
    )


class _Sent(NamedTuple):
    """What the composer sent."""

    content: str
    session_id: str | None
    assistant: str | None

    def begin(self, key: RequestKey | None) -> Begun | StoredAnswer:
        """Begin its turn, in a new chat if it names none."""
        begin = partial(append, session_id=self.session_id) if self.session_id else new_chat
        last_idx = whole_field("expected_last_idx")
        return begin(
            current_user(), content=self.content, assistant=self.assistant, expected_last_idx=last_idx, key=key
        )


def _asked(sent: _Sent, session_id: str, *, made: bool) -> Response:
    # A new chat, and a page from the middle of one, show no end that could be renewed.
    if wants_fragment() and "after" in request.form and not made:
        return render_updates(session_id, TabState.read(), typed=Typed(assistant=sent.assistant))
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


def _refused(sent: _Sent, error: AppError) -> Response:
    """Show the page again with the text in the composer and the reason above it; to htmx only the reason."""
    if wants_fragment():
        return problem_fragment(error, sent.session_id)
    typed = Typed(sent.content, error.detail, isinstance(error, ProviderFailed), sent.assistant)
    if sent.session_id and not isinstance(error, NotFound):
        try:
            return show_page_of(sent.session_id, status=error.status, typed=typed)
        except (NotFound, Invalid):
            pass
    return show_new(status=error.status, typed=typed)
