"""The scribe: writes the text and the heartbeat of every reply of this process, all of them in one transaction.

The writers themselves touch no database while they write: two hundred replies cost one commit a tick.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, update
from sqlalchemy.exc import SQLAlchemyError

from webapp.errors import Busy
from webapp.models.ids import utc_now
from webapp.services.live.ending import let_go, stop_draft
from webapp.services.live.rows import table
from webapp.services.transaction import writing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.services.live.draft import Draft

log = logging.getLogger(__name__)

TICK_SECONDS = 0.25
_HEARTBEAT_SECONDS = 2.0

_of_attempt = (
    (table.c.session_id == bindparam("session"))
    & (table.c.attempt == bindparam("of_attempt"))
    & (table.c.state == "writing")
)
_KEEP = update(table).where(_of_attempt).values(partial=bindparam("text"), heartbeat_at=bindparam("now"))
_WANTED = select(table.c.attempt, table.c.stop_wanted).where(
    table.c.session_id.in_(bindparam("sessions", expanding=True)), table.c.state == "writing"
)


class Scribe:
    """Remembers what of each draft is in its row."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[int, float]] = {}

    def keep(self, drafts: Sequence[Draft]) -> None:
        """Write what is new, and heed what others wrote: a stop that is wanted, a row that is gone.

        A database that is busy is tried again at the next tick.
        """
        drafts = [draft for draft in drafts if not draft.is_claimed]
        if not drafts:
            return
        try:
            wanted = self._exchange(drafts)
        except (Busy, SQLAlchemyError) as error:
            log.warning("Replies in the making could not be written down: %s", error)
            return
        except Exception:
            # Without the scribe every reply of this process would be taken for dead.
            log.exception("Replies in the making could not be written down")
            return
        for draft in drafts:
            if draft.live.attempt not in wanted:
                let_go(draft)
            elif wanted[draft.live.attempt]:
                stop_draft(draft)

    def _exchange(self, drafts: Sequence[Draft]) -> dict[str, bool]:
        """Write, and return the attempts that are still wanted with whether they are to stop."""
        now = time.monotonic()
        due = [draft for draft in drafts if self._is_due(draft, now)]
        with writing() as connection:
            lengths = {}
            rows = []
            for draft in due:
                text = draft.text()
                lengths[draft.live.attempt] = len(text)
                rows.append(
                    {
                        "session": draft.live.session_id,
                        "of_attempt": draft.live.attempt,
                        "text": text,
                        "now": utc_now(),
                    }
                )
            if rows:
                connection.execute(_KEEP, rows)
            found = connection.execute(_WANTED, {"sessions": [draft.live.session_id for draft in drafts]}).all()
        running = {draft.live.attempt for draft in drafts}
        self._kept = {a: kept for a, kept in self._kept.items() if a in running}
        self._kept |= {attempt: (length, now) for attempt, length in lengths.items()}
        return {row.attempt: row.stop_wanted for row in found}

    def _is_due(self, draft: Draft, now: float) -> bool:
        length, at = self._kept.get(draft.live.attempt, (0, float("-inf")))
        return draft.length != length or now - at > _HEARTBEAT_SECONDS
