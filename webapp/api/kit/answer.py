"""What a view answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from pydantic_core import to_json


@dataclass(frozen=True)
class Answer:
    """What a view answers: data as JSON (None for no body), a status and headers."""

    data: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    @cached_property
    def body(self) -> bytes:
        """Encode the data, once: for the ETag, for a key that keeps it, and for sending."""
        return b"" if self.data is None else to_json(self.data)
