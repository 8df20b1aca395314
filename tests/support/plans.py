"""What the database is about to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.cast import plan, statements

if TYPE_CHECKING:
    from collections.abc import Callable

#: What a plan says of a table that is read from one end to the other.
SCANS = ("Seq Scan on sessions", "Seq Scan on messages", "Seq Scan on session_messages", "SCAN sessions", "SCAN messages", "SCAN session_messages")  # fmt: skip


def plans(act: Callable[[], object]) -> list[str]:
    """The plans of the statements that an action sends."""
    with statements() as sent:
        act()
    return [plan(statement) for statement in sent]
