from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webapp.api import api
from webapp.api.forms import SESSION_FORM
from webapp.api.kit.answer import Answer
from webapp.api.kit.keys import request_key
from webapp.api.links import session_links
from webapp.api.present import session_answer
from webapp.api.schemas.replacements import ReplacementList
from webapp.api.schemas.sessions import SessionOut
from webapp.http.authentication import current_user
from webapp.services.replacements.keeping_both import keep_both
from webapp.services.replacements.undoing import undo_replacement
from webapp.services.transcripts.keeping import KEPT_FOR
from webapp.services.transcripts.replacements import list_replacements
from webapp.urls import session_api_path

if TYPE_CHECKING:
    from webapp.services.values import Replacement


@api.route("GET", "/sessions/<id:session_id>/replacements", responses={200: ReplacementList}, problems=(404,))
def index(session_id: str) -> Answer:
    """List what edits and new answers replaced in a session, newest first.

    It can be put back while the session is as the change left it, and kept as a session of its own until it expires.
    """
    found = list_replacements(current_user(), session_id)
    return Answer({"data": [_json(replacement, can_undo=can_undo) for replacement, can_undo in found]})


@api.route(
    "POST",
    "/sessions/<id:session_id>/replacements/<id:replacement_id>/undo",
    responses={200: SessionOut},
    problems=(404, 409),
    links=session_links("$response.body#/id"),
)
def undo(session_id: str, replacement_id: str) -> Answer:
    """Undo an edit or a new answer: put back the messages that it replaced.

    The messages in their place are kept in turn, as another replacement.
    """
    return session_answer(undo_replacement(current_user(), session_id, replacement_id))


@api.route(
    "POST",
    "/sessions/<id:session_id>/replacements/<id:replacement_id>/fork",
    responses={201: SessionOut},
    problems=(400, 404, 409, 422),
    request_headers=("Idempotency-Key",),
    links=session_links("$response.body#/id"),
)
def fork(session_id: str, replacement_id: str) -> Answer:
    """Keep both: create a session with the transcript as it was before the change."""
    made = keep_both(current_user(), session_id, replacement_id, key=request_key(SESSION_FORM))
    return session_answer(made, status=201)


def _json(replacement: Replacement, *, can_undo: bool) -> dict[str, Any]:
    return {
        "id": replacement.id,
        "kind": replacement.kind,
        "made_at": replacement.made_at,
        "expires_at": replacement.made_at + KEPT_FOR,
        "first_idx": replacement.first_idx,
        "replaced_count": replacement.kept_count,
        "can_undo": can_undo,
        "url": f"{session_api_path(replacement.session_id)}/replacements/{replacement.id}",
    }
