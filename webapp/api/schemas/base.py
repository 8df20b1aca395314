"""Types that several schemas share."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from webapp.services.content import NAME_LIMIT

#: Marks a text whose maximum length is a setting. The OpenAPI document gets the number.
CONTENT_LIMIT = "x-content-limit"

NO_NUL = r"^[^\x00]*$"
UUID_PATTERN = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
NOT_BLANK = r"^[^\x00]*[^\x00 \t\r\n][^\x00]*$"


class In(BaseModel):
    """The body of a request. Unknown fields and wrong types are errors."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Query(BaseModel):
    """Query parameters. Texts are converted to the declared types."""

    model_config = ConfigDict(extra="forbid")


class Out(BaseModel):
    """The body of a response."""

    model_config = ConfigDict(extra="forbid")


def integral(value: Any) -> Any:
    """Return 5.0 as 5: JSON Schema counts it as an integer."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def to_utc(moment: datetime) -> datetime:
    """Return the time in UTC. Raises ValueError if its year is not 1 to 9999 there."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("the time must be in the years 1 to 9999 in UTC") from None


Content = Annotated[
    str,
    Field(
        pattern=NOT_BLANK,
        description="The Markdown source. It is stored unchanged.",
        json_schema_extra={CONTENT_LIMIT: True},
    ),
]
Name = Annotated[str, Field(pattern=NO_NUL, max_length=NAME_LIMIT)]
Idx = Annotated[int, Field(ge=-1, le=2**31 - 1), BeforeValidator(integral)]
MessageIdx = Annotated[int, Field(ge=0, le=2**31 - 1), BeforeValidator(integral)]
Moment = Annotated[AwareDatetime, AfterValidator(to_utc)]
Limit = Annotated[int, Field(ge=1, le=100)]
Cursor = Annotated[str, Field(min_length=1, max_length=400, description="The `next` of the previous page.")]
Uuid = Annotated[str, Field(json_schema_extra={"format": "uuid"})]
ExpectedLastIdx = Annotated[
    Idx,
    Field(description="The `idx` of the last message that you have seen, −1 for none. On a mismatch, it is a 409."),
]
