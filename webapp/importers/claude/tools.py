from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True, eq=False)
class Tool:
    """A use of a tool."""

    name: str
    id: str
    has_result: bool = False
    is_failed: bool = False
