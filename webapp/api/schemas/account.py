from __future__ import annotations

from datetime import datetime

from webapp.api.schemas.base import Cursor, Limit, Out, Query, Uuid


class AccountOut(Out):
    """Whom the token acts for."""

    id: Uuid
    name: str
    is_admin: bool


class EventOut(Out):
    """Something that was done with the account, or tried: by which way and from where. Never what was said."""

    id: Uuid
    at: datetime
    kind: str
    via: str
    address: str
    about: str


class EventList(Out):
    """A page of the account's trail, newest first."""

    data: list[EventOut]
    next: str | None


class EventsQuery(Query):
    """Where in the trail."""

    cursor: Cursor | None = None
    limit: Limit = 50
