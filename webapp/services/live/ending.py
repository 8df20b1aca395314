"""How a draft ends: stored, failed, stopped, interrupted or abandoned. Only the first caller ends it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from webapp.agent.values import End
from webapp.database.failures import OUTAGE_ERRORS
from webapp.database.transaction import leave_transaction, read_connection
from webapp.services.content import BLANK
from webapp.services.live.discarding import discard_attempt
from webapp.services.live.process.pool import runner
from webapp.services.live.process.signals import STOPPED, ending_of, notifier
from webapp.services.live.storing import outcome_without_row, store_failure, store_turn
from webapp.services.live.titling import needs_title, title_chat
from webapp.services.live.values import Failed
from webapp.services.values import ChatResult
from webapp.services.workers.retrying import AttemptSuperseded, store_with_retries

if TYPE_CHECKING:
    from collections.abc import Callable

    from webapp.errors import AppError
    from webapp.services.live.process.draft import Draft
    from webapp.services.live.values import Outcome

log = logging.getLogger(__name__)

INTERRUPTED = "The server stopped before the answer was complete. Nothing was stored. Retry or discard your message."


def store_draft(draft: Draft, end: End) -> None:
    """Store the draft as messages."""
    if draft.claim():
        _conclude(draft, lambda: store_turn(draft.user, draft.live, draft.text(), end))


def fail_draft(draft: Draft, error: AppError) -> None:
    """End a draft whose assistant failed."""
    if draft.claim():
        _conclude(draft, lambda: _store_failure(draft, Failed.of(error)))


def refuse_draft(draft: Draft, error: AppError) -> None:
    """End a draft for which no thread can be started. The failure is stored in one try, without a wait."""
    if not draft.claim():
        return
    try:
        outcome = _store_failure(draft, Failed.of(error))
    except AttemptSuperseded as superseded:
        outcome = superseded.outcome
    except OUTAGE_ERRORS:
        # The row's heartbeat stops here, so the user can try again.
        outcome = Failed.of(error)
    draft.end(outcome)


def stop_draft(draft: Draft) -> None:
    """End a draft with the text so far, or discard the turn if there is none."""
    if not draft.claim():
        return
    if not draft.text().strip(BLANK):
        _conclude(draft, lambda: discard_attempt(draft.user, draft.live))
        return
    key = draft.live.assistant
    end = End(model=key.partition(":")[2] or key, finish_reason=STOPPED)
    _conclude(draft, lambda: store_turn(draft.user, draft.live, draft.text(), end))


def interrupt(draft: Draft) -> None:
    """End a draft because the process ends."""
    if draft.claim():
        _conclude(draft, lambda: _store_failure(draft, Failed("interrupted", INTERRUPTED)))


def abandon(draft: Draft) -> None:
    """End a draft whose row is gone or belongs to another attempt. Nothing is stored."""
    if draft.claim():
        _conclude(draft, lambda: _read_outcome_without_row(draft))


def _conclude(draft: Draft, act: Callable[[], Outcome]) -> None:
    """Store the end of a claimed draft with `act`, and notify the followers."""
    seconds_left = runner().closing.seconds_left
    outcome = store_with_retries(act, lambda error: _store_failure(draft, Failed.of(error)), seconds_left, "A reply")
    if outcome is None:
        # The process ends, and the row's heartbeat with it, so the user can try again.
        log.error("The end of a reply could not be stored")
        reason = "The answer could not be stored, because the database is not available. Please try again in a moment."
        outcome = Failed("busy", reason)
    notifier()(ending_of(outcome))
    draft.end(outcome)
    if isinstance(outcome, ChatResult) and needs_title(outcome, draft.live.assistant):
        turn = outcome.turn
        runner().run_in_background(lambda draft: title_chat(draft, turn), draft)


def _store_failure(draft: Draft, failed: Failed) -> Outcome:
    return store_failure(draft.user, draft.live, draft.text(), failed)


def _read_outcome_without_row(draft: Draft) -> Outcome:
    outcome = outcome_without_row(read_connection(), draft.user, draft.live.session_id)
    leave_transaction()
    return outcome
