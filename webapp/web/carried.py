"""The transcript that a page carries in its form: a field for each message."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from flask import request
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from webapp.errors import Invalid, OtherUser
from webapp.http.authentication import current_user
from webapp.http.json_size import has_more_values
from webapp.services.carried import MOST_MESSAGES, check_carried
from webapp.services.content import NAME_LIMIT, REASON_LIMIT
from webapp.services.values import NewMessage

FIELD = "message"
#: The field with the id of the user for whom the page was made.
_USER = "user"
_MOST_VALUES = 20


_OTHER_USER = (
    "This temporary chat belongs to another account than the one that is signed in now, so nothing was sent or stored. "
    "Sign in to the first account in another tab, then continue here."
)


def page_user() -> str:
    """Return the id of the user for whom the page was made. The cookie may be another's since."""
    return request.form.get(_USER) or current_user().id


def _utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("the year must be 1 to 9999") from None


class _Carried(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    role: Literal["user", "assistant"]
    content: str
    create_time: Annotated[AwareDatetime, AfterValidator(_utc)]
    model: Annotated[str | None, Field(max_length=NAME_LIMIT)] = None
    finish_reason: Annotated[str | None, Field(max_length=REASON_LIMIT)] = None
    reasoning: str | None = None
    reasoning_seconds: Annotated[float | None, Field(ge=0, le=1_000_000, allow_inf_nan=False)] = None


def read_carried() -> list[NewMessage]:
    """Return the messages of the form in order.

    Raises OtherUser for the page of another user, and Invalid for what the page did not write.
    """
    if page_user() != current_user().id:
        raise OtherUser(_OTHER_USER)
    values = request.form.getlist(FIELD)
    # What is far too long is not worth reading.
    messages = [_read(value, place) for place, value in enumerate(values[: 2 * MOST_MESSAGES], 1)]
    check_carried(messages)
    return messages


def readable() -> list[NewMessage]:
    """Return the messages of the form up to the last whole turn that can be read, to show them again."""
    messages: list[NewMessage] = []
    for place, value in enumerate(request.form.getlist(FIELD)[:MOST_MESSAGES], 1):
        try:
            messages.append(_read(value, place))
            if place % 2 == 0:
                check_carried(messages[-2:])
        except Invalid:
            messages = messages[: place - 1]
            break
    return messages[: len(messages) // 2 * 2]


def carried_value(message: NewMessage) -> str:
    """Return the value of a message's field. It validates nothing: no answer may be lost here."""
    assert message.create_time is not None
    return _Carried.model_construct(
        role=message.role,
        content=message.content,
        create_time=message.create_time,
        model=message.model,
        finish_reason=message.finish_reason,
        reasoning=message.reasoning,
        reasoning_seconds=message.reasoning_seconds,
    ).model_dump_json(exclude_none=True)


def _parse(value: str) -> _Carried:
    """Return the message in a field. Raises ValueError."""
    # Describing a million unknown members would fill the memory.
    if has_more_values(value.encode(), _MOST_VALUES):
        raise ValueError("too many values")
    return _Carried.model_validate_json(value)


def _read(value: str, place: int) -> NewMessage:
    try:
        carried = _parse(value)
    except ValueError:
        raise Invalid.field(
            f"#/{FIELD}/{place - 1}",
            "unreadable",
            f"Message {place} of this temporary chat cannot be read: the page was changed on its way.",
        ) from None
    return NewMessage(**carried.model_dump(), pointer=f"#/{FIELD}/{place - 1}/content")
