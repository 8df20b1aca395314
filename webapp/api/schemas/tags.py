from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import MISSING, Field

from webapp.api.schemas.base import NO_NUL, In, Out, Uuid
from webapp.api.schemas.settings import Instructions

#: The service refuses longer names with a sentence. The schema repeats the limit for clients.
TagName = Annotated[
    str,
    Field(
        pattern=NO_NUL,
        description="Unique among the user's tags without case and accents. Blanks around it are removed.",
        json_schema_extra={"maxLength": 60},
    ),
]
TagNames = Annotated[list[TagName], Field(description="New names are made.", json_schema_extra={"maxItems": 50})]


class TagLabel(Out):
    """A tag of a chat session."""

    id: Uuid
    name: str


class TagOut(TagLabel):
    """A tag. Its instructions, null without, go to the model in each chat with the tag."""

    url: str
    html_url: str
    instructions: str | None
    created_at: datetime


class CountedTag(TagLabel):
    """A tag in the list."""

    url: str
    html_url: str
    session_count: Annotated[int, Field(description="The number of its sessions that are not archived.")]
    has_instructions: bool
    created_at: datetime


class TagList(Out):
    """All tags in the order of their names. `next` is always null: there are at most 1,000."""

    data: list[CountedTag]
    next: None


class TagIn(In):
    """A new tag."""

    name: TagName
    instructions: Instructions | None = None


class TagPatch(In):
    """Changes to a tag (RFC 7396). Missing fields stay unchanged; null removes the instructions."""

    name: TagName | MISSING = MISSING
    instructions: Instructions | MISSING | None = MISSING
