"""What every form that asks an assistant does: begin a live turn and show it, or wait for it without JavaScript."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from webapp.access import current_user
from webapp.errors import AppError, KeyReused, StaleTranscript
from webapp.services.agent import AgentService, Begun, StoredAnswer
from webapp.services.live.following import follow
from webapp.services.live.keys import add_form
from webapp.services.live.values import TurnKey
from webapp.trouble import DatabaseTrouble, refusal
from webapp.urls import session_path
from webapp.web.present import wants_fragment

if TYPE_CHECKING:
    from flask import Flask

    from webapp.services.agent import ChatResult, TurnRequest

#: The form in which this door's answers are kept under a key.
FORM = "page"


def ask(wanted: TurnRequest, key: str) -> tuple[str, bool]:
    """Begin the turn, and without htmx wait for its end. Return its session and whether that was made for it.

    A form sent again leads to the session its turn went to. Raises AppError, for whatever keeps it from being sent.
    """
    service = AgentService(current_user())
    if key:
        wanted = wanted._replace(key=TurnKey(key, _fingerprint(wanted), FORM))
    try:
        begun = service.begin(wanted)
        if isinstance(begun, Begun) and not wants_fragment():
            _wait(service, wanted, begun)
    except KeyReused:
        # A form that was sent, then changed and sent again is a page that missed its answer.
        raise StaleTranscript(
            "What this page sent before has arrived after all. Open the chat anew, and send this as its next message."
        ) from None
    except DatabaseTrouble as error:
        raise _told(error) from error
    if isinstance(begun, Begun):
        return begun.live.session_id, begun.live.made_session
    return begun.body.decode(), False


def _wait(service: AgentService, wanted: TurnRequest, begun: Begun) -> None:
    """Wait for the end. What was typed just now goes back to where it was typed if there is no answer.

    What waited in the chat for another try, or is a message already, is told of there.
    """
    if wanted.content is not None:
        service.wait(begun.live, begun.draft)
        return
    for _ in follow(current_user(), begun.live, begun.draft, pace=0.5):
        pass


def stored_form(result: ChatResult) -> StoredAnswer:
    """Write where a form's turn went to, as it is kept under a key."""
    session_id = result.turn.session.id
    return StoredAnswer(303, session_path(session_id), session_id.encode())


def init_app(app: Flask) -> None:
    """Register the form of this door's answers."""
    add_form(app, FORM, stored_form)


def _fingerprint(wanted: TurnRequest) -> str:
    """Hash what the request asks for, so that a key is not taken for another request."""
    return hashlib.sha256(json.dumps(wanted).encode()).hexdigest()


def _told(error: Exception) -> Exception:
    told = refusal(error)
    return told if isinstance(told, AppError) else error
