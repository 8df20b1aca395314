"""Checking the whole book: that everything is there, in its place, and as it was said.

Nothing is changed. All rows are read from one snapshot, a page at a time, so it may run beside a server and on any
number of messages. This is the operator's service: it looks at everybody's rows and shows nobody's words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.exc import DatabaseError

from webapp.errors import Unavailable
from webapp.services.verification import live, messages, search, storage, transcripts
from webapp.services.verification.values import Counts, Finding, SnapshotReader

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Counts", "Finding", "Verification"]

#: What is looked at, in this order.
_PARTS = (
    ("the storage", storage.check),
    ("the transcripts", transcripts.check),
    ("the messages", messages.check),
    ("the turns in the making", live.check),
    ("the full-text index", search.check),
)


class Verification:
    """One check of the whole book. `counts` says how much was looked at, once the findings are through."""

    def __init__(self, *, quick: bool = False) -> None:
        """Leave the dear parts out if it is to be `quick`: what messages say, and the index of it."""
        self._quick = quick
        self.counts = Counts()

    def findings(self) -> Iterator[Finding]:
        """Yield what is wrong; nothing if all is well."""
        look = SnapshotReader(self.counts, quick=self._quick)
        for name, check in _PARTS:
            try:
                yield from check(look)
            except (DatabaseError, Unavailable) as error:
                # What is broken badly cannot even be read. The other parts may be.
                look.release()
                yield Finding("unreadable", name, f"The database refuses to read this: {_reason(error)}")
        look.release()


def _reason(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error.__cause__ or error).strip().partition("\n")[0]
