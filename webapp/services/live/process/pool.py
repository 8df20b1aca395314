"""The pool of threads that write replies. Other processes see only the rows of live turns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.services.live.rows import heartbeat_stopped
from webapp.services.workers.pool import Pool
from webapp.state import current

if TYPE_CHECKING:
    from webapp.services.live.process.draft import Draft  # noqa: F401 - of the pool
    from webapp.services.live.values import LiveTurn


class Runner(Pool["Draft"]):
    """The drafts that this process writes, by session id."""


def runner() -> Runner:
    return current(Runner)


def is_written(live: LiveTurn) -> bool:
    """Say whether a live turn is being written, by this process or by another one with a heartbeat."""
    if live.state != "writing":
        return False
    draft = runner().find(live.session_id)
    return (draft is not None and draft.live.attempt == live.attempt) or not heartbeat_stopped(live)
