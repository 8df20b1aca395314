"""Stopping an answer: what is on the screen is kept; if nothing is yet, the question goes back to who asked it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, update

from webapp.database.transaction import leave_transaction, read_connection, writing
from webapp.services.live.ending import stop_draft
from webapp.services.live.following import outcome_of, wait_for_end
from webapp.services.live.process.runner import is_written, runner
from webapp.services.live.rows import read_live, table

if TYPE_CHECKING:
    from webapp.services.live.values import LiveTurn, Outcome
    from webapp.services.users import CurrentUser

#: The process that writes an answer heeds a wish within a fraction of a second, if it lives.
STOP_SECONDS = 4.0

_WANT = (
    update(table)
    .where(table.c.session_id == bindparam("session"), table.c.attempt == bindparam("of_attempt"))
    .values(stop_wanted=True)
)


class Stopped(NamedTuple):
    """What was stopped and how it ended."""

    live: LiveTurn
    outcome: Outcome | None


def stop(user: CurrentUser, session_id: str) -> Stopped:
    """Stop the answer that is being written, as `ask_to_stop` does, and wait for its end for `STOP_SECONDS` at most."""
    asked = ask_to_stop(user, session_id)
    if asked.outcome is not None:
        return asked
    return Stopped(asked.live, wait_for_end(user, asked.live, timeout=STOP_SECONDS))


def ask_to_stop(user: CurrentUser, session_id: str) -> Stopped:
    """Ask for the end of the answer that is being written, wherever it is written.

    Return how it ended, with None for the outcome if it has not yet. An answer whose process died cannot be stopped:
    its outcome is Failed. Raises NotFound if there is none.
    """
    live = read_live(read_connection(), user, session_id)
    leave_transaction()
    if live.state == "failed" or not is_written(live):
        return Stopped(live, outcome_of(user, live))
    draft = runner().find(session_id)
    if draft is not None and draft.live.attempt == live.attempt:
        # Not here: storing the end takes as long as the database is away.
        runner().end_aside(stop_draft, draft)
        draft.wait_for_end(STOP_SECONDS)
        return Stopped(live, draft.outcome)
    with writing() as connection:
        connection.execute(_WANT, {"session": session_id, "of_attempt": live.attempt})
    return Stopped(live, None)
