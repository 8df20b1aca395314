"""Edit a user message and answer it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from webapp.errors import Invalid
from webapp.services.assistants.lookup import check_assistant
from webapp.services.content import check_content
from webapp.services.live.beginning.placement import find_failed, lock_session, place_again, place_next
from webapp.services.live.beginning.start import start
from webapp.services.transcripts.reading import read_message

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from webapp.services.idempotency import RequestKey, StoredAnswer
    from webapp.services.live.values import Begun, LiveTurn, Placement
    from webapp.services.users import CurrentUser
    from webapp.services.values import SessionRow


def edit(
    user: CurrentUser,
    session_id: str,
    idx: int,
    content: str,
    *,
    assistant: str | None = None,
    expected_last_idx: int | None = None,
    drops_failed: bool = False,
    key: RequestKey | None = None,
) -> Begun | StoredAnswer:
    """Begin the answer to `content`, which replaces the user message at `idx`.

    The end of the answer replaces the message and all after it. A failed turn with the same edit is retried. Raises
    what `append` raises, and Invalid if there is no user message at `idx`.
    """
    check_content(content)
    check_assistant(assistant)
    again = partial(place_again, user=user, assistant=assistant, expected_last_idx=expected_last_idx)

    def resolve(connection: Connection) -> Placement:
        session = lock_session(connection, user, session_id, expected_last_idx)
        failed = find_failed(connection, user, session, is_same, drops_failed=drops_failed)
        return again(connection, failed) if failed else _place_edit(connection, session, idx, content, assistant)

    def is_same(live: LiveTurn) -> bool:
        return not live.question_is_stored and (live.replaces_from_idx, live.content) == (idx, content)

    return start(user, resolve, again, key)


def _place_edit(
    connection: Connection, session: SessionRow, idx: int, content: str, assistant: str | None
) -> Placement:
    _check_editable(connection, session, idx)
    return place_next(session, content, assistant)._replace(question_idx=idx, replaces_from_idx=idx)


def _check_editable(connection: Connection, session: SessionRow, idx: int) -> None:
    if not 0 <= idx <= session.last_idx:
        raise Invalid.field("#/idx", "no_such_message", "This chat has no such message. Read the chat again.")
    if read_message(connection, session.id, idx).role != "user":
        raise Invalid.field(
            "#/idx", "not_yours", "Only your own messages can be edited. To change an answer, regenerate it."
        )
