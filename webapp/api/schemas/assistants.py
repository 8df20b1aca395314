from __future__ import annotations

from webapp.api.schemas.base import Out


class AssistantOut(Out):
    """An assistant. Its `key` selects it in requests. `connection` is the name of the connection of a model."""

    key: str
    label: str
    is_default: bool
    connection: str | None


class AssistantList(Out):
    """All assistants."""

    data: list[AssistantOut]
    next: None = None
