from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from webapp.api.answering import ResponseMode, answer_turn
from webapp.api.asking import asks
from webapp.api.schemas.chat import ChatIn
from webapp.errors import Invalid
from webapp.http.authentication import current_user
from webapp.http.body_limits import max_bytes
from webapp.ids import canonical_id
from webapp.services.live import append, new_chat

if TYPE_CHECKING:
    from flask import Response

    from webapp.api.kit.answer import Answer


@asks("/chat", body=ChatIn)
@max_bytes(texts=1)
def create(body: ChatIn) -> Answer | Response:
    """Ask an assistant, and store the message and its answer.

    Without `session_id`, a session is created (201). All checks precede the call of the assistant. If the assistant
    fails (502), nothing is stored. If a stream fails, the question remains, to be retried or discarded.
    """
    user, session_id, mode = current_user(), _canonical(body.session_id), ResponseMode.read(stream=body.stream)
    begin = new_chat if session_id is None else partial(append, session_id=session_id, drops_failed=not mode.streams)
    begun = begin(
        user,
        content=body.content,
        assistant=body.assistant or None,
        expected_last_idx=body.expected_last_idx,
        key=mode.key,
    )
    return answer_turn(begun, mode)


def _canonical(session_id: str | None) -> str | None:
    if session_id is None:
        return None
    session_uuid = canonical_id(session_id)
    if session_uuid is None:
        raise Invalid.field("#/session_id", "uuid", "The id of a chat session must be a UUID.")
    return session_uuid
