"""An assistant for any OpenAI-compatible endpoint. It sends the full history and never retries."""

from __future__ import annotations

from itertools import groupby, takewhile
from typing import TYPE_CHECKING

from webapp.agent.completion import Completion
from webapp.agent.connection import CuttableConnection
from webapp.agent.protocol import AS_USUAL, AssistantFailed
from webapp.agent.provider_errors import failures_as_sentences
from webapp.agent.stop import Stop
from webapp.agent.thought_tags import answer_of
from webapp.agent.toolbox import NO_TOOLS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from webapp.agent.endpoint import Endpoint
    from webapp.agent.toolbox import Toolbox
    from webapp.agent.values import Event, Parameters, Utterance

PREFIX = "openai"

#: The limit of a whole reply, in seconds, if the caller sets none.
WHOLE_SECONDS = 3600.0


class OpenAIAssistant:
    """One model of an endpoint. Without a model name the first model of the endpoint answers."""

    def __init__(self, endpoint: Endpoint, model: str | None = None, *, whole: float = WHOLE_SECONDS) -> None:
        """`whole` is the limit of a whole reply, in seconds."""
        self._endpoint = endpoint
        self._model = model
        self._whole = whole

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
                events = self._reply(history, timeout, stop, connection, parameters)
                yield from takewhile(lambda _: not stop.is_requested, events)
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
        if stop.is_requested:
            return
        model = self._model or self._endpoint.first_model(timeout, connection)
        with self._endpoint.completion(
            model,
            _messages(history),
            timeout=timeout,
            whole=self._whole,
            connection=connection,
            parameters=parameters,
        ) as (pieces, clock):
            yield from Completion(pieces, model, clock.hurry).events()


def _messages(history: Sequence[Utterance]) -> list[dict[str, str]]:
    """Join consecutive utterances of one role: the templates of many models require alternating roles.

    Thoughts are never sent back, not even those that stand in the text of an answer.
    """
    return [
        {"role": role, "content": "\n\n".join(map(_content, utterances))}
        for role, utterances in groupby(history, lambda utterance: utterance.role)
    ]


def _content(utterance: Utterance) -> str:
    return answer_of(utterance.content) if utterance.role == "assistant" else utterance.content
