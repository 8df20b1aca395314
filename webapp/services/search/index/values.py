"""What a search of either index needs, and its part of a statement."""

from __future__ import annotations

from typing import Any, NamedTuple

#: Above every message number: search from the newest.
NEWEST = 2**62


class Condition(NamedTuple):
    """A condition in SQL, and the values of its parameters.

    `{seq}` is the number of the message, and `{fence}` what keeps the planner from merging a subquery.
    """

    sql: str
    values: dict[str, Any]
