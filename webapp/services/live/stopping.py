"""Stop an answer. The text so far is stored; without text the turn is discarded."""

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

#: A live process reads the request to stop within a fraction of a second.
STOP_SECONDS = 4.0

_REQUEST_STOP = (
    update(table)
    .where(table.c.session_id == bindparam("session"), table.c.attempt == bindparam("of_attempt"))
    .values(stop_wanted=True)
)


class Stopped(NamedTuple):
    """A stopped live turn. `outcome` is None if it has not ended yet."""

    live: LiveTurn
    outcome: Outcome | None


def stop(user: CurrentUser, session_id: str) -> Stopped:
    """Ask the process that writes the answer to stop it.

    If the outcome is None, the caller should wait for it for `STOP_SECONDS`. An answer whose process died cannot be
    stopped: its outcome is Failed. Raises NotFound if the session has no live turn.
    """
    live = read_live(read_connection(), user, session_id)
    leave_transaction()
    if live.state == "failed" or not is_written(live):
        return Stopped(live, outcome_of(user, live))
    draft = runner().find(session_id)
    if draft is not None and draft.live.attempt == live.attempt:
        # In another thread, because storing the end waits for a database that is down.
        runner().run_in_background(stop_draft, draft)
        draft.wait_for_end(STOP_SECONDS)
        return Stopped(live, draft.outcome)
    with writing() as connection:
        connection.execute(_REQUEST_STOP, {"session": session_id, "of_attempt": live.attempt})
    return Stopped(live, None)
