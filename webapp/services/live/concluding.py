"""The result of a live turn for a caller that waited for its end, or the error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.errors import AppError, Conflict, RequestInFlight
from webapp.services.live.discarding import discard
from webapp.services.live.values import Failed
from webapp.services.values import ChatResult

if TYPE_CHECKING:
    from webapp.services.live.values import LiveTurn, Outcome
    from webapp.services.users import CurrentUser


def conclude(
    user: CurrentUser,
    live: LiveTurn,
    outcome: Outcome | None,
    *,
    holds_question: bool = True,
    keeps_text: bool = False,
) -> ChatResult:
    """Return the result of a live turn that has ended.

    `outcome` is None if the process is about to end. A failed turn is discarded if the caller holds its question, or
    if the question is already a message. With `keeps_text` it stays if text came before the failure. Raises the error
    of the failure, RequestInFlight if the process is about to end, or Conflict if the turn was discarded or has
    another attempt.
    """
    if isinstance(outcome, ChatResult):
        return outcome
    if isinstance(outcome, Failed):
        # An unstored turn has no row to discard.
        is_stored = bool(live.session_id) and not (keeps_text and outcome.has_text)
        if is_stored and (holds_question or live.question_is_stored):
            _discard_quietly(user, live)
        raise outcome.error()
    if outcome is None:
        raise RequestInFlight(
            "The server is shutting down. The answer continues. Send the same request again to get it."
        )
    raise Conflict("The message was discarded or retried elsewhere in the meantime. Read the chat again.")


def _discard_quietly(user: CurrentUser, live: LiveTurn) -> None:
    try:
        discard(user, live.session_id, attempt=live.attempt, after_silence=False)
    except AppError:
        # Another attempt has begun, the turn is gone, or a process without a heartbeat may still be writing.
        return
