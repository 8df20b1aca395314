"""Storing the end of a reply, however long the database is away: only the process that wrote it has all of it."""

from __future__ import annotations

import logging
import time
from contextlib import nullcontext
from typing import TYPE_CHECKING

from webapp.database.failures import OUTAGE_ERRORS
from webapp.database.transaction import patient
from webapp.errors import AppError, ProviderFailed
from webapp.observability.exceptions import describe_exception
from webapp.services.heartbeats import FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from webapp.services.live.values import Outcome

log = logging.getLogger(__name__)

_LOOK_EVERY = 0.1


class AttemptSuperseded(Exception):
    """The attempt is not the present one any more."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


def settle(
    act: Callable[[], Outcome],
    fail: Callable[[AppError], Outcome],
    seconds_left: Callable[[], float | None],
) -> Outcome | None:
    """Carry out `act` and return its outcome. While the database is away it is tried again, with longer pauses.

    `fail` stores why there is no reply, if `act` refuses. `seconds_left` is None while the process lives on; once it
    ends it is how long the last try may wait for a lock. Returns None if that failed, too.
    """
    pause = FIRST_PAUSE_SECONDS
    while True:
        left = seconds_left()
        try:
            with nullcontext() if left is None else patient(left):
                return _carried_out(act, fail)
        except OUTAGE_ERRORS as error:
            log.warning("A reply could not be stored: %s", describe_exception(error))
        except Exception:
            log.exception("Not even the failure of a reply could be stored")
            return None
        if left is not None:
            return None
        _wait(pause, seconds_left)
        pause = min(LONGEST_PAUSE_SECONDS, 2 * pause)


def _carried_out(act: Callable[[], Outcome], fail: Callable[[AppError], Outcome]) -> Outcome:
    try:
        return act()
    except AttemptSuperseded as lost:
        return lost.outcome
    except OUTAGE_ERRORS:
        raise
    except AppError as error:
        refused = error
    except Exception:
        log.exception("A reply could not be stored")
        refused = ProviderFailed("Minutebook made a mistake; its log tells what it was.")
    try:
        return fail(refused)
    except AttemptSuperseded as lost:
        return lost.outcome


def _wait(seconds: float, seconds_left: Callable[[], float | None]) -> None:
    """Wait, but not longer than the process lives on."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and seconds_left() is None:
        time.sleep(min(_LOOK_EVERY, seconds))
