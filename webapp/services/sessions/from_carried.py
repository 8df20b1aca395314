"""Creation of a chat session with a whole transcript that its client carries, with the messages' own times."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, update

from webapp.database.transaction import writing
from webapp.database.types import Instant
from webapp.ids import utc_now
from webapp.models import ChatSession, table_of
from webapp.services.assistants.lookup import accepts_after_look, check_assistant
from webapp.services.carried import check_carried, check_times
from webapp.services.content import check_title
from webapp.services.idempotency import begin_once, end_once
from webapp.services.session_rows import read_session_row
from webapp.services.sessions.changes import insert_session
from webapp.services.titles import automatic_title
from webapp.services.transcripts.inserting import insert_messages
from webapp.services.transcripts.lookup import digests_of
from webapp.services.transcripts.lookups import belongs_in_days

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from webapp.services.idempotency import RequestKey
    from webapp.services.users import CurrentUser
    from webapp.services.values import NewMessage, SessionRow

_sessions = table_of(ChatSession)
_COUNT = (
    update(_sessions)
    .where(_sessions.c.id == bindparam("made_id"))
    .values(
        message_count=bindparam("new_count"),
        last_activity_at=bindparam("ended", type_=Instant),
        in_days=bindparam("is_in_days"),
    )
)


def create_session_with(
    user: CurrentUser,
    messages: Sequence[NewMessage],
    *,
    title: str = "",
    pinned: bool = False,
    assistant: str | None = None,
    created_at: datetime | None = None,
    key: RequestKey | None = None,
) -> SessionRow:
    """Create a session with whole turns. Messages without a time have that of the message before.

    Raises what `create_session`, `check_carried` and `check_times` raise.
    """
    title = check_title(title)
    check_assistant(assistant)
    check_carried(messages)
    check_times(messages)
    dated = _dated(messages, created_at)
    # Hashing takes time, so it happens before the transaction.
    digests = digests_of(dated)
    with writing() as connection:
        begin_once(connection, user, key)
        session = insert_session(
            connection,
            user,
            title=title,
            auto_title=automatic_title(dated[0].content),
            pinned=pinned,
            assistant=assistant,
            created_at=min(filter(None, (created_at, dated[0].create_time))),
        )
        insert_messages(connection, session, 0, dated, utc_now(), digests)
        values = {"made_id": session.id, "new_count": len(dated), "ended": dated[-1].create_time}
        values["is_in_days"] = belongs_in_days(connection, session.id, len(dated))
        connection.execute(_COUNT, values)
        session = read_session_row(connection, user, session.id)
        end_once(connection, user, key, session)
    return session


def keep_temporary(
    user: CurrentUser, messages: Sequence[NewMessage], *, assistant: str | None = None, key: RequestKey | None = None
) -> SessionRow:
    """Store a temporary chat as an ordinary one. An assistant that there is no more is left out.

    Raises what `create_session_with` raises, and Invalid for messages of more than a year ago.
    """
    check_times(messages, is_recent=True)
    known = assistant if assistant and accepts_after_look(assistant) else None
    return create_session_with(user, messages, assistant=known, key=key)


def _dated(messages: Sequence[NewMessage], created_at: datetime | None) -> list[NewMessage]:
    now = utc_now()
    before = next((message.create_time for message in messages if message.create_time), created_at or now)
    dated = []
    for message in messages:
        before = min(message.create_time or before, now)
        dated.append(replace(message, create_time=before))
    return dated
