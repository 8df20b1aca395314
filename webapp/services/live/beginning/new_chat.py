"""Begin a chat with its first question."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from webapp.errors import StaleTranscript
from webapp.services.assistants.lookup import check_assistant
from webapp.services.content import check_content
from webapp.services.live.beginning.placement import choose_assistant, place_again, place_next
from webapp.services.live.beginning.start import start
from webapp.services.sessions.changes import insert_session
from webapp.services.titles import automatic_title

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from webapp.services.idempotency import RequestKey, StoredAnswer
    from webapp.services.live.values import Begun, Placement
    from webapp.services.users import CurrentUser


def new_chat(
    user: CurrentUser,
    content: str,
    *,
    assistant: str | None = None,
    expected_last_idx: int | None = None,
    key: RequestKey | None = None,
) -> Begun | StoredAnswer:
    """Insert a session and begin the answer to its first question.

    `expected_last_idx` must be -1 or None, because a new chat has no messages. Raises Invalid, StaleTranscript, and
    what `start` raises.
    """
    check_content(content)
    check_assistant(assistant)

    def resolve(connection: Connection) -> Placement:
        if expected_last_idx not in (None, -1):
            raise StaleTranscript("A new chat has no messages yet. Leave expected_last_idx out, or send −1.")
        chosen = choose_assistant(assistant, None)
        session = insert_session(connection, user, auto_title=automatic_title(content), assistant=chosen)
        return place_next(session, content, chosen, made_session=True)

    again = partial(place_again, user=user, assistant=assistant, expected_last_idx=expected_last_idx)
    return start(user, resolve, again, key)
