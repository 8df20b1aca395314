"""What an assistant is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from webapp.agent.values import Event, Utterance


class AssistantFailed(Exception):
    """The assistant cannot answer. The text is a sentence for the user: what happened and what to do."""


class Assistant(Protocol):
    """Answers a history. `key` names it in the API and in the database, `label` to people."""

    @property
    def key(self) -> str:
        """Name it to machines."""

    @property
    def label(self) -> str:
        """Name it to people."""

    def reply(self, history: Sequence[Utterance], *, timeout: float) -> Iterator[Event]:
        """Yield the reply's text as it comes and an End at last.

        The history's last utterance is the user's. `timeout` is in seconds, for the whole reply. Raises
        AssistantFailed.
        """
