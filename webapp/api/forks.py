from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.api import api
from webapp.api.forms import SESSION_FORM
from webapp.api.kit.keys import request_key
from webapp.api.links import session_links
from webapp.api.present import session_answer
from webapp.api.schemas.sessions import ForkIn, SessionOut
from webapp.http.authentication import current_user
from webapp.services.sessions.forks import fork_session

if TYPE_CHECKING:
    from webapp.api.kit.answer import Answer


@api.route(
    "POST",
    "/sessions/<id:session_id>/forks",
    body=ForkIn,
    responses={201: SessionOut},
    problems=(400, 404, 409, 413, 415, 422),
    request_headers=("Idempotency-Key",),
    links=session_links("$response.body#/id"),
)
def create(session_id: str, body: ForkIn) -> Answer:
    """Fork a session: create one that starts with the same messages, up to `idx`.

    The two sessions share these messages. Deleting one session leaves the other complete.
    """
    fork = fork_session(current_user(), session_id, body.idx, key=request_key(SESSION_FORM))
    return session_answer(fork, status=201)
