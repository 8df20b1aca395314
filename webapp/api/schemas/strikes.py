from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from webapp.api.schemas.base import Out, Uuid


class StrikeOut(Out):
    """A message whose text was removed."""

    message_id: Uuid
    struck_at: datetime
    also_struck: Annotated[
        list[Uuid], Field(description="The answers whose text was removed with it, because they repeated it.")
    ]
    url: str
