from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webapp.api import api
from webapp.api.errors import problem_json
from webapp.api.kit.answer import Answer
from webapp.api.present import session_json
from webapp.api.schemas.several import ChangesIn, ChangesOut
from webapp.http.authentication import current_user
from webapp.services.sessions.several import change_sessions

if TYPE_CHECKING:
    from webapp.services.sessions.several import Change


@api.route(
    "POST",
    "/sessions/changes",
    body=ChangesIn,
    responses={200: ChangesOut},
    problems=(400, 413, 415, 422),
)
def create(body: ChangesIn) -> Answer:
    """Archive, restore, pin, unpin, tag, untag or permanently delete several sessions.

    Each session has its own transaction and its own result. Only archived sessions can be deleted.
    """
    changes = change_sessions(current_user(), body.action, body.session_ids, tag=body.tag)
    return Answer({"data": [_change_json(change) for change in changes]})


def _change_json(change: Change) -> dict[str, Any]:
    error = change.error
    return {
        "session_id": change.session_id,
        "changed": change.is_changed,
        "session": session_json(change.session) if change.session else None,
        "problem": problem_json(error.status, error.code, error.title, error.detail, {}) if error else None,
    }
