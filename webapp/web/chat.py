from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from flask import Blueprint, Response, current_app, request

from webapp.errors import AppError, Invalid, KeyReused, NotFound, ProviderFailed, StaleTranscript
from webapp.services.agent import AgentService, ChatResult
from webapp.services.idempotency import Reservation, StoredAnswer, release_key, reserve_key
from webapp.services.transcripts import read_page
from webapp.services.users import local_user
from webapp.trouble import DatabaseTrouble, refusal
from webapp.urls import session_path
from webapp.web.dates import day_label
from webapp.web.forms import text_field, whole_field
from webapp.web.present import Typed, answer, composer, see_other, sidebar, wants_fragment
from webapp.web.sessions import show_new, show_page
from webapp.web.transcript import to_lines

if TYPE_CHECKING:
    from webapp.services.users import CurrentUser

pages = Blueprint("chat", __name__)

#: A character is at most four bytes, and a form writes each as `%XX`.
_FORM_BYTES_A_CHARACTER = 12


class ChatForm(NamedTuple):
    """What the composer sends."""

    content: str
    session_id: str | None
    expected_last_idx: int | None
    assistant: str | None
    key: str

    @classmethod
    def read(cls) -> ChatForm:
        """Read the form as it was typed; the services check it."""
        return cls(
            content=text_field("content"),
            session_id=request.form.get("session_id") or None,
            expected_last_idx=whole_field("expected_last_idx"),
            assistant=request.form.get("assistant") or None,
            key=request.form.get("key", ""),
        )

    def fingerprint(self) -> str:
        """Hash what the request asks for, so that a key is not taken for another request."""
        return hashlib.sha256(json.dumps(self[:-1]).encode()).hexdigest()


@pages.post("/chat")
def create() -> Response:
    """Send a message, wait for the reply, and show both: to htmx the two bubbles, else the page again."""
    longest = _FORM_BYTES_A_CHARACTER * current_app.extensions["settings"].max_content_chars + 10_000
    request.max_content_length = request.max_form_memory_size = longest
    form = ChatForm.read()
    try:
        session_id, result = _send(form)
    except AppError as error:
        return _refused(form, error)
    except DatabaseTrouble as error:
        told = refusal(error)
        if told is None:
            raise
        return _refused(form, told)
    if result is None or result.made_session or not wants_fragment():
        return _go_to(session_id)
    return _appended(result)


def _send(form: ChatForm) -> tuple[str, ChatResult | None]:
    """Run the turn once for the form's key. A form sent again gets the session its turn went to."""
    if form.session_id and not _is_id(form.session_id):
        raise NotFound("There is no such chat. Your text is still here; you can send it as a new chat.")
    user = local_user()
    reservation = _reserve(user, form)
    if isinstance(reservation, StoredAnswer):
        return reservation.body.decode(), None
    try:
        result = AgentService(user).run(
            form.content,
            session_id=form.session_id,
            expected_last_idx=form.expected_last_idx,
            assistant=form.assistant,
            seal=(lambda done: _keep(reservation, done)) if reservation else None,
        )
    except BaseException:
        if reservation:
            release_key(reservation)
        raise
    return result.turn.session.id, result


def _reserve(user: CurrentUser, form: ChatForm) -> Reservation | StoredAnswer | None:
    """Take the form's key. A form that was sent, then changed and sent again is a page that missed its answer."""
    try:
        return reserve_key(user, form.key, form.fingerprint()) if form.key else None
    except KeyReused:
        raise StaleTranscript(
            "What this page sent before has arrived after all. Open the chat anew, and send this as its next message."
        ) from None


def _keep(reservation: Reservation, result: ChatResult) -> None:
    session_id = result.turn.session.id
    reservation.keep(StoredAnswer(303, session_path(session_id), session_id.encode()))


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def _go_to(session_id: str) -> Response:
    address = session_path(session_id)
    if wants_fragment():
        response = answer("chat/_moved.html", address=address)
        response.headers["HX-Redirect"] = address
        return response
    return see_other(address)


def _appended(result: ChatResult) -> Response:
    """Render the two messages and the regions that changed with them."""
    turn = result.turn
    before = request.form.get("shown_day") or None
    return answer(
        "chat/_turn.html",
        session=turn.session,
        typed=Typed(),
        lines=to_lines(turn.session.id, [turn.user, turn.assistant], after=before),
        last_day=day_label(turn.assistant.create_time),
        composer=composer(turn.session),
        **sidebar(turn.session.id),
    )


def _refused(form: ChatForm, error: AppError) -> Response:
    """Show the page again with the text in the composer and the reason above it; to htmx only the reason."""
    if wants_fragment():
        return answer(
            "chat/_problem.html",
            status=error.status,
            problem=error.detail,
            retry=isinstance(error, ProviderFailed),
            moved_to=session_path(form.session_id) if isinstance(error, StaleTranscript) and form.session_id else "",
        )
    typed = Typed(form.content, error.detail, isinstance(error, ProviderFailed), form.assistant)
    if form.session_id and not isinstance(error, NotFound):
        try:
            return show_page(read_page(local_user(), form.session_id), status=error.status, typed=typed)
        except (NotFound, Invalid):
            pass
    return show_new(status=error.status, typed=typed)
