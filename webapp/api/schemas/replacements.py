from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from webapp.api.schemas.base import Out, Uuid


class ReplacementOut(Out):
    """A change that replaced the messages of a session from `first_idx` on."""

    id: Uuid
    kind: Literal["edit", "regenerate", "undo"]
    made_at: datetime
    expires_at: datetime
    first_idx: int
    replaced_count: int
    can_undo: Annotated[bool, Field(description="Whether the session is still as the change left it.")]
    url: Annotated[str, Field(description="POST to `/undo` or `/fork` below it.")]


class ReplacementList(Out):
    """The replacements of a session, newest first."""

    data: list[ReplacementOut]
