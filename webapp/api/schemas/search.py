from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from webapp.api.schemas.base import Cursor, Limit, Out, Query, Uuid


class HitOut(Out):
    """A message that contains every word of the query."""

    session_id: Uuid
    title: str
    archived: bool
    idx: int
    message_id: Uuid
    role: Literal["user", "assistant"]
    create_time: datetime
    snippet: str
    matches: Annotated[
        list[tuple[int, int]],
        Field(description="The ranges of the snippet that match: [start, end), in characters."),
    ]
    url: str
    html_url: str


class HitList(Out):
    """A page of hits, newest first."""

    data: list[HitOut]
    next: str | None


class SearchQuery(Query):
    """A search query."""

    q: Annotated[
        str,
        Field(
            max_length=200,
            pattern=r"^[^\x00]*$",
            description="Words. A hit contains all of them; the last word also matches as a prefix.",
        ),
    ]
    include_archivist: Annotated[
        bool, Field(description="Include answers of the archivist, and the questions put to it.")
    ] = False
    cursor: Cursor | None = None
    limit: Limit = 20
