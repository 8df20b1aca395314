"""Forms that start a turn: htmx shows the live turn, and a browser without JavaScript waits for the answer."""

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
from webapp.services.live import Failed, conclude
from webapp.urls import session_path
from webapp.web.forms import text_field
from webapp.web.responses import accepted, wants_fragment

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask, Response

    from webapp.services.idempotency import RequestKey
    from webapp.services.live import Begun, LiveTurn, Outcome
    from webapp.services.values import ChatResult

#: The name of this door's response format among the stored responses of idempotency keys.
FORM = "page"


#: A second request with the same key must have the same values in these fields, or it is rejected.
_FIELDS = ("session_id", "expected_last_idx", "idx", "assistant")


def start_turn(
    begin: Callable[[RequestKey | None], Begun | StoredAnswer],
    *,
    on_started: Callable[[str, bool], Response],
    on_refused: Callable[[AppError], Response],
    holds_question: bool = True,
) -> Response:
    """Start the turn of a form and return the response. Without htmx, wait until the turn ends.

    `on_started` gets the session's id and whether the turn created the session. `on_refused` gets the error. A form
    that is sent again leads to the session of the first turn. `holds_question` is whether the form has the question's
    text: an error of the turn then shows the form again, so that the text is not lost.
    """
    try:
        begun = _begin(begin)
    except AppError as error:
        return on_refused(error)
    if isinstance(begun, StoredAnswer):
        return accepted(on_started(begun.body.decode(), False))
    live = begun.live
    if wants_fragment():
        return on_started(live.session_id, live.made_session)

    def finish(outcome: Outcome | None) -> Response:
        if isinstance(outcome, Failed) and outcome.has_text:
            # The chat shows what came before, and the question.
            return on_started(live.session_id, live.made_session)
        try:
            if holds_question:
                _conclude(live, outcome)
        except AppError as error:
            return on_refused(error)
        return accepted(on_started(live.session_id, live.made_session))

    return answer_at_end(Following(current_user(), live, begun.draft), finish)


def _begin(begin: Callable[[RequestKey | None], Begun | StoredAnswer]) -> Begun | StoredAnswer:
    try:
        return begin(_key())
    except KeyReused:
        # The page missed the first response, and its text was changed before it was sent again.
        raise StaleTranscript(
            "The message that you sent before has arrived. Reload the chat, and send this text as the next message."
        ) from None
    except TRANSIENT_ERRORS as error:
        raise _as_app_error(error) from error


def _key() -> RequestKey | None:
    name = request.form.get("key")
    if not name:
        return None
    fields = [request.path, text_field("content"), *map(request.form.get, _FIELDS)]
    return key_of(name, FORM, json.dumps(fields).encode())


def _conclude(live: LiveTurn, outcome: Outcome | None) -> None:
    """Raise the AppError of a turn that ended without an answer."""
    try:
        conclude(current_user(), live, outcome)
    except TRANSIENT_ERRORS as error:
        raise _as_app_error(error) from error


def stored_form(result: ChatResult) -> StoredAnswer:
    """Return the stored response of a form's turn: a redirect to its session."""
    session_id = result.turn.session.id
    return StoredAnswer(303, session_path(session_id), session_id.encode())


def init_app(app: Flask) -> None:
    add_form(app, FORM, stored_form)


def _as_app_error(error: Exception) -> Exception:
    app_error = as_app_error(error)
    return app_error if isinstance(app_error, AppError) else error
