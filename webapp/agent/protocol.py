"""What an assistant is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from webapp.agent.toolbox import NO_TOOLS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from webapp.agent.stop import Stop
    from webapp.agent.toolbox import Toolbox
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

    def reply(
        self,
        history: Sequence[Utterance],
        *,
        timeout: float,
        stop: Stop | None = None,
        toolbox: Toolbox = NO_TOOLS,
    ) -> Iterator[Event]:
        """Yield the reply's text as it comes and an End at last; in between, whatever else happens.

        The history's last utterance is the user's; a system's may be at its head. One role may speak several
        times in a row. `timeout` is in seconds, for the whole reply. `toolbox` is the user's. Raises AssistantFailed.

        When `stop` is asked, from whatever thread, nobody wants the rest: what was yielded so far stands, and the
        iterator ends or raises soon, as it likes. A caller that asked does not care which.
        """
