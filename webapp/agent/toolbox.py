"""The tools that an assistant may call for the user."""

from __future__ import annotations

from typing import Protocol

from webapp.agent.values import Findings


class Toolbox(Protocol):
    """Tools with access to the data of one user only. The thread that writes the reply may call them.

    `is_stored` says whether the conversation is stored.
    """

    @property
    def is_stored(self) -> bool: ...

    def retrieve(self, question: str) -> Findings:
        """Return the user's turns that share words with a question."""


class NoTools:
    """The toolbox of a user who has no transcripts."""

    is_stored = True

    def retrieve(self, question: str) -> Findings:  # noqa: ARG002 - the protocol's
        return Findings()


NO_TOOLS = NoTools()
