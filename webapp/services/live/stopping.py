"""Stopping an answer: the text so far is stored; if there is none, the turn is discarded."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, update

from webapp.database.transaction import leave_transaction, read_connection, writing
from webapp.services.live.ending import stop_draft
from webapp.services.live.following import outcome_of
from webapp.services.live.process.pool import is_written, runner
from webapp.services.live.rows import read_live, table

if TYPE_CHECKING:
    from webapp.services.live.values import LiveTurn, Outcome
    from webapp.services.users import CurrentUser

#: The process that writes an answer reads the request to stop within a fraction of a second, if it lives.
STOP_SECONDS = 4.0

_REQUEST_STOP = (
    update(table)
    .where(table.c.session_id == bindparam("session"), table.c.attempt == bindparam("of_attempt"))
    .values(stop_wanted=True)
)


class Stopped(NamedTuple):
    """What was stopped and how it ended."""

    live: LiveTurn
    outcome: Outcome | None


def stop(user: CurrentUser, session_id: str) -> Stopped:
    """Ask the process that writes the answer to stop it, whichever that is.

    Return how it ended, with None for the outcome if it has not ended yet: wait for it for `STOP_SECONDS` then. An
    answer whose process died cannot be stopped: its outcome is Failed. Raises NotFound if there is none.
    """
    live = read_live(read_connection(), user, session_id)
    leave_transaction()
    if live.state == "failed" or not is_written(live):
        return Stopped(live, outcome_of(user, live))
    draft = runner().find(session_id)
    if draft is not None and draft.live.attempt == live.attempt:
        # In another thread: storing the end takes as long as the database is away.
        runner().run_aside(stop_draft, draft)
        draft.wait_for_end(STOP_SECONDS)
        return Stopped(live, draft.outcome)
    with writing() as connection:
        connection.execute(_REQUEST_STOP, {"session": session_id, "of_attempt": live.attempt})
    return Stopped(live, None)
