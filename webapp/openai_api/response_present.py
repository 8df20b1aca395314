"""The values of services as responses and their events."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic_core import to_json

from webapp.http.events import write_event
from webapp.openai_api.present import finish_reason, model_name, seconds
from webapp.openai_api.response_schemas import MESSAGE_PREFIX, RESPONSE_PREFIX

if TYPE_CHECKING:
    from collections.abc import Mapping

    from webapp.openai_api.response_schemas import ResponseIn
    from webapp.services.live import LiveTurn, Unstored
    from webapp.services.values import ChatResult

_INCOMPLETE = {"length": "max_output_tokens", "content_filter": "content_filter"}


class ResponseHead(NamedTuple):
    """The fields that a response has from its beginning. `created_at` is in seconds since 1970."""

    answer_id: str
    created_at: int
    model: str

    @classmethod
    def of(cls, live: LiveTurn) -> ResponseHead:
        return cls(live.attempt, seconds(live.asked_at), model_name(live.assistant))

    def begun(self, status: str = "in_progress") -> dict[str, Any]:
        """Return a response without output."""
        return {
            "id": RESPONSE_PREFIX + self.answer_id,
            "object": "response",
            "created_at": self.created_at,
            "status": status,
            "background": False,
            "error": None,
            "incomplete_details": None,
            "model": self.model,
            "output": [],
            "usage": None,
            "metadata": {},
        } | _USUAL

    def ended(
        self, text: str, reason: str | None, usage: Mapping[str, Any] | None, metadata: dict[str, str]
    ) -> dict[str, Any]:
        """Return a response with its answer."""
        incomplete = _INCOMPLETE.get(finish_reason(reason))
        status = "incomplete" if incomplete else "completed"
        return self.begun(status) | {
            "incomplete_details": {"reason": incomplete} if incomplete else None,
            "output": [self.message(status, [text_part(text)])],
            "usage": _usage_json(usage),
            "metadata": metadata,
        }

    def message(self, status: str, content: list[dict[str, Any]]) -> dict[str, Any]:
        """Return the item of the answer."""
        message_id = MESSAGE_PREFIX + self.answer_id
        return {"id": message_id, "type": "message", "status": status, "role": "assistant", "content": content}


#: What a request may say and the answer repeats, as it is without a word of it.
_USUAL: dict[str, Any] = {
    "instructions": None,
    "max_output_tokens": None,
    "parallel_tool_calls": True,
    "previous_response_id": None,
    "reasoning": {"effort": None, "summary": None},
    "service_tier": "default",
    "store": True,
    "temperature": 1.0,
    "text": {"format": {"type": "text"}},
    "tool_choice": "auto",
    "tools": [],
    "top_p": 1.0,
    "truncation": "disabled",
    "user": None,
}


def echo_of(body: ResponseIn) -> dict[str, Any]:
    """Return what the request said, for its response."""
    names = ("instructions", "max_output_tokens", "previous_response_id", "store", "temperature", "top_p", "user")
    return {name: value for name in names if (value := getattr(body, name)) is not None}


def with_echo(response: dict[str, Any], echo: dict[str, Any], metadata: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return a response with what its request said. The server's own metadata has precedence."""
    return response | echo | {"metadata": {**(metadata or {}), **response["metadata"]}}


def stored_response(result: ChatResult) -> dict[str, Any]:
    turn = result.turn
    answer = turn.assistant
    metadata = {"session_id": turn.session.id, "user_message_id": turn.user.id, "assistant_message_id": answer.id}
    head = ResponseHead(answer.id, seconds(turn.user.create_time), answer.model or "")
    return head.ended(answer.content, answer.finish_reason, answer.usage, metadata)


def unstored_response(head: ResponseHead, outcome: Unstored) -> dict[str, Any]:
    end = outcome.end
    usage = asdict(end.usage) if end.usage else None
    return head._replace(model=end.model).ended(outcome.text, end.finish_reason, usage, {})


def text_part(text: str) -> dict[str, Any]:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def text_of(response: dict[str, Any]) -> str:
    """Return the text of a response with an answer."""
    return str(response["output"][0]["content"][0]["text"])


def event(kind: str, number: int, **members: Any) -> bytes:
    """Return an event of a stream. `number` is its place in the stream."""
    return write_event(to_json({"type": kind, "sequence_number": number, **members}).decode(), event=kind).encode()


def _usage_json(usage: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the numbers of tokens, 0 if they are unknown."""
    input_tokens, output_tokens = ((usage or {}).get(name) or 0 for name in ("input_tokens", "output_tokens"))
    return {
        "input_tokens": input_tokens,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": output_tokens,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": input_tokens + output_tokens,
    }
