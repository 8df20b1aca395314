"""What every form that asks an assistant does: begin a live turn and show it, or wait for it without JavaScript."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from webapp.database.failures import TRANSIENT_ERRORS, as_app_error
from webapp.errors import AppError, KeyReused, StaleTranscript
from webapp.http.authentication import current_user
from webapp.http.live_answers import Following, answer_at_end
from webapp.http.request_keys import key_of
from webapp.services.idempotency import add_form
from webapp.services.live.agent_service import AgentService, Begun, StoredAnswer
from webapp.urls import session_path
from webapp.web.present import wants_fragment

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask, Response

    from webapp.services.live.agent_service import ChatResult, TurnRequest
    from webapp.services.live.values import LiveTurn, Outcome

#: The form in which this door's answers are kept under a key.
FORM = "page"


def ask(
    wanted: TurnRequest,
    key: str,
    *,
    asked: Callable[[str, bool], Response],
    refused: Callable[[AppError], Response],
) -> Response:
    """Begin the turn, and without htmx wait for its end.

    The answer is what `asked` makes of its session and of whether that was made for it, or `refused` of whatever keeps
    it from being sent. A form sent again leads to the session its turn went to.
    """
    service = AgentService(current_user())
    if key:
        wanted = wanted._replace(key=key_of(key, FORM, json.dumps(wanted).encode()))
    try:
        begun = _begin(service, wanted)
    except AppError as error:
        return refused(error)
    if isinstance(begun, StoredAnswer):
        return asked(begun.body.decode(), False)
    live = begun.live
    if wants_fragment():
        return asked(live.session_id, live.made_session)

    def finish(outcome: Outcome | None) -> Response:
        try:
            _conclude(service, wanted, live, outcome)
        except AppError as error:
            return refused(error)
        return asked(live.session_id, live.made_session)

    return answer_at_end(Following(current_user(), live, begun.draft), finish)


def _begin(service: AgentService, wanted: TurnRequest) -> Begun | StoredAnswer:
    try:
        return service.begin(wanted)
    except KeyReused:
        # A form that was sent, then changed and sent again is a page that missed its answer.
        raise StaleTranscript(
            "What this page sent before has arrived after all. Open the chat anew, and send this as its next message."
        ) from None
    except TRANSIENT_ERRORS as error:
        raise _told(error) from error


def _conclude(service: AgentService, wanted: TurnRequest, live: LiveTurn, outcome: Outcome | None) -> None:
    """Raise why there is no answer to what was typed just now: it goes back to where it was typed.

    What waited in the chat for another try, or is a message already, is told of there.
    """
    if wanted.content is None:
        return
    try:
        service.conclude(live, outcome)
    except TRANSIENT_ERRORS as error:
        raise _told(error) from error


def stored_form(result: ChatResult) -> StoredAnswer:
    """Write where a form's turn went to, as it is kept under a key."""
    session_id = result.turn.session.id
    return StoredAnswer(303, session_path(session_id), session_id.encode())


def init_app(app: Flask) -> None:
    """Register the form of this door's answers."""
    add_form(app, FORM, stored_form)


def _told(error: Exception) -> Exception:
    told = as_app_error(error)
    return told if isinstance(told, AppError) else error
