"""Types that several shapes share."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

#: Marks a text whose greatest length is a setting; the document names it.
CONTENT_LIMIT = "x-content-limit"

NO_NUL = r"^[^\x00]*$"
NOT_BLANK = r"^[^\x00]*[^\x00 \t\r\n][^\x00]*$"


class In(BaseModel):
    """What comes in as a body: unknown fields and wrong types are refused."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Query(BaseModel):
    """Query parameters: text that is read as what it should be."""

    model_config = ConfigDict(extra="forbid")


class Out(BaseModel):
    """What goes out."""

    model_config = ConfigDict(extra="forbid")


def integral(value: Any) -> Any:
    """Let 5.0 be the integer that JSON Schema says it is."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def in_calendar(moment: datetime) -> datetime:
    """Return the instant in UTC; refuse one that has no date there."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("the time lies outside the years 1 to 9999 in UTC") from None


Content = Annotated[
    str,
    Field(
        pattern=NOT_BLANK,
        description="Markdown source, kept to the letter.",
        json_schema_extra={CONTENT_LIMIT: True},
    ),
]
Name = Annotated[str, Field(pattern=NO_NUL, max_length=200)]
Idx = Annotated[int, Field(ge=-1, le=2**31 - 1), BeforeValidator(integral)]
Place = Annotated[int, Field(ge=0, le=2**31 - 1), BeforeValidator(integral)]
Moment = Annotated[AwareDatetime, AfterValidator(in_calendar)]
Limit = Annotated[int, Field(ge=1, le=100)]
Cursor = Annotated[str, Field(min_length=1, max_length=400, description="`next` of the page before.")]
Uuid = Annotated[str, Field(json_schema_extra={"format": "uuid"})]
ExpectedLastIdx = Annotated[
    Idx, Field(description="The `idx` of the last message you have seen, −1 for none; another one is a 409.")
]
