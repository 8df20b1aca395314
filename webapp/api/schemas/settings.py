from __future__ import annotations

from typing import Annotated

from pydantic import MISSING, BeforeValidator, Field

from webapp.api.schemas.base import NO_NUL, In, Out, Uuid, integral

#: The service refuses longer texts with a sentence. The schema repeats the limit for clients.
Instructions = Annotated[
    str,
    Field(
        pattern=NO_NUL,
        description="Text for the model. Blanks around it are removed; a blank text is none.",
        json_schema_extra={"maxLength": 20_000},
    ),
]
Temperature = Annotated[float, Field(ge=0, le=2)]
MaxTokens = Annotated[int, Field(ge=1, le=10_000_000), BeforeValidator(integral)]


class AccountSettingsOut(Out):
    """The standing instructions of the account, null without."""

    instructions: str | None


class AccountSettingsPatch(In):
    """Changes to the settings. Null removes one."""

    instructions: Instructions | MISSING | None = MISSING


class ChatSettingsOut(Out):
    """What the next turns of a chat are made with. What is null is left to the model."""

    session_id: Uuid
    instructions: str | None
    temperature: float | None
    max_tokens: int | None


class ChatSettingsPatch(In):
    """Changes to the settings of a chat. Missing fields stay unchanged; null removes one."""

    instructions: Instructions | MISSING | None = MISSING
    temperature: Temperature | MISSING | None = MISSING
    max_tokens: MaxTokens | MISSING | None = MISSING
