"""OpenAPI links from an operation that returns a session to the operations on this session."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_SESSION_OPERATIONS = (
    "sessions_show",
    "sessions_update",
    "sessions_destroy",
    "messages_index",
    "turns_create",
    "retries_create",
    "edits_create",
    "forks_create",
)


def session_links(session_id: str) -> Mapping[str, Mapping[str, str]]:
    """Return the links. `session_id` is an OpenAPI runtime expression, such as `$response.body#/id`."""
    return {operation: {"session_id": session_id} for operation in _SESSION_OPERATIONS}
