from __future__ import annotations

import json
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, request
from pydantic_core import to_json

from webapp.http.authentication import current_user
from webapp.http.body_limits import max_bytes
from webapp.http.handoff import in_this_request
from webapp.http.live_answers import EVENT_STREAM, Following, answer_at_beginning, answer_at_end, stream_live
from webapp.http.request_keys import REPLAYED, header_key
from webapp.openai_api.errors import JSON, error_json
from webapp.openai_api.events import DONE, data
from webapp.openai_api.large import alone_if_large, init_large
from webapp.openai_api.messages import read_messages
from webapp.openai_api.models import assistant_of
from webapp.openai_api.present import (
    Head,
    completion,
    finish_reason,
    head_of,
    kept_completion,
    usage_json,
)
from webapp.openai_api.reading import SESSION, named_session, read_completion
from webapp.services.idempotency import add_form
from webapp.services.live.agent_service import AgentService, Begun, ChatResult, StoredAnswer, TurnRequest
from webapp.services.live.unstored import begin_unstored, stop_unstored
from webapp.services.live.values import Failed, Unstored

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

    from webapp.errors import AppError
    from webapp.openai_api.schemas import CompletionIn
    from webapp.services.live.values import LiveSnapshot, LiveTurn, Outcome
    from webapp.services.users import CurrentUser

pages = Blueprint("compatible", __name__)

#: The form in which this door's answers are kept under a key.
FORM = "completion"
#: A client sends the whole history every time: a body may have as many bytes as so many texts of the greatest length.
_HISTORY_TEXTS = 16


@pages.post("/v1/chat/completions")
@max_bytes(texts=_HISTORY_TEXTS)
def create() -> Response:
    """Answer the last message, in the chat session that holds the messages before it, and keep both.

    The session is named, or found by its transcript being exactly what was sent, or made. With `store` false nothing
    is kept.
    """
    user = current_user()
    with alone_if_large():
        body = read_completion()
        wanted = _wanted(body)
        begun = begin_unstored(user, wanted) if body.store is False else AgentService(user).begin(wanted)
    stream = bool(body.stream)
    with_usage = bool(body.stream_options and body.stream_options.include_usage)
    if isinstance(begun, StoredAnswer):
        return _replay(begun, stream=stream, with_usage=with_usage)
    headers = {SESSION: begun.live.session_id} if begun.live.session_id else {}
    return _answered(begun, stream=stream, with_usage=with_usage, headers=headers)


def _wanted(body: CompletionIn) -> TurnRequest:
    said = read_messages(body.messages)
    return TurnRequest(
        content=said.question,
        session_id=named_session(body),
        assistant=assistant_of(body.model),
        instructions=said.instructions,
        drop_failed=True,
        history=said.history,
        key=header_key(FORM, request.path.encode(), request.headers.get(SESSION, "").encode()),
        repeated=_is_repeated(),
    )


def _answered(begun: Begun, *, stream: bool, with_usage: bool, headers: dict[str, str]) -> Response:
    """Answer with the turn, whole or as it is written.

    What is refused or fails before the first text is an answer of its own, with its status: only what fails in
    mid-stream has to be told by an event.
    """
    following = Following(current_user(), begun.live, begun.draft)
    chunks = Chunks(current_user(), begun.live, with_usage=with_usage)
    if not stream:
        return answer_at_end(
            following,
            lambda outcome: Response(to_json(chunks.completion(outcome)), content_type=JSON, headers=headers),
            on_gone=_stopping(begun),
        )

    def begin(outcome: Outcome | None) -> Response:
        if isinstance(outcome, Failed):
            chunks.completion(outcome)
        return stream_live(following, chunks, headers, on_gone=_stopping(begun))

    return answer_at_beginning(following, begin, on_gone=_stopping(begun))


def _stopping(begun: Begun) -> Callable[[], None] | None:
    """Return what stops an answer that is stored nowhere, once its caller is gone; others go on."""
    draft = begun.draft
    return None if draft is None or begun.live.session_id else in_this_request(partial(stop_unstored, draft))


def stored_form(result: ChatResult) -> StoredAnswer:
    """Write an answer as it is kept under a key."""
    return StoredAnswer(200, None, to_json(kept_completion(result)))


def init_app(app: Flask) -> None:
    """Register the form of this door's answers, and what keeps long histories one by one."""
    add_form(app, FORM, stored_form)
    init_large(app)


def _is_repeated() -> bool:
    """Say whether the client tells that it sends this once more: OpenAI's own count their tries."""
    count = request.headers.get("x-stainless-retry-count", "")
    return count.isascii() and count.isdigit() and int(count[:9]) > 0


class Chunks:
    """Writes the chunks of a live turn, and the completion that they add up to."""

    def __init__(self, user: CurrentUser, live: LiveTurn, *, with_usage: bool) -> None:
        self._user = user
        self._live = live
        self._head = head_of(live, with_usage=with_usage)
        self._sent = 0

    def opening(self) -> bytes:
        """Write nothing before the first text."""
        return b""

    def growth(self, snapshot: LiveSnapshot) -> bytes:
        """Write what the client has not got yet."""
        if len(snapshot.text) <= self._sent:
            return b""
        piece = _piece(self._head, snapshot.text[self._sent :], is_first=not self._sent)
        self._sent = len(snapshot.text)
        return piece

    def ending(self, snapshot: LiveSnapshot) -> bytes:
        """Write the rest, and the end that OpenAI's clients wait for."""
        return self.growth(snapshot) + _last(self._head, self.completion(snapshot.outcome))

    def broken(self, error: AppError) -> bytes:
        """Write why the stream cannot go on."""
        return data(error_json(error))

    def completion(self, outcome: Outcome | None) -> dict[str, Any]:
        """Write a turn that has ended. Raises why there is no completion."""
        if isinstance(outcome, Unstored):
            return _unstored_completion(self._head, outcome)
        return kept_completion(AgentService(self._user).conclude(self._live, outcome))


def _replay(stored: StoredAnswer, *, stream: bool, with_usage: bool) -> Response:
    """Answer as the first request with the key was answered."""
    told = json.loads(stored.body)
    headers = {**REPLAYED, SESSION: told["metadata"]["session_id"]}
    if not stream:
        return Response(stored.body, content_type=JSON, headers=headers)
    head = Head(told["id"], told["created"], told["model"], with_usage)
    text = told["choices"][0]["message"]["content"]
    events = _piece(head, text, is_first=True) + _last(head, told)
    return Response(events, content_type=f"{EVENT_STREAM}; charset=utf-8", headers=headers)


def _unstored_completion(head: Head, outcome: Unstored) -> dict[str, Any]:
    end = outcome.end
    usage = usage_json(asdict(end.usage) if end.usage else None)
    return completion(head._replace(model=end.model), outcome.text, finish_reason(end.finish_reason), usage, {})


def _piece(head: Head, text: str, *, is_first: bool) -> bytes:
    begin = [head.chunk({"role": "assistant", "content": "", "refusal": None})] if is_first else []
    return data(*begin, head.chunk({"content": text}))


def _last(head: Head, told: dict[str, Any]) -> bytes:
    """Write the end of a stream from the completion as it is told whole."""
    reason = told["choices"][0]["finish_reason"]
    named = head._replace(model=told["model"])
    return data(*named.end(reason, told["usage"], metadata=told["metadata"])) + DONE
