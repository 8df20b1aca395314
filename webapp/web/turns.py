"""What every form that asks an assistant does: begin a live turn and show it, or wait for it without JavaScript."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from flask import request

from webapp.database.failures import TRANSIENT_ERRORS, as_app_error
from webapp.errors import AppError, KeyReused, StaleTranscript
from webapp.http.authentication import current_user
from webapp.http.live_answers import answer_at_end
from webapp.http.live_stream import Following
from webapp.http.request_keys import key_of
from webapp.services.idempotency import StoredAnswer, add_form
from webapp.services.live import conclude
from webapp.urls import session_path
from webapp.web.forms import text_field
from webapp.web.responses import wants_fragment

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask, Response

    from webapp.services.idempotency import RequestKey
    from webapp.services.live import Begun, LiveTurn, Outcome
    from webapp.services.values import ChatResult

#: The form in which this door's answers are kept under a key.
FORM = "page"


#: The fields that tell a request from another one with the same key.
_FIELDS = ("session_id", "expected_last_idx", "idx", "assistant")


def ask(
    begin: Callable[[RequestKey | None], Begun | StoredAnswer],
    *,
    asked: Callable[[str, bool], Response],
    refused: Callable[[AppError], Response],
    holds_question: bool = True,
) -> Response:
    """Begin the turn of a form, and without htmx wait for its end.

    The answer is what `asked` makes of its session and of whether that was made for it, or `refused` of the error that
    kept it from being sent. A form sent again leads to the session its turn went to. `holds_question` says whether the
    form has the question's text, which an error gives back to be sent again.
    """
    try:
        begun = _begin(begin)
    except AppError as error:
        return refused(error)
    if isinstance(begun, StoredAnswer):
        return asked(begun.body.decode(), False)
    live = begun.live
    if wants_fragment():
        return asked(live.session_id, live.made_session)

    def finish(outcome: Outcome | None) -> Response:
        try:
            if holds_question:
                _conclude(live, outcome)
        except AppError as error:
            return refused(error)
        return asked(live.session_id, live.made_session)

    return answer_at_end(Following(current_user(), live, begun.draft), finish)


def _begin(begin: Callable[[RequestKey | None], Begun | StoredAnswer]) -> Begun | StoredAnswer:
    try:
        return begin(_key())
    except KeyReused:
        # A form that was sent, then changed and sent again is a page that missed its answer.
        raise StaleTranscript(
            "The server already has an earlier version of this message. Open the chat again, then send "
            "this as the next one."
        ) from None
    except TRANSIENT_ERRORS as error:
        raise _as_refusal(error) from error


def _key() -> RequestKey | None:
    name = request.form.get("key")
    if not name:
        return None
    fields = [request.path, text_field("content"), *map(request.form.get, _FIELDS)]
    return key_of(name, FORM, json.dumps(fields).encode())


def _conclude(live: LiveTurn, outcome: Outcome | None) -> None:
    """Raise why there is no answer."""
    try:
        conclude(current_user(), live, outcome)
    except TRANSIENT_ERRORS as error:
        raise _as_refusal(error) from error


def stored_form(result: ChatResult) -> StoredAnswer:
    """Write where a form's turn went to, as it is kept under a key."""
    session_id = result.turn.session.id
    return StoredAnswer(303, session_path(session_id), session_id.encode())


def init_app(app: Flask) -> None:
    """Register the form of this door's answers."""
    add_form(app, FORM, stored_form)


def _as_refusal(error: Exception) -> Exception:
    refusal = as_app_error(error)
    return refusal if isinstance(refusal, AppError) else error
