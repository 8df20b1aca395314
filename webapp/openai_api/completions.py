from __future__ import annotations

import json
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, request
from pydantic_core import to_json

from webapp.http.authentication import current_user
from webapp.http.body_limits import max_bytes
from webapp.http.events import stream_response
from webapp.http.handoff import in_this_request
from webapp.http.json_body import JSON
from webapp.http.live_answers import answer_at_beginning, answer_at_end, stream_live
from webapp.http.live_stream import Following
from webapp.http.numbers import read_whole
from webapp.http.request_keys import REPLAYED, header_key
from webapp.openai_api.errors import error_json
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
from webapp.services.idempotency import StoredAnswer, add_form
from webapp.services.live import Answered, Failed, Unstored, begin_unstored, conclude, stop_unstored, told_history

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from flask import Flask

    from webapp.errors import AppError
    from webapp.openai_api.schemas import CompletionIn
    from webapp.services.live import Begun, LiveSnapshot, LiveTurn, Outcome
    from webapp.services.users import CurrentUser
    from webapp.services.values import ChatResult

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
    with alone_if_large():
        body = read_completion()
        begun = _begin(current_user(), body)
    stream = bool(body.stream)
    with_usage = bool(body.stream_options and body.stream_options.include_usage)
    if isinstance(begun, StoredAnswer):
        return _replay(json.loads(begun.body), stream=stream, with_usage=with_usage, headers=REPLAYED)
    if isinstance(begun, Answered):
        return _replay(kept_completion(begun.result), stream=stream, with_usage=with_usage)
    headers = {SESSION: begun.live.session_id} if begun.live.session_id else {}
    return _answered(begun, stream=stream, with_usage=with_usage, headers=headers)


def _begin(user: CurrentUser, body: CompletionIn) -> Begun | Answered | StoredAnswer:
    said, session_id, assistant = read_messages(body.messages), named_session(body), assistant_of(body.model)
    if body.store is False:
        return begin_unstored(user, said.history, said.question, assistant=assistant, instructions=said.instructions)
    return told_history(
        user,
        said.history,
        said.question,
        session_id=session_id,
        assistant=assistant,
        instructions=said.instructions,
        repeated=_is_repeated(),
        key=header_key(FORM, request.path.encode(), request.headers.get(SESSION, "").encode()),
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
    return bool(read_whole(request.headers.get("x-stainless-retry-count", "")))


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
        return kept_completion(conclude(self._user, self._live, outcome))


def _replay(
    whole: dict[str, Any], *, stream: bool, with_usage: bool, headers: Mapping[str, str] | None = None
) -> Response:
    """Answer with a completion that was stored before, whole or as a stream."""
    headers = {**(headers or {}), SESSION: whole["metadata"]["session_id"]}
    if not stream:
        return Response(to_json(whole), content_type=JSON, headers=headers)
    head = Head(whole["id"], whole["created"], whole["model"], with_usage)
    text = whole["choices"][0]["message"]["content"]
    events = _piece(head, text, is_first=True) + _last(head, whole)
    return stream_response([events], headers)


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
