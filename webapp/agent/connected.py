"""A model of a connection that was added on the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webapp.agent.openai import WHOLE_SECONDS, OpenAIAssistant
from webapp.agent.protocol import AssistantFailed
from webapp.agent.toolbox import NO_TOOLS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from webapp.agent.endpoint import Endpoint
    from webapp.agent.stop import Stop
    from webapp.agent.toolbox import Toolbox
    from webapp.agent.values import Event, Utterance


class ConnectedAssistant:
    """Answers as `OpenAIAssistant` does. Sentences about failures name the connection's own places."""

    def __init__(self, key: str, endpoint: Endpoint, model: str, *, whole: float = WHOLE_SECONDS) -> None:
        """`whole` is the limit of a whole reply, in seconds."""
        self._endpoint = endpoint
        self._assistant = OpenAIAssistant(endpoint, model, whole=whole)
        self.key = key
        self.label = model

    def reply(
        self,
        history: Sequence[Utterance],
        *,
        timeout: float,
        stop: Stop | None = None,
        toolbox: Toolbox = NO_TOOLS,
        **limits: Any,
    ) -> Iterator[Event]:
        try:
            yield from self._assistant.reply(history, timeout=timeout, stop=stop, toolbox=toolbox, **limits)
        except AssistantFailed as error:
            self._endpoint.places.tell(error)
            raise
