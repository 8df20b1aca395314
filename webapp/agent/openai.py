"""An assistant for any OpenAI-compatible endpoint. It sends the full history and never retries."""

from __future__ import annotations

import json
import time
from itertools import groupby, takewhile
from typing import TYPE_CHECKING, Any

from webapp.agent.connection import CuttableConnection
from webapp.agent.event_stream import read_events
from webapp.agent.protocol import AS_USUAL, AssistantFailed
from webapp.agent.provider_errors import failures_as_sentences
from webapp.agent.stop import Stop
from webapp.agent.toolbox import NO_TOOLS
from webapp.agent.values import End, Text, Usage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from webapp.agent.endpoint import Endpoint
    from webapp.agent.toolbox import Toolbox
    from webapp.agent.values import Event, Parameters, Utterance

PREFIX = "openai"
_DONE = "[DONE]"


class OpenAIAssistant:
    """One model of an endpoint. Without a model name the first model of the endpoint answers."""

    def __init__(self, endpoint: Endpoint, model: str | None = None) -> None:
        self._endpoint = endpoint
        self._model = model

    @property
    def key(self) -> str:
        """`openai`, or `openai:` and the name of the model."""
        return f"{PREFIX}:{self._model}" if self._model else PREFIX

    @property
    def label(self) -> str:
        return self._model or "Language model"

    def reply(
        self,
        history: Sequence[Utterance],
        *,
        timeout: float,
        stop: Stop | None = None,
        toolbox: Toolbox = NO_TOOLS,  # noqa: ARG002 - it offers the model no tools yet
        parameters: Parameters = AS_USUAL,
    ) -> Iterator[Event]:
        """Stream the model's reply. Raises AssistantFailed for every failure of the endpoint.

        A request to stop cuts the connection, and the stream ends without an End.
        """
        stop = stop or Stop()
        connection = CuttableConnection()
        try:
            with connection.open(), stop.calling(connection.cut), failures_as_sentences(timeout):
                yield from takewhile(
                    lambda _: not stop.is_requested, self._reply(history, timeout, stop, connection, parameters)
                )
        except AssistantFailed:
            # A cut connection looks like one that the provider broke off.
            if not stop.is_requested:
                raise

    def _reply(
        self,
        history: Sequence[Utterance],
        timeout: float,
        stop: Stop,
        connection: CuttableConnection,
        parameters: Parameters,
    ) -> Iterator[Event]:
        deadline = time.monotonic() + timeout
        if stop.is_requested:
            return
        model = self._model or self._endpoint.first_model(timeout, connection)
        with self._endpoint.completion(
            model, _messages(history), timeout=timeout, deadline=deadline, connection=connection, parameters=parameters
        ) as pieces:
            yield from _events(_chunks(pieces), model)


def _messages(history: Sequence[Utterance]) -> list[dict[str, str]]:
    """Join consecutive utterances of one role: the templates of many models require alternating roles."""
    return [
        {"role": role, "content": "\n\n".join(utterance.content for utterance in utterances)}
        for role, utterances in groupby(history, lambda utterance: utterance.role)
    ]


def _chunks(pieces: Iterable[bytes]) -> Iterator[Any]:
    """Yield the JSON of each event up to `[DONE]`. Raises ValueError for invalid JSON or an error."""
    for event in read_events(pieces):
        if event.data.startswith(_DONE):
            return
        chunk = json.loads(event.data)
        if error := chunk.get("error"):
            message = error.get("message") if isinstance(error, dict) else error
            raise ValueError(str(message or "An error occurred during streaming"))
        yield chunk


def _events(chunks: Iterable[Any], model: str) -> Iterator[Event]:
    reason, usage = None, None
    for chunk in chunks:
        usage = _usage(chunk.get("usage")) or usage
        model = str(chunk.get("model") or model)
        for choice in (chunk.get("choices") or ())[:1]:
            reason = choice.get("finish_reason") or reason
            delta = choice.get("delta")
            text = delta.get("content") if delta else None
            if not isinstance(text, str | None):
                raise TypeError("A piece of the text is not text.")
            if text:
                yield Text(text)
    if reason is None:
        raise AssistantFailed("The provider's answer broke off before its end. Nothing was stored. Please try again.")
    yield End(model=model, finish_reason=str(reason), usage=usage)


def _usage(usage: Any) -> Usage | None:
    if not usage:
        return None
    return Usage(int(usage.get("prompt_tokens") or 0), int(usage.get("completion_tokens") or 0))
