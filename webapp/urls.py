"""URLs that several packages build."""

from __future__ import annotations

from uuid import UUID

from werkzeug.routing.converters import UUIDConverter


class IdConverter(UUIDConverter):
    """`<id:name>` in a URL rule: a UUID in any case, passed on in canonical form. Anything else is a 404."""

    def to_python(self, value: str) -> str:  # type: ignore[override]
        return str(UUID(value))

    def to_url(self, value: str | UUID) -> str:
        return str(value)


def session_path(session_id: str) -> str:
    return f"/sessions/{session_id}"


def minute_path(session_id: str, idx: int) -> str:
    """Return the permalink of a message: its page with the message in view. `idx` 12 is minute 13."""
    return f"/sessions/{session_id}?around={idx}#m-{idx + 1}"


def message_path(message_id: str) -> str:
    """Return a message's permanent URL. It redirects to the present permalink."""
    return f"/messages/{message_id}"


def message_api_path(session_id: str, idx: int) -> str:
    return f"/api/v1/sessions/{session_id}/messages/{idx}"


def session_api_path(session_id: str) -> str:
    return f"/api/v1/sessions/{session_id}"
