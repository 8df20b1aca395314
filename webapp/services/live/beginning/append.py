"""Ask the next question of a chat."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from webapp.services.assistants.lookup import check_assistant
from webapp.services.content import check_content
from webapp.services.live.beginning.placement import find_failed, lock_session, place_again, place_next
from webapp.services.live.beginning.start import start

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from webapp.services.idempotency import RequestKey, StoredAnswer
    from webapp.services.live.values import Begun, LiveTurn, Placement
    from webapp.services.users import CurrentUser


def append(
    user: CurrentUser,
    session_id: str,
    content: str,
    *,
    assistant: str | None = None,
    expected_last_idx: int | None = None,
    drops_failed: bool = False,
    key: RequestKey | None = None,
) -> Begun | StoredAnswer:
    """Begin the answer to the next question. If the failed turn has the same question, it is retried.

    `expected_last_idx` is the `idx` of the last message that the caller has seen. For `drops_failed` see
    `find_failed`. Raises Invalid, NotFound, Archived, StaleTranscript, Answering, Unanswered, and what `start` raises.
    """
    check_content(content)
    check_assistant(assistant)
    again = partial(place_again, user=user, assistant=assistant, expected_last_idx=expected_last_idx)

    def resolve(connection: Connection) -> Placement:
        session = lock_session(connection, user, session_id, expected_last_idx)
        failed = find_failed(connection, user, session, is_same, drops_failed=drops_failed)
        return place_next(session, content, assistant) if failed is None else again(connection, failed)

    def is_same(live: LiveTurn) -> bool:
        return live.replaces_from_idx is None and live.content == content

    return start(user, resolve, again, key)
