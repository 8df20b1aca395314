"""Creation of a chat session from a client's history: stored messages are linked, the rest is inserted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, update

from webapp.errors import NotFound
from webapp.ids import utc_now
from webapp.models import ChatSession, table_of
from webapp.services.session_rows import read_session_row
from webapp.services.sessions.changes import insert_session
from webapp.services.titles import automatic_title
from webapp.services.transcripts.inserting import insert_messages, link_beginning
from webapp.services.transcripts.lookup import ends_with, longest_beginning
from webapp.services.transcripts.lookups import belongs_in_days

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from webapp.services.transcripts.lookup import Beginning
    from webapp.services.users import CurrentUser
    from webapp.services.values import NewMessage, SessionRow

_sessions = table_of(ChatSession)

_COUNT = (
    update(_sessions)
    .where(_sessions.c.id == bindparam("made_id"))
    .values(message_count=bindparam("new_count"), in_days=bindparam("is_in_days"))
)


def insert_history(
    connection: Connection,
    user: CurrentUser,
    history: Sequence[NewMessage],
    digests: Sequence[bytes],
    *,
    assistant: str | None = None,
) -> SessionRow:
    """Create a session with the checked `history` in the caller's transaction. `digests` has one per message.

    The longest beginning that one of the user's sessions shares is linked, as by a fork. The remaining messages are
    inserted. The roles need not alternate.
    """
    shared = _lock_longest_beginning(connection, user, digests)
    first = next((message.content for message in history if message.role == "user"), None)
    session = insert_session(
        connection, user, auto_title=automatic_title(first), assistant=assistant, forked_from=shared
    )
    shared_count = 0
    if shared is not None:
        shared_count = shared.idx + 1
        link_beginning(connection, session.id, *shared)
    rest = history[shared_count:]
    if rest:
        insert_messages(connection, session, shared_count, rest, utc_now(), digests[shared_count:])
    in_days = belongs_in_days(connection, session.id, len(history))
    connection.execute(_COUNT, {"made_id": session.id, "new_count": len(history), "is_in_days": in_days})
    return session._replace(message_count=len(history), in_days=in_days)


def _lock_longest_beginning(connection: Connection, user: CurrentUser, digests: Sequence[bytes]) -> Beginning | None:
    """Lock and return the session with the longest shared beginning, or None if none shares a message.

    The session may change before it is locked; the search then starts again. Locked rows do not change, so the same
    session is not found in vain twice.
    """
    while (beginning := longest_beginning(connection, user, digests)) is not None:
        try:
            read_session_row(connection, user, beginning.session_id, lock=True)
        except NotFound:
            continue
        if ends_with(connection, beginning.session_id, beginning.idx, digests[beginning.idx]):
            return beginning
    return None
