"""The events of a stream: a chunk each, and the end that OpenAI's clients wait for."""

from __future__ import annotations

from typing import Any

from pydantic_core import to_json

from webapp.http.events import write_event

DONE = write_event("[DONE]").encode()


def data(*chunks: dict[str, Any]) -> bytes:
    """Write chunks, an event each."""
    return "".join(write_event(to_json(chunk).decode()) for chunk in chunks).encode()
