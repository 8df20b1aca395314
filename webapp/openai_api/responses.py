"""The Responses API, `/v1/responses`, for text. Responses are stored as chats, as completions are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, request
from pydantic_core import to_json

from webapp.agent.values import Parameters
from webapp.errors import NotFound
from webapp.http.authentication import current_user
from webapp.http.body_limits import max_bytes
from webapp.http.events import stream_response
from webapp.http.json_body import JSON
from webapp.http.request_keys import REPLAYED, header_key
from webapp.openai_api.answering import SESSION, answer_live, is_repeated
from webapp.openai_api.large import lock_if_large
from webapp.openai_api.limits import HISTORY_TEXTS
from webapp.openai_api.models import assistant_of
from webapp.openai_api.response_events import ResponseWriter, replayed_events
from webapp.openai_api.response_input import read_input, read_response
from webapp.openai_api.response_present import echo_of, stored_response, with_echo
from webapp.openai_api.response_schemas import RESPONSE_PREFIX, uuid_in
from webapp.services.idempotency import StoredAnswer, add_form
from webapp.services.live import Answered, Asked, find_stored_turn, respond

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Flask

    from webapp.openai_api.response_schemas import ResponseIn
    from webapp.services.live import Begun
    from webapp.services.users import CurrentUser
    from webapp.services.values import ChatResult

pages = Blueprint("compatible_responses", __name__)

#: The form of the answers that are stored under an idempotency key.
FORM = "response"


@pages.post("/v1/responses", strict_slashes=False)
@max_bytes(texts=HISTORY_TEXTS)
def create() -> Response:
    """Answer the last message of the input.

    It is appended to the chat of the previous response, to the named one, to the one whose transcript equals the input,
    or to a new one. With `store` false, nothing is stored.
    """
    with lock_if_large():
        body = read_response()
        begun = _begin(current_user(), body)
    if isinstance(begun, StoredAnswer):
        return _replay(json.loads(begun.body), body, REPLAYED)
    if isinstance(begun, Answered):
        return _replay(stored_response(begun.result), body)
    writer = ResponseWriter(current_user(), begun.live, echo_of(body), body.metadata)
    return answer_live(begun, writer, stream=bool(body.stream))


@pages.get("/v1/responses/<response_id>", strict_slashes=False)
def show(response_id: str) -> Response:
    """Get a response that was stored."""
    answer_id = uuid_in(response_id, RESPONSE_PREFIX)
    if answer_id is None:
        raise NotFound("There is no such response.")
    result = find_stored_turn(current_user(), answer_id)
    return Response(to_json(stored_response(result)), content_type=JSON, headers={SESSION: result.turn.session.id})


def _begin(user: CurrentUser, body: ResponseIn) -> Begun | Answered | StoredAnswer:
    parsed = read_input(body)
    conversation = parsed.conversation
    store = body.store is not False
    return respond(
        user,
        Asked(
            conversation.question,
            conversation.history,
            conversation.system,
            body.instructions,
            Parameters(body.temperature, body.top_p, body.max_output_tokens),
        ),
        previous=parsed.previous,
        session_id=parsed.session_id,
        assistant=assistant_of(body.model),
        repeated=is_repeated(),
        store=store,
        key=header_key(FORM, request.path.encode(), request.headers.get(SESSION, "").encode()) if store else None,
    )


def stored_form(result: ChatResult) -> StoredAnswer:
    """Return the form of an answer that is stored under an idempotency key."""
    return StoredAnswer(200, None, to_json(stored_response(result)))


def init_app(app: Flask) -> None:
    """Register the form of stored answers."""
    add_form(app, FORM, stored_form)


def _replay(response: dict[str, Any], body: ResponseIn, headers: Mapping[str, str] | None = None) -> Response:
    """Return a response that was stored before, whole or as a stream."""
    headers = {**(headers or {}), SESSION: response["metadata"]["session_id"]}
    if body.stream:
        return stream_response([replayed_events(response, echo_of(body), body.metadata)], headers)
    return Response(to_json(with_echo(response, echo_of(body), body.metadata)), content_type=JSON, headers=headers)
