"""The protocol of assistants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from webapp.agent.toolbox import NO_TOOLS
from webapp.agent.values import Parameters

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from webapp.agent.stop import Stop
    from webapp.agent.toolbox import Toolbox
    from webapp.agent.values import Event, ProviderRefusal, Utterance


AS_USUAL = Parameters()


class AssistantFailed(Exception):
    """The assistant cannot answer. The message tells the user what happened and what to do.

    `refusal` is the provider's answer, if it answered with an error.
    """

    def __init__(self, sentence: str, refusal: ProviderRefusal | None = None) -> None:
        super().__init__(sentence)
        self.refusal = refusal


class Assistant(Protocol):
    """Answers a history. `key` identifies it in the API and the database; `label` is its name on the page."""

    @property
    def key(self) -> str: ...

    @property
    def label(self) -> str: ...

    def reply(
        self,
        history: Sequence[Utterance],
        *,
        timeout: float,
        stop: Stop | None = None,
        toolbox: Toolbox = NO_TOOLS,
        parameters: Parameters = AS_USUAL,
    ) -> Iterator[Event]:
        """Yield the events of the reply as they happen, and an End at last. Raises AssistantFailed.

        The last utterance that is not the system's is the user's. The system's may stand anywhere. Several utterances
        in a row may have the same role. `timeout` is the limit of silence in seconds: until the first sign of life, and
        between two.

        Any thread may request `stop`. The iterator should then end or raise soon; the caller accepts both. The events
        so far stay valid.
        """
