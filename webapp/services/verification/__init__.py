"""Verification of the whole database: every message present, in its place and unchanged.

Nothing is changed. All rows are read page by page from one snapshot, so it may run beside a server and on any number of
messages. It is the operator's service: it reads all users' rows and prints no content.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.exc import DatabaseError

from webapp.errors import Unavailable
from webapp.services.verification import (
    files,
    instructions,
    live,
    messages,
    replacements,
    search,
    storage,
    tags,
    transcripts,
)
from webapp.services.verification.values import Counts, Finding, SnapshotReader

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Counts", "Finding", "Verification"]

#: The parts, in the order in which they run.
_PARTS = (
    ("the storage", storage.check),
    ("the transcripts", transcripts.check),
    ("the replaced messages", replacements.check),
    ("the instructions", instructions.check),
    ("the tags", tags.check),
    ("the messages", messages.check),
    ("the files", files.check),
    ("the turns in the making", live.check),
    ("the full-text index", search.check),
)


class Verification:
    """One check of the whole database. `counts` has the number of checked rows after `findings` is exhausted."""

    def __init__(self, *, quick: bool = False) -> None:
        """Skip message contents and the full-text index, the expensive parts, if `quick`."""
        self._quick = quick
        self.counts = Counts()

    def findings(self) -> Iterator[Finding]:
        reader = SnapshotReader(self.counts, quick=self._quick)
        for name, check in _PARTS:
            try:
                yield from check(reader)
            except (DatabaseError, Unavailable) as error:
                # Badly damaged tables cannot be read. The other parts may be readable.
                reader.release()
                yield Finding("unreadable", name, f"The database refuses to read this: {_reason(error)}")
        reader.release()


def _reason(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error.__cause__ or error).strip().partition("\n")[0]
