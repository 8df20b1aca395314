from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from webapp.api.schemas.base import Cursor, Limit, Out, Query, Uuid
from webapp.api.schemas.files import StorageOut


class AccountOut(Out):
    """The account of the token."""

    id: Uuid
    name: str
    is_admin: bool
    storage: StorageOut
    mcp_url: Annotated[str, Field(description="The address for assistants (Model Context Protocol).")]


class EventOut(Out):
    """An entry of the audit log: an action or an attempt, with client and address. It never contains content."""

    id: Uuid
    at: datetime
    kind: str
    via: str
    address: str
    about: str


class EventList(Out):
    """A page of the audit log, newest first."""

    data: list[EventOut]
    next: str | None


class EventsQuery(Query):
    """A position in the audit log."""

    cursor: Cursor | None = None
    limit: Limit = 50
