"""Stopping an answer: what is on the screen is kept; if nothing is yet, the question goes back to who asked it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, update

from webapp.extensions import db
from webapp.services.live.ending import stop_draft
from webapp.services.live.following import outcome_of
from webapp.services.live.rows import read_live, table
from webapp.services.live.runner import is_written, runner
from webapp.services.transaction import leave_transaction, writing

if TYPE_CHECKING:
    from webapp.services.live.values import LiveTurn, Outcome
    from webapp.services.users import CurrentUser

_WAIT_SECONDS = 10.0
_ASK_EVERY = 0.1

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
    """Stop the answer that is being written, wherever it is written, and return how it ended.

    An answer whose process died cannot be stopped: its outcome is Failed. Raises NotFound if there is none.
    """
    live = read_live(db.session.connection(), user, session_id)
    leave_transaction()
    if live.state == "failed" or not is_written(live):
        return Stopped(live, outcome_of(user, live))
    draft = runner().find(session_id)
    if draft is not None and draft.live.attempt == live.attempt:
        stop_draft(draft)
        draft.wait_for_end(_WAIT_SECONDS)
        return Stopped(live, draft.outcome)
    with writing() as connection:
        connection.execute(_WANT, {"session": session_id, "of_attempt": live.attempt})
    return Stopped(live, _await(user, live))


def _await(user: CurrentUser, live: LiveTurn) -> Outcome | None:
    """Wait until the process that writes it has heeded the wish."""
    deadline = time.monotonic() + _WAIT_SECONDS
    outcome = None
    while outcome is None and time.monotonic() < deadline:
        time.sleep(_ASK_EVERY)
        outcome = outcome_of(user, live)
    return outcome
