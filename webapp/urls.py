"""Addresses that more than one room needs to know."""

from __future__ import annotations

from uuid import UUID

from werkzeug.routing.converters import UUIDConverter


class IdConverter(UUIDConverter):
    """`<id:name>` in a rule: a UUID in any case, handed on as canonical text. Anything else is a 404."""

    def to_python(self, value: str) -> str:  # type: ignore[override]
        """Normalize the id."""
        return str(UUID(value))

    def to_url(self, value: str | UUID) -> str:
        """Write the id."""
        return str(value)


def session_path(session_id: str) -> str:
    """Return the page of a chat session."""
    return f"/sessions/{session_id}"


def minute_path(session_id: str, idx: int) -> str:
    """Return the permalink of a message: its page, with the message in view. `idx` 12 is minute 13."""
    return f"/sessions/{session_id}?around={idx}#m-{idx + 1}"


def message_path(message_id: str) -> str:
    """Return the address of a message that holds wherever it stands: it leads to its permalink."""
    return f"/messages/{message_id}"


def message_api_path(session_id: str, idx: int) -> str:
    """Return the JSON resource of a message at its place."""
    return f"/api/v1/sessions/{session_id}/messages/{idx}"


def session_api_path(session_id: str) -> str:
    """Return the JSON resource of a chat session."""
    return f"/api/v1/sessions/{session_id}"
