"""The events of a stream: one per chunk, and `[DONE]` at the end."""

from __future__ import annotations

from typing import Any

from pydantic_core import to_json

from webapp.http.events import write_event

DONE = write_event("[DONE]").encode()


def data(*chunks: dict[str, Any]) -> bytes:
    """Return the bytes of the chunks, one event per chunk."""
    return "".join(write_event(to_json(chunk).decode()) for chunk in chunks).encode()
