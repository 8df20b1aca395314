from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from webapp.api import api
from webapp.api.present import chat_answer
from webapp.api.schemas.chat import ChatIn, ChatOut
from webapp.errors import Invalid
from webapp.services.agent import AgentService
from webapp.services.users import local_user

if TYPE_CHECKING:
    from webapp.api.kit.answer import Answer
    from webapp.api.kit.keys import Sealing


@api.route(
    "POST",
    "/chat",
    body=ChatIn,
    responses={200: ChatOut, 201: ChatOut},
    problems=(400, 404, 409, 413, 415, 422, 502),
    request_headers=("Idempotency-Key",),
)
def create(body: ChatIn, seal: Sealing) -> Answer:
    """Ask an assistant and keep both messages.

    Without `session_id` a session is made (201). What can be refused is refused before the assistant is called;
    if it fails (502), nothing is kept.
    """
    result = AgentService(local_user()).run(
        body.content,
        session_id=_canonical(body.session_id),
        expected_last_idx=body.expected_last_idx,
        assistant=body.assistant or None,
        seal=seal(chat_answer),
    )
    return chat_answer(result)


def _canonical(session_id: str | None) -> str | None:
    try:
        return None if session_id is None else str(UUID(session_id))
    except ValueError:
        raise Invalid.field("#/session_id", "uuid", "This is no id of a chat session: it must be a UUID.") from None
