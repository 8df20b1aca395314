from __future__ import annotations

from webapp.api.schemas.base import Out


class AssistantOut(Out):
    """An assistant that can be chosen."""

    key: str
    label: str
    is_default: bool


class AssistantList(Out):
    """The assistants there are."""

    data: list[AssistantOut]
    next: None = None
