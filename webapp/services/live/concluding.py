"""What a caller that waited for the end of a live turn gets: its result, or the reason why there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.errors import AppError, Conflict, RequestInFlight
from webapp.services.live.ending import discard
from webapp.services.live.values import Failed
from webapp.services.values import ChatResult

if TYPE_CHECKING:
    from webapp.services.live.values import LiveTurn, Outcome
    from webapp.services.users import CurrentUser


def conclude(user: CurrentUser, live: LiveTurn, outcome: Outcome | None, *, holds_question: bool = True) -> ChatResult:
    """Return the result of a live turn that has ended.

    `outcome` is None if the process is about to end. A turn that failed is discarded if the caller holds its question,
    or if the question is a message already. Raises why there is no result: the error of the failure, RequestInFlight,
    or Conflict if another attempt began or the turn was discarded meanwhile.
    """
    if isinstance(outcome, ChatResult):
        return outcome
    if isinstance(outcome, Failed):
        # A turn that is stored nowhere has no row to discard.
        if live.session_id and (holds_question or live.question_is_kept):
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
        # It was tried again or discarded in between, or its process is silent and may be writing still.
        return
