"""The value that a view returns."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from pydantic_core import to_json


@dataclass(frozen=True)
class Answer:
    """A response: data for JSON (None for no body), status and headers."""

    data: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    @cached_property
    def body(self) -> bytes:
        """The encoded data. The ETag, the idempotency key and the response share it."""
        return b"" if self.data is None else to_json(self.data)
