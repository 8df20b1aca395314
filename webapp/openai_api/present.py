"""The values of services as chat completions and their chunks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from webapp.services.live import LiveTurn
    from webapp.services.values import ChatResult

_REASONS = {"stop", "length", "content_filter"}


class Said(NamedTuple):
    """The words of an answer."""

    content: str
    reasoning: str = ""


class Head(NamedTuple):
    """The fields of every chunk of a completion. `created` is in seconds since 1970."""

    id: str
    created: int
    model: str
    with_usage: bool = False

    def chunk(self, delta: dict[str, Any], **more: Any) -> dict[str, Any]:
        """Return a chunk with one choice. `more` are extra members of the chunk."""
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": more.pop("finish_reason", None)}
        return self._base() | {"choices": [choice]} | ({"usage": None} if self.with_usage else {}) | more

    def end(self, finish_reason: str, usage: dict[str, int], **more: Any) -> list[dict[str, Any]]:
        """Return the last chunks: the finish reason, then the usage if the client asked for it."""
        chunks = [self.chunk({}, finish_reason=finish_reason, **more)]
        if self.with_usage:
            chunks.append(self._base() | {"choices": [], "usage": usage})
        return chunks

    def _base(self) -> dict[str, Any]:
        return {"id": self.id, "object": "chat.completion.chunk", "created": self.created, "model": self.model}


def head_of(live: LiveTurn, *, with_usage: bool) -> Head:
    return Head(completion_id(live.attempt), seconds(live.asked_at), model_name(live.assistant), with_usage)


def stored_completion(result: ChatResult) -> dict[str, Any]:
    turn = result.turn
    answer = turn.assistant
    return completion(
        Head(completion_id(answer.id), seconds(turn.user.create_time), answer.model or ""),
        Said(answer.content, answer.reasoning or ""),
        finish_reason(answer.finish_reason),
        usage_json(answer.usage),
        {
            "session_id": turn.session.id,
            "user_message_id": turn.user.id,
            "assistant_message_id": answer.id,
        },
    )


def completion(head: Head, said: Said, reason: str, usage: dict[str, int], metadata: dict[str, str]) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": said.content, "refusal": None, "annotations": []}
    if said.reasoning:
        # The name that DeepSeek, vLLM and llama.cpp use. OpenAI's API has none.
        message["reasoning_content"] = said.reasoning
    return {
        "id": head.id,
        "object": "chat.completion",
        "created": head.created,
        "model": head.model,
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": reason}],
        "usage": usage,
        "metadata": metadata,
    }


def completion_id(message_id: str) -> str:
    """Return the id of a completion. It contains the id of the assistant message."""
    return f"chatcmpl-{message_id}"


def finish_reason(stored: str | None) -> str:
    """Return the reason in the vocabulary of the OpenAI API. An answer that a user stopped has `stop`."""
    if stored in {"broken_off", "too_long"}:
        return "length"
    return stored if stored in _REASONS and stored else "stop"


def usage_json(usage: Mapping[str, Any] | None) -> dict[str, int]:
    """Return the numbers of tokens, 0 if they are unknown."""
    input_tokens, output_tokens = ((usage or {}).get(name) or 0 for name in ("input_tokens", "output_tokens"))
    return {
        "prompt_tokens": input_tokens,
        "completion_tokens": output_tokens,
        "total_tokens": input_tokens + output_tokens,
    }


def seconds(moment: datetime) -> int:
    """Return the seconds since 1970."""
    return int(moment.timestamp())


def model_name(key: str) -> str:
    """Return the name of the model without the prefix of the assistant."""
    return key.partition(":")[2] or key
