"""The events of a stream: a chunk each, and the end that OpenAI's clients wait for."""

from __future__ import annotations

from typing import Any

from pydantic_core import to_json

DONE = b"data: [DONE]\n\n"


def data(*chunks: dict[str, Any]) -> bytes:
    """Write chunks, an event each."""
    return b"".join(b"data: " + to_json(chunk) + b"\n\n" for chunk in chunks)
