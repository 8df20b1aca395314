"""Paths of the app's own that more than one room needs to know. They are without the prefix it may run below.

What is stored holds these. Pages write addresses with `url_for`; the API puts the prefix before them when it answers.
"""

from __future__ import annotations

from uuid import UUID

from werkzeug.routing.converters import UUIDConverter

SESSIONS = "/sessions"
ACCOUNT = "/account"
CONFIRMATION = "/account/confirmation"
SIGN_IN = "/sign-in"
SIGN_OUT = "/sign-out"
SETUP = "/setup"
ASSETS = "/assets"
API = "/api/v1"
#: Where programs ask: the API, and what speaks OpenAI's protocol.
FOR_PROGRAMS = ("/api/", "/v1/")
OPENAI_COMPATIBLE = "/v1/"
#: Probes ask the server itself, and know nothing of the prefix.
PROBES = frozenset({"/healthz", "/readyz"})


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
    return f"{SESSIONS}/{session_id}"


def minute_path(session_id: str, idx: int) -> str:
    """Return the permalink of a message: its page, with the message in view. `idx` 12 has the number 13."""
    return f"{SESSIONS}/{session_id}?around={idx}#m-{idx + 1}"


def message_path(message_id: str) -> str:
    """Return the address of a message that holds wherever it stands: it leads to its permalink."""
    return f"/messages/{message_id}"


def message_api_path(session_id: str, idx: int) -> str:
    """Return the JSON resource of a message at its place."""
    return f"{API}/sessions/{session_id}/messages/{idx}"


def session_api_path(session_id: str) -> str:
    """Return the JSON resource of a chat session."""
    return f"{API}/sessions/{session_id}"


def problem_path(code: str) -> str:
    """Return where a kind of refusal is described."""
    return f"{API}/docs#{code}"
