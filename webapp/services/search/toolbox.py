"""The tools that an assistant has over the transcripts of one user."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from webapp.services.search.recall import retrieve

if TYPE_CHECKING:
    from webapp.agent.values import Findings
    from webapp.services.users import CurrentUser


@dataclass(frozen=True)
class UserToolbox:
    """Implements `agent.toolbox.Toolbox` for one user."""

    user: CurrentUser
    is_stored: bool = True

    def retrieve(self, question: str) -> Findings:
        return retrieve(self.user, question)
