from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request

from webapp.database.failures import TRANSIENT_ERRORS, as_app_error
from webapp.errors import AppError, Invalid, ProviderFailed
from webapp.http.authentication import current_user
from webapp.http.body_limits import max_bytes
from webapp.http.request_keys import key_of
from webapp.ids import canonical_id
from webapp.services.carried import MOST_TEXTS
from webapp.services.idempotency import AlreadyAnswered, StoredAnswer, add_form
from webapp.services.sessions.from_carried import keep_temporary
from webapp.urls import session_path
from webapp.web.addresses import session_url
from webapp.web.carried import FIELD, read_carried, readable
from webapp.web.chat import problem_fragment
from webapp.web.composer import FormInput, temporary_field
from webapp.web.forms import text_field
from webapp.web.responses import answer, redirect_browser, see_other, wants_fragment
from webapp.web.sessions import show_latest
from webapp.web.temporary_edits import is_editing, unsent, with_question
from webapp.web.temporary_page import show_temporary, temporary_place
from webapp.web.temporary_turns import Asked, start_temporary

if TYPE_CHECKING:
    from flask import Flask

    from webapp.services.idempotency import RequestKey
    from webapp.services.values import NewMessage, SessionRow

pages = Blueprint("temporary", __name__)

#: The form of the answers that are stored under the key of a kept chat.
FORM = "kept page"
#: A form carries the transcript, the next message, and names and quotation marks of fields.
_PLAIN_BYTES = 200_000


@pages.get("/temporary")
def show() -> Response:
    """Show an empty temporary chat."""
    return show_temporary([])


@pages.post("/temporary")
@max_bytes(texts=MOST_TEXTS + 1, plain=_PLAIN_BYTES, on_disk=False)
def create() -> Response:
    """Answer a message. The response has the answer, and nothing is stored."""
    content = text_field("content")
    try:
        messages = read_carried()
        return start_temporary(Asked(messages, content, _assistant(), replaces=bool(messages) and is_editing()))
    except AppError as error:
        return refused(error)


@pages.post("/temporary/retries")
@max_bytes(texts=MOST_TEXTS + 1, plain=_PLAIN_BYTES, on_disk=False)
def retry() -> Response:
    """Answer the last question anew. The new answer replaces the old one."""
    try:
        messages = _some(read_carried())
        return start_temporary(
            Asked(messages, messages[-2].content, _assistant(), replaces=True, typed=text_field("content"))
        )
    except AppError as error:
        return refused(error)


@pages.post("/temporary/edits")
@max_bytes(texts=MOST_TEXTS + 1, plain=_PLAIN_BYTES, on_disk=False)
def edit() -> Response:
    """Put the last question into the composer. What is sent next replaces it and its answer."""
    try:
        messages = _some(read_carried())
    except AppError as error:
        return refused(error)
    typed = FormInput(with_question(messages[-2].content, text_field("content")), assistant=_assistant())
    if not wants_fragment():
        return show_temporary(messages, typed=typed, replaces=True)
    place = temporary_place(len(messages), replaces=True)
    return answer("temporary/_editing.html", composer=temporary_field(typed.draft), place=place)


@pages.post("/temporary/keep")
@max_bytes(texts=MOST_TEXTS + 1, plain=_PLAIN_BYTES, on_disk=False)
def keep() -> Response:
    """Store the temporary chat as an ordinary one, and open it."""
    try:
        messages = _some(read_carried())
        session_id = _keep_once(messages)
    except AppError as error:
        return refused(error)
    if wants_fragment():
        return redirect_browser(session_url(session_id))
    typed = unsent(messages[-2].content, text_field("content"))
    if typed.strip():
        # The message that is not sent yet goes on in the stored chat.
        return show_latest(session_id, typed=FormInput(typed, assistant=_assistant()))
    return see_other(session_url(session_id))


def _keep_once(messages: list[NewMessage]) -> str:
    """Return the id of the chat with these messages of this page. Raises AppError."""
    try:
        return keep_temporary(current_user(), messages, assistant=_assistant(), key=_key()).id
    except AlreadyAnswered as already:
        return already.answer.body.decode()
    except TRANSIENT_ERRORS as error:
        # The transcript is on the page alone, so the page must come back.
        raise as_app_error(error) or error from error


def refused(error: AppError) -> Response:
    """Show the page again, with the error above the composer and the text in it. htmx gets the error alone."""
    if wants_fragment():
        return problem_fragment(error, None)
    typed = FormInput(text_field("content"), error.detail, isinstance(error, ProviderFailed), _assistant())
    return show_temporary(readable(), status=error.status, typed=typed, replaces=is_editing())


def init_app(app: Flask) -> None:
    add_form(app, FORM, _stored_form)


def _stored_form(session: SessionRow) -> StoredAnswer:
    return StoredAnswer(303, session_path(session.id), session.id.encode())


def _some(messages: list[NewMessage]) -> list[NewMessage]:
    if not messages:
        raise Invalid("This temporary chat is empty. Send a message first.")
    return messages


def _assistant() -> str | None:
    return request.form.get("assistant") or None


def _key() -> RequestKey | None:
    """Return the key of this transcript on this page: the same transcript is stored once."""
    name = canonical_id(request.form.get("key", ""))
    if name is None:
        return None
    carried = "\0".join(request.form.getlist(FIELD)).encode("utf-8", "surrogatepass")
    return key_of(f"{name}.{hashlib.sha256(carried).hexdigest()}", FORM, carried)
