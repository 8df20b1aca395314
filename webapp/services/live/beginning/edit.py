"""Say one's own message differently and have it answered."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from webapp.errors import Invalid
from webapp.services.assistants.registry import check_assistant
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
    """Begin the answer to new words in the place of the user message at `idx`.

    The message and all that follow it are replaced when the answer is finished. If the same words failed there, they
    are tried again. Raises what `append` raises, and Invalid for an `idx` where no user message is.
    """
    check_content(content)
    check_assistant(assistant)
    again = partial(place_again, user=user, assistant=assistant, expected_last_idx=expected_last_idx)

    def resolve(connection: Connection) -> Placement:
        session = lock_session(connection, user, session_id, expected_last_idx)
        failed = find_failed(connection, user, session, is_same, drops_failed=drops_failed)
        if failed is not None:
            return again(connection, failed)
        _check_editable(connection, session, idx)
        return place_next(session, content, assistant)._replace(question_idx=idx, replaces_from_idx=idx)

    def is_same(live: LiveTurn) -> bool:
        return not live.question_is_kept and (live.replaces_from_idx, live.content) == (idx, content)

    return start(user, resolve, again, key)


def _check_editable(connection: Connection, session: SessionRow, idx: int) -> None:
    if not 0 <= idx <= session.last_idx:
        raise Invalid.field("#/idx", "no_such_message", "This chat has no such message. Read the chat again.")
    if read_message(connection, session.id, idx).role != "user":
        raise Invalid.field(
            "#/idx", "not_yours", "Only your own messages can be edited. To change an answer, regenerate it."
        )
