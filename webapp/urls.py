"""Paths that several packages build. They are without the URL prefix that the app may run below.

Stored data holds these paths. Pages build URLs with `url_for`; the API adds the prefix to its answers.
"""

from __future__ import annotations

from uuid import UUID

from werkzeug.routing.converters import UUIDConverter

SESSIONS = "/sessions"
TAGS = "/tags/"
ACCOUNT = "/account"
CONFIRMATION = "/account/confirmation"
SIGN_IN = "/sign-in"
SIGN_OUT = "/sign-out"
SETUP = "/setup"
ASSETS = "/assets"
#: Where administrators connect models. The archivist's sentences link to it.
MODELS = "/settings/models"
API = "/api/v1"
#: The prefixes of the doors for programs. The next version of the API is of the same door.
API_DOOR = "/api/"
OPENAI_COMPATIBLE = "/v1/"
#: The address of the Model Context Protocol, and the prefix of its door.
MCP = "/mcp"
#: Probes ask the server itself, and know nothing of the prefix.
PROBES = frozenset({"/healthz", "/readyz"})


class IdConverter(UUIDConverter):
    """`<id:name>` in a URL rule: a UUID in any case, passed on in canonical form. Anything else is a 404."""

    def to_python(self, value: str) -> str:  # type: ignore[override]
        return str(UUID(value))

    def to_url(self, value: str | UUID) -> str:
        return str(value)


def session_path(session_id: str) -> str:
    return f"{SESSIONS}/{session_id}"


def minute_path(session_id: str, idx: int) -> str:
    """Return the permalink of a message: its page, with the message in view. `idx` 12 has the number 13."""
    return f"{SESSIONS}/{session_id}?around={idx}#m-{idx + 1}"


def message_path(message_id: str) -> str:
    """Return a message's permanent URL. It redirects to the present permalink."""
    return f"/messages/{message_id}"


def message_api_path(session_id: str, idx: int) -> str:
    return f"{API}/sessions/{session_id}/messages/{idx}"


def message_lookup_api_path(message_id: str) -> str:
    """Return the API's URL that redirects to a message's present place."""
    return f"{API}/messages/{message_id}"


def session_api_path(session_id: str) -> str:
    return f"{API}/sessions/{session_id}"


def tag_path(tag_id: str) -> str:
    """Return the path of a tag's chats."""
    return f"{TAGS}{tag_id}"


def file_api_path(file_id: str) -> str:
    return f"{API}/files/{file_id}"


def problem_path(code: str) -> str:
    """Return the path of the description of an error code."""
    return f"{API}/docs#{code}"


def import_path(import_id: str) -> str:
    return f"/imports/{import_id}"


def import_api_path(import_id: str) -> str:
    return f"{API}/imports/{import_id}"
