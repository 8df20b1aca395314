from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, request
from pydantic_core import to_json

from webapp.access import current_user
from webapp.agent.values import End, Text
from webapp.body_limits import max_bytes
from webapp.compatible.errors import JSON
from webapp.compatible.events import DONE, PING, data, event_stream
from webapp.compatible.messages import read_messages
from webapp.compatible.models import assistant_of
from webapp.compatible.present import (
    Head,
    bare_name,
    completion,
    completion_id,
    finish_reason,
    head_of,
    kept_completion,
    seconds,
    usage_json,
)
from webapp.compatible.reading import SESSION, named_session, read_completion
from webapp.models.ids import new_id, utc_now
from webapp.services.agent import AgentService, Begun, ChatResult, StoredAnswer, TurnRequest
from webapp.services.live.keys import add_form
from webapp.services.live.values import TurnKey
from webapp.services.unkept import answer_unkept

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

    from webapp.agent.values import Event

pages = Blueprint("compatible", __name__)

#: The form in which this door's answers are kept under a key.
FORM = "completion"
_KEY = "Idempotency-Key"
#: A client sends the whole history every time: a body may have as many bytes as so many texts of the greatest length.
_HISTORY_TEXTS = 16


@pages.post("/v1/chat/completions")
@max_bytes(texts=_HISTORY_TEXTS)
def create() -> Response:
    """Answer the last message, in the chat session that holds the messages before it, and keep both.

    The session is named, or found by its transcript being exactly what was sent, or made. With `store` false nothing
    is kept.
    """
    body = read_completion()
    said = read_messages(body.messages)
    wanted = TurnRequest(
        content=said.question,
        session_id=named_session(body),
        assistant=assistant_of(body.model),
        instructions=said.instructions,
        drop_failed=True,
        history=said.history,
        key=_key(),
        repeated=_is_repeated(),
    )
    with_usage = bool(body.stream_options and body.stream_options.include_usage)
    if body.store is False:
        return _unkept(wanted, stream=bool(body.stream), with_usage=with_usage)
    service = AgentService(current_user())
    begun = service.begin(wanted)
    if isinstance(begun, StoredAnswer):
        return _replay(begun, stream=bool(body.stream), with_usage=with_usage)
    headers = {SESSION: begun.live.session_id}
    if body.stream:
        return event_stream(_chunks(service, begun, with_usage=with_usage), headers)
    return Response(to_json(kept_completion(service.wait(begun.live, begun.draft))), content_type=JSON, headers=headers)


def stored_form(result: ChatResult) -> StoredAnswer:
    """Write an answer as it is kept under a key."""
    return StoredAnswer(200, None, to_json(kept_completion(result)))


def init_app(app: Flask) -> None:
    """Register the form of this door's answers."""
    add_form(app, FORM, stored_form)


def _key() -> TurnKey | None:
    name = request.headers.get(_KEY)
    if name is None:
        return None
    parts = (request.path.encode(), request.headers.get(SESSION, "").encode(), request.get_data(cache=True))
    return TurnKey(name, hashlib.sha256(b"\0".join(parts)).hexdigest(), FORM)


def _is_repeated() -> bool:
    """Say whether the client tells that it sends this once more: OpenAI's own count their tries."""
    count = request.headers.get("x-stainless-retry-count", "")
    return count.isascii() and count.isdigit() and int(count[:9]) > 0


def _chunks(service: AgentService, begun: Begun, *, with_usage: bool) -> Iterator[bytes]:
    """Yield the events of a live turn as it is written."""
    head = head_of(begun.live, with_usage=with_usage)
    sent = 0
    for sight in service.follow(begun.live, begun.draft):
        if sight is None:
            yield PING
            continue
        if len(sight.text) > sent:
            yield _piece(head, sight.text[sent:], is_first=not sent)
            sent = len(sight.text)
        if isinstance(sight.outcome, ChatResult):
            yield _last(head, kept_completion(sight.outcome))


def _replay(stored: StoredAnswer, *, stream: bool, with_usage: bool) -> Response:
    """Answer as the first request with the key was answered."""
    told = json.loads(stored.body)
    headers = {"Idempotency-Replayed": "true", SESSION: told["metadata"]["session_id"]}
    if not stream:
        return Response(stored.body, content_type=JSON, headers=headers)
    head = Head(told["id"], told["created"], told["model"], with_usage)
    text = told["choices"][0]["message"]["content"]
    return event_stream(iter((_piece(head, text, is_first=True), _last(head, told))), headers)


def _unkept(wanted: TurnRequest, *, stream: bool, with_usage: bool) -> Response:
    """Answer and keep nothing."""
    events = answer_unkept(current_user(), wanted)
    head = Head(completion_id(new_id()), seconds(utc_now()), bare_name(wanted.assistant or ""), with_usage)
    if stream:
        return event_stream(_unkept_chunks(head, events), {})
    return Response(to_json(_whole(head, list(events))), content_type=JSON)


def _unkept_chunks(head: Head, events: Iterator[Event]) -> Iterator[bytes]:
    is_first = True
    for event in events:
        if isinstance(event, Text):
            yield _piece(head, event.text, is_first=is_first)
            is_first = False
        else:
            yield _last(head, _whole(head, [event]))


def _whole(head: Head, events: list[Event]) -> dict[str, Any]:
    end = events[-1]
    assert isinstance(end, End)
    text = "".join(event.text for event in events if isinstance(event, Text))
    usage = usage_json(asdict(end.usage) if end.usage else None)
    return completion(head._replace(model=end.model), text, finish_reason(end.finish_reason), usage, {})


def _piece(head: Head, text: str, *, is_first: bool) -> bytes:
    begin = [head.chunk({"role": "assistant", "content": "", "refusal": None})] if is_first else []
    return data(*begin, head.chunk({"content": text}))


def _last(head: Head, told: dict[str, Any]) -> bytes:
    """Write the end of a stream from the completion as it is told whole."""
    reason = told["choices"][0]["finish_reason"]
    named = head._replace(model=told["model"])
    return data(*named.end(reason, told["usage"], metadata=told["metadata"])) + DONE
