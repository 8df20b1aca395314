from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from webapp.api.schemas.base import Out, Uuid


class InstructionOut(Out):
    """A fact of a transcript: what the assistant was given from the message at `at_idx` on.

    A later one with the same `origin`, `position` and `number` takes its place.
    """

    at_idx: int
    origin: Annotated[
        Literal["user", "tag", "chat", "client"],
        Field(
            description="Standing for all chats of the user, of a tag of this chat, of this chat, or sent by a client "
            "of `/v1`."
        ),
    ]
    role: Literal["system", "developer"]
    position: Annotated[int, Field(description="The number of messages before it in what the assistant was given.")]
    number: Annotated[
        int,
        Field(
            description="Its number among those of the same origin and position, from 0. It is −1 for the "
            "`instructions` of a response, which hold for that response alone."
        ),
    ]
    content: Annotated[str | None, Field(description="Null if there is none from here on, empty if it was removed.")]
    text_id: Annotated[Uuid | None, Field(description="The id of the text, for its removal.")]
    created_at: datetime
    struck_at: Annotated[datetime | None, Field(description="When the text was removed.")]


class InstructionStrikeOut(Out):
    """A text of instructions that was removed."""

    text_id: Uuid
    struck_at: datetime
