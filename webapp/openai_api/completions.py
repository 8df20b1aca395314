from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, request
from pydantic_core import to_json

from webapp.agent.values import Parameters
from webapp.http.authentication import current_user
from webapp.http.body_limits import max_bytes
from webapp.http.events import stream_response
from webapp.http.json_body import JSON
from webapp.http.request_keys import REPLAYED, header_key
from webapp.openai_api.answering import SESSION, answer_live, is_repeated
from webapp.openai_api.errors import error_json
from webapp.openai_api.events import DONE, data
from webapp.openai_api.large import init_large, lock_if_large
from webapp.openai_api.limits import HISTORY_TEXTS
from webapp.openai_api.messages import read_messages
from webapp.openai_api.models import assistant_of
from webapp.openai_api.present import (
    Head,
    Said,
    completion,
    finish_reason,
    head_of,
    stored_completion,
    usage_json,
)
from webapp.openai_api.reading import named_session, read_completion
from webapp.services.idempotency import StoredAnswer, add_form
from webapp.services.live import Answered, Unstored, begin_unstored, conclude, told_history

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Flask

    from webapp.errors import AppError
    from webapp.openai_api.schemas import CompletionIn
    from webapp.services.live import Begun, LiveSnapshot, LiveTurn, Outcome
    from webapp.services.users import CurrentUser
    from webapp.services.values import ChatResult

pages = Blueprint("compatible", __name__)

#: The form of the answers that are stored under an idempotency key.
FORM = "completion"


@pages.post("/v1/chat/completions", strict_slashes=False)
@max_bytes(texts=HISTORY_TEXTS)
def create() -> Response:
    """Answer the last message, and append both messages to the chat session of the messages before it.

    The session is the named one, the one whose transcript equals the sent history, or a new one. With `store` false,
    nothing is stored.
    """
    with lock_if_large():
        body = read_completion()
        begun = _begin(current_user(), body)
    stream = bool(body.stream)
    with_usage = bool(body.stream_options and body.stream_options.include_usage)
    if isinstance(begun, StoredAnswer):
        return _replay(json.loads(begun.body), stream=stream, with_usage=with_usage, headers=REPLAYED)
    if isinstance(begun, Answered):
        return _replay(stored_completion(begun.result), stream=stream, with_usage=with_usage)
    return answer_live(begun, Chunks(current_user(), begun.live, with_usage=with_usage), stream=stream)


def _begin(user: CurrentUser, body: CompletionIn) -> Begun | Answered | StoredAnswer:
    conversation, session_id, assistant = read_messages(body.messages), named_session(body), assistant_of(body.model)
    parameters = Parameters(body.temperature, body.top_p, body.max_completion_tokens or body.max_tokens)
    if body.store is False:
        return begin_unstored(
            user,
            conversation.history,
            conversation.question,
            assistant=assistant,
            system=conversation.system,
            parameters=parameters,
        )
    return told_history(
        user,
        conversation.history,
        conversation.question,
        session_id=session_id,
        assistant=assistant,
        system=conversation.system,
        parameters=parameters,
        repeated=is_repeated(),
        key=header_key(FORM, request.path.encode(), request.headers.get(SESSION, "").encode()),
    )


def stored_form(result: ChatResult) -> StoredAnswer:
    """Return the form of an answer that is stored under an idempotency key."""
    return StoredAnswer(200, None, to_json(stored_completion(result)))


def init_app(app: Flask) -> None:
    """Register the form of stored answers, and the queue for long histories."""
    add_form(app, FORM, stored_form)
    init_large(app)


class Chunks:
    """Writes the chunks of a live turn, and its whole completion."""

    def __init__(self, user: CurrentUser, live: LiveTurn, *, with_usage: bool) -> None:
        self._user = user
        self._live = live
        self._head = head_of(live, with_usage=with_usage)
        self._sent = 0
        self._reasoning_sent = 0
        self._is_begun = False

    def opening(self) -> bytes:
        """Return nothing: the first chunk comes with the first text."""
        return b""

    def growth(self, snapshot: LiveSnapshot) -> bytes:
        reasoning, text = snapshot.thought.text[self._reasoning_sent :], snapshot.text[self._sent :]
        if not reasoning and not text:
            return b""
        piece = _text_chunks(self._head, Said(text, reasoning), is_first=not self._is_begun)
        self._is_begun = True
        self._reasoning_sent, self._sent = len(snapshot.thought.text), len(snapshot.text)
        return piece

    def ending(self, snapshot: LiveSnapshot) -> bytes:
        """Return the remaining text and the last chunks, which OpenAI's clients wait for."""
        return self.growth(snapshot) + _last_chunks(self._head, self.whole(snapshot.outcome))

    def broken(self, error: AppError) -> bytes:
        """Return the event for a stream that cannot continue."""
        return data(error_json(error))

    def whole(self, outcome: Outcome | None) -> dict[str, Any]:
        """Return the completion of a turn that has ended. Raises the AppError of a turn without an answer."""
        if isinstance(outcome, Unstored):
            return _unstored_completion(self._head, outcome)
        return stored_completion(conclude(self._user, self._live, outcome))


def _replay(
    whole: dict[str, Any], *, stream: bool, with_usage: bool, headers: Mapping[str, str] | None = None
) -> Response:
    """Return a completion that was stored before, whole or as a stream."""
    headers = {**(headers or {}), SESSION: whole["metadata"]["session_id"]}
    if not stream:
        return Response(to_json(whole), content_type=JSON, headers=headers)
    head = Head(whole["id"], whole["created"], whole["model"], with_usage)
    message = whole["choices"][0]["message"]
    said = Said(message["content"], message.get("reasoning_content", ""))
    events = _text_chunks(head, said, is_first=True) + _last_chunks(head, whole)
    return stream_response([events], headers)


def _unstored_completion(head: Head, outcome: Unstored) -> dict[str, Any]:
    end = outcome.end
    usage = usage_json(asdict(end.usage) if end.usage else None)
    said = Said(outcome.text, outcome.reasoning)
    return completion(head._replace(model=end.model), said, finish_reason(end.finish_reason), usage, {})


def _text_chunks(head: Head, said: Said, *, is_first: bool) -> bytes:
    begin = [head.chunk({"role": "assistant", "content": "", "refusal": None})] if is_first else []
    reasoning = [head.chunk({"reasoning_content": said.reasoning})] if said.reasoning else []
    return data(*begin, *reasoning, *([head.chunk({"content": said.content})] if said.content else []))


def _last_chunks(head: Head, whole: dict[str, Any]) -> bytes:
    """Return the last chunks of a stream, with the values of the whole completion."""
    reason = whole["choices"][0]["finish_reason"]
    named = head._replace(model=whole["model"])
    return data(*named.end(reason, whole["usage"], metadata=whole["metadata"])) + DONE
