"""Retry the failed question of a chat. If there is none, regenerate the last answer."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from webapp.services.assistants.lookup import check_assistant
from webapp.services.live.beginning.placement import find_failed, lock_session, place_again
from webapp.services.live.beginning.regenerate import place_regenerated
from webapp.services.live.beginning.start import start

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from webapp.services.idempotency import RequestKey, StoredAnswer
    from webapp.services.live.values import Begun, Placement
    from webapp.services.users import CurrentUser


def retry(
    user: CurrentUser,
    session_id: str,
    *,
    assistant: str | None = None,
    expected_last_idx: int | None = None,
    key: RequestKey | None = None,
) -> Begun | StoredAnswer:
    """Begin another attempt at the failed question, or a new answer to the last one.

    Only a transaction that has locked the session can decide between the two. Raises Invalid, NotFound, Archived,
    StaleTranscript, Answering, and what `start` raises.
    """
    check_assistant(assistant)
    again = partial(place_again, user=user, assistant=assistant, expected_last_idx=expected_last_idx)

    def resolve(connection: Connection) -> Placement:
        session = lock_session(connection, user, session_id, expected_last_idx)
        failed = find_failed(connection, user, session, lambda _live: True)
        return place_regenerated(connection, session, assistant) if failed is None else again(connection, failed)

    return start(user, resolve, again, key)
