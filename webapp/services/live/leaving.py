"""A client closed its connection before the end of its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.services.live.listeners import detach_listener
from webapp.services.live.process.pool import runner
from webapp.services.live.unstored import stop_unstored

if TYPE_CHECKING:
    from webapp.services.live.process.draft import Draft
    from webapp.services.live.values import LiveTurn


def leave(live: LiveTurn, draft: Draft | None) -> None:
    """Stop an answer that is not stored. A stored one is stopped later, unless the client repeats its request.

    It returns at once: the event loop may call it.
    """
    if live.session_id:
        runner().run_in_background(detach_listener, live)
    elif draft is not None:
        stop_unstored(draft)
