"""Writes the text and the heartbeat of every reply of this process in one transaction.

The writer threads do not use the database while they write, so two hundred replies cost one commit a tick.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, Float, Integer, Text, bindparam, cast, column, func, select, update
from sqlalchemy.exc import SQLAlchemyError

from webapp.database.transaction import writing
from webapp.database.types import Id
from webapp.errors import Unavailable
from webapp.ids import utc_now
from webapp.observability.exceptions import describe_exception
from webapp.services.heartbeats import HEARTBEAT_SECONDS
from webapp.services.live.ending import abandon, stop_draft
from webapp.services.live.listeners import gone_before
from webapp.services.live.rows import table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Connection, Function

    from webapp.services.live.process.draft import Draft
    from webapp.services.live.values import Thought

log = logging.getLogger(__name__)


class _Statements:
    """The two statements of a tick.

    Each takes all attempts as one JSON parameter. With a parameter row for each attempt, the thread would wait for the
    interpreter's lock at every row: seconds while two hundred replies stream.
    """

    def __init__(self, each: Function[Any]) -> None:
        ours = each.table_valued(column("key", Text), column("value", Text), name="ours")
        is_ours = (table.c.attempt == cast(ours.c.key, Id)) & (table.c.state == "writing")
        self.flush = update(table).where(is_ours).values(partial=ours.c.value, heartbeat_at=bindparam("now"))
        self.reasoning = update(table).where(is_ours).values(reasoning=ours.c.value)
        self.seconds = update(table).where(is_ours).values(reasoning_seconds=cast(ours.c.value, Float))
        self.restarts = update(table).where(is_ours).values(restarts=cast(ours.c.value, Integer))
        is_left = table.c.gone_at.is_not(None) & (table.c.gone_at < bindparam("gone_before"))
        is_to_stop = table.c.stop_wanted | is_left
        self.news = (
            select(ours.c.key, is_to_stop.label("stop"))
            .select_from(ours.outerjoin(table, is_ours))
            .where(table.c.attempt.is_(None) | is_to_stop)
        )


_texts = bindparam("texts", type_=JSON)
_STATEMENTS = {
    "sqlite": _Statements(func.json_each(_texts)),
    "postgresql": _Statements(func.json_each_text(_texts)),
}


class DraftFlusher:
    """Remembers the flushed version of each draft. `carry_out` ends a draft without blocking the flusher."""

    def __init__(self, carry_out: Callable[[Callable[[Draft], None], Draft], None] | None = None) -> None:
        self._flushed: dict[str, tuple[int, float]] = {}
        self._thought: dict[str, int] = {}
        self._is_cut_off = False
        self._carry_out = carry_out or (lambda end, draft: end(draft))

    def flush(self, drafts: Sequence[Draft]) -> None:
        """Write new text and heartbeats, and end the drafts that other processes stopped or removed.

        After an outage the next tick tries again. A draft that has ended but is not stored yet is written too, so that
        no other process takes it for dead and its row has all the text if this process dies.
        """
        drafts = [draft for draft in drafts if draft.outcome is None]
        if not drafts:
            return
        try:
            news = self._exchange(drafts)
        except (Unavailable, SQLAlchemyError) as error:
            if not self._is_cut_off:
                log.warning("Unfinished replies could not be saved: %s", describe_exception(error))
            self._is_cut_off = True
            return
        except Exception:
            # Without heartbeats other processes would take all replies of this one for dead.
            log.exception("Unfinished replies could not be saved")
            return
        self._is_cut_off = False
        for draft in drafts:
            if draft.live.attempt in news and not draft.is_claimed:
                self._carry_out(stop_draft if news[draft.live.attempt] else abandon, draft)

    def _exchange(self, drafts: Sequence[Draft]) -> dict[str, bool]:
        """Write the drafts, and return the attempts to end: True for one to stop, False for one whose row is gone."""
        now = time.monotonic()
        # The versions first, so that a change in between is written by the next tick.
        versions = {draft.live.attempt: draft.version for draft in drafts}
        texts = {draft.live.attempt: draft.text() for draft in drafts if self._is_due(draft, now)}
        thoughts = {draft.live.attempt: draft.thought() for draft in drafts if self._thinks_anew(draft)}
        running = dict.fromkeys(draft.live.attempt for draft in drafts)
        with writing() as connection:
            statements = _STATEMENTS[connection.dialect.name]
            if texts:
                connection.execute(statements.flush, {"texts": texts, "now": utc_now()})
            _flush_thoughts(connection, statements, thoughts)
            rows = connection.execute(statements.news, {"texts": running, "gone_before": gone_before()}).all()
        self._flushed = {attempt: state for attempt, state in self._flushed.items() if attempt in running}
        self._flushed |= {attempt: (versions[attempt], now) for attempt in texts}
        self._thought = {attempt: length for attempt, length in self._thought.items() if attempt in running}
        self._thought |= {attempt: len(thought.text) for attempt, thought in thoughts.items()}
        return {row.key: bool(row.stop) for row in rows}

    def _thinks_anew(self, draft: Draft) -> bool:
        return self._thought.get(draft.live.attempt, 0) != draft.reasoning_length

    def _is_due(self, draft: Draft, now: float) -> bool:
        version, at = self._flushed.get(draft.live.attempt, (0, float("-inf")))
        return draft.version != version or now - at > HEARTBEAT_SECONDS


def _flush_thoughts(connection: Connection, statements: _Statements, thoughts: Mapping[str, Thought]) -> None:
    """Write the reasoning of the attempts that think. Most ticks have none."""
    if not thoughts:
        return
    connection.execute(statements.reasoning, {"texts": {attempt: each.text for attempt, each in thoughts.items()}})
    connection.execute(statements.seconds, {"texts": {attempt: each.seconds for attempt, each in thoughts.items()}})
    if restarts := {attempt: each.restarts for attempt, each in thoughts.items() if each.restarts}:
        connection.execute(statements.restarts, {"texts": restarts})
