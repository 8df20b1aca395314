"""The tools that an assistant may use on the user's behalf."""

from __future__ import annotations

from typing import Protocol

from webapp.agent.values import Findings


class Toolbox(Protocol):
    """Tools that see what one user may see, and nothing else. Safe to use from the thread that writes the reply."""

    def retrieve(self, question: str) -> Findings:
        """Return the user's own turns that share words with a question."""


class NoTools:
    """The toolbox of a user who has no transcripts."""

    def retrieve(self, question: str) -> Findings:  # noqa: ARG002 - the protocol's
        """Find nothing."""
        return Findings()


NO_TOOLS = NoTools()
