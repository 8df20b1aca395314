"""Who appears in the tests of services, and what they are seen doing."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import event, func, insert, select, text, update

from tests.support.waiting import eventually
from webapp.database.engine import db
from webapp.database.transaction import leave_transaction, read_connection, writing
from webapp.ids import new_id, utc_now
from webapp.models import Conversation, KeptMessage, LiveTurn, Message, SessionMessage, User, table_of
from webapp.services.live.following import follow
from webapp.services.live.process.pool import Runner
from webapp.services.sessions.changes import create_session
from webapp.services.transcripts.appending import append_turn
from webapp.services.transcripts.digests import extend
from webapp.services.transcripts.reading import read_transcript
from webapp.services.users import CurrentUser
from webapp.services.values import NewMessage
from webapp.state import current

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webapp.services.live.process.draft import Draft
    from webapp.services.live.values import LiveTurn as LiveTurnValue
    from webapp.services.live.values import Outcome
    from webapp.services.values import SessionRow, Turn


def stranger(name: str = "bob") -> CurrentUser:
    """Somebody else with an account here."""
    user = CurrentUser(new_id(), name)
    with writing() as connection:
        connection.execute(insert(table_of(User)), {"id": user.id, "name": name, "created_at": utc_now()})
    return user


def say(user: CurrentUser, session_id: str, question: str, answer: str = "Noted.", **options: Any) -> Turn:
    """Append a turn of two short texts."""
    return append_turn(user, session_id, NewMessage(content=question), NewMessage(content=answer), **options)


def chat(user: CurrentUser, *turns: str | tuple[str, str], **options: Any) -> SessionRow:
    """Make a chat session in which these turns were said: questions, or questions with their answers."""
    session = create_session(user, **options)
    for turn in turns:
        question, answer = (turn, "Noted.") if isinstance(turn, str) else turn
        session = say(user, session.id, question, answer).session
    return session


def contents(user: CurrentUser, session_id: str) -> list[str]:
    """What a transcript says, in its order."""
    return [message.content for message in read_transcript(user, session_id).messages]


def stored() -> dict[str, int]:
    """How many rows of each kind the database has."""
    names = {"conversations": Conversation, "messages": Message, "links": SessionMessage}
    connection = read_connection()
    return {name: connection.scalar(select(func.count()).select_from(table_of(model))) for name, model in names.items()}


def kept() -> dict[str, int]:
    """How many rows of each kind the database keeps, without the messages that wait for an undo."""
    links, waiting = table_of(SessionMessage), table_of(KeptMessage)
    unlinked = waiting.c.message_id.not_in(select(links.c.message_id))
    number = read_connection().scalar(select(func.count(waiting.c.message_id.distinct())).where(unlinked))
    found = stored()
    return found | {"messages": found["messages"] - number}


def live_rows() -> list[Any]:
    """The live turns that the database keeps."""
    rows = read_connection().execute(select(table_of(LiveTurn))).all()
    leave_transaction()
    return list(rows)


def ended(user: CurrentUser, live: LiveTurnValue) -> Outcome:
    """How an attempt ended, once it has."""
    deadline = time.monotonic() + 30
    # What is read afterwards is to be as it is then.
    leave_transaction()
    for sight in follow(user, live):
        if sight is not None and sight.outcome is not None:
            return sight.outcome
        assert time.monotonic() < deadline, "it does not end"
    raise AssertionError("the process closed before it ended")


def age(session_id: str, seconds: float = 60) -> None:
    """Let the heartbeat of a session's live turn have stopped a while ago."""
    table = table_of(LiveTurn)
    with writing() as connection:
        old = utc_now() - timedelta(seconds=seconds)
        connection.execute(update(table).where(table.c.session_id == session_id).values(heartbeat_at=old))


def freeze(live: LiveTurnValue) -> Draft:
    """Let an attempt look as after its process was killed, or went to sleep: nobody here knows of it any more."""
    runner = current(Runner)
    draft = runner.find(live.session_id)
    draft.release()
    eventually(lambda: runner._heartbeat is None or runner.tasks())
    age(live.session_id)
    return draft


def threads_of(name: str) -> list[threading.Thread]:
    """The threads of this process that go by a name."""
    return [thread for thread in threading.enumerate() if thread.name == name]


def link(session_id: str, *message_ids: str) -> None:
    """Put messages that are kept already into a session, as a fork does."""
    with writing() as connection:
        digest = None
        for idx, message_id in enumerate(message_ids):
            role, content = connection.execute(
                text("SELECT role, content FROM messages WHERE id = :id"), {"id": message_id}
            ).one()
            digest = extend(digest, role, content)
            connection.execute(
                insert(table_of(SessionMessage)),
                {"session_id": session_id, "idx": idx, "message_id": message_id, "digest": digest},
            )
        connection.execute(
            text("UPDATE sessions SET message_count = :count WHERE id = :session"),
            {"session": session_id, "count": len(message_ids)},
        )


class Sent(NamedTuple):
    """A statement that went to the database."""

    sql: str
    parameters: Any


@contextmanager
def statements() -> Iterator[list[Sent]]:
    """Collect the statements that this thread sends inside the block. A writer's heartbeat may send its own."""
    sent: list[Sent] = []
    thread = threading.get_ident()

    def note(_connection, _cursor, sql, parameters, _context, executemany):
        if threading.get_ident() == thread and not sql.startswith(("BEGIN", "PRAGMA")):
            sent.append(Sent(sql, parameters))

    engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def plan(sent: Sent) -> str:
    """How the database would carry out a statement, as it tells it."""
    connection = read_connection()
    on_sqlite = connection.dialect.name == "sqlite"
    rows = connection.exec_driver_sql(f"EXPLAIN {'QUERY PLAN ' if on_sqlite else ''}{sent.sql}", sent.parameters)
    return "\n".join(str(row[-1]) for row in rows)


def analyze() -> None:
    """Let the database count its rows, so that it plans for as many as there are."""
    with writing() as connection:
        connection.execute(text("ANALYZE"))
