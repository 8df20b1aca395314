from __future__ import annotations

from datetime import datetime
from typing import Literal

from webapp.api.schemas.base import Out, Uuid


class AppOut(Out):
    """A connected app: what the user allowed it by OAuth. `host` is where it takes its user back to."""

    id: Uuid
    name: str
    host: str
    scope: Literal["read", "read write"]
    resource: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    used_from: str | None


class AppList(Out):
    """All connected apps, newest first."""

    data: list[AppOut]
    next: None
