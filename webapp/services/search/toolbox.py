"""What a user's assistant may use: the tools over that user's own transcripts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from webapp.services.search.recall import retrieve

if TYPE_CHECKING:
    from webapp.agent.values import Findings
    from webapp.services.users import CurrentUser


@dataclass(frozen=True)
class UserToolbox:
    """The toolbox of one user, for the assistants' protocol."""

    user: CurrentUser

    def retrieve(self, question: str) -> Findings:
        """Return the user's own turns that share words with a question."""
        return retrieve(self.user, question)
