"""Store the end of a task, with retries during an outage: only this process has the whole result."""

from __future__ import annotations

import logging
import time
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, TypeVar, cast

from webapp.database.failures import OUTAGE_ERRORS
from webapp.database.transaction import patient
from webapp.errors import AppError, ProviderFailed
from webapp.observability.exceptions import describe_exception
from webapp.services.heartbeats import FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger(__name__)

_POLL_SECONDS = 0.1

OutcomeT = TypeVar("OutcomeT")


class AttemptSuperseded(Exception):
    """The row of a task belongs to another attempt, or is gone. `outcome` is the outcome of this attempt."""

    def __init__(self, outcome: Any) -> None:
        super().__init__()
        self.outcome = outcome


def store_with_retries(
    act: Callable[[], OutcomeT],
    fail: Callable[[AppError], OutcomeT],
    seconds_left: Callable[[], float | None],
    what: str = "The end of a task",
) -> OutcomeT | None:
    """Call `act`, which stores the end, until the database is available. Return its outcome, or None on failure.

    If `act` raises an error of its own, `fail` stores that instead. `seconds_left` returns None until the process ends,
    then the seconds that the last try may wait for a lock. `what` names the task in the log.
    """
    pause = FIRST_PAUSE_SECONDS
    while True:
        left = seconds_left()
        try:
            with nullcontext() if left is None else patient(left):
                return _call(act, fail, what)
        except OUTAGE_ERRORS as error:
            log.warning("%s could not be stored: %s", what, describe_exception(error))
        except Exception:
            log.exception("%s could not be stored, nor why", what)
            return None
        if left is not None:
            return None
        _wait(pause, seconds_left)
        pause = min(LONGEST_PAUSE_SECONDS, 2 * pause)


def _call(act: Callable[[], OutcomeT], fail: Callable[[AppError], OutcomeT], what: str) -> OutcomeT:
    try:
        return act()
    except AttemptSuperseded as superseded:
        return cast("OutcomeT", superseded.outcome)
    except OUTAGE_ERRORS:
        raise
    except AppError as error:
        refused = error
    except Exception:
        log.exception("%s could not be stored", what)
        refused = ProviderFailed("An unexpected error occurred. The server's log has the details.")
    try:
        return fail(refused)
    except AttemptSuperseded as superseded:
        return cast("OutcomeT", superseded.outcome)


def _wait(seconds: float, seconds_left: Callable[[], float | None]) -> None:
    """Wait for `seconds`, or until the process ends."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and seconds_left() is None:
        time.sleep(min(_POLL_SECONDS, seconds))
