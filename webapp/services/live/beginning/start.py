"""Beginning a live turn: everything that can be refused is refused here, before the assistant is asked."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, insert, update

from webapp.database.transaction import writing
from webapp.errors import Answering, Invalid, StaleTranscript, Unanswered
from webapp.ids import new_id, utc_now
from webapp.services.account_locks import hold_account
from webapp.services.assistants.registry import check_assistant, registry
from webapp.services.content import check_content
from webapp.services.idempotency import StoredAnswer, take_key
from webapp.services.live.beginning.continuing import check_history, find_answered, find_continued, is_asked_again
from webapp.services.live.ending import remove_live
from webapp.services.live.keys import attach_key
from webapp.services.live.process.runner import is_written, runner
from webapp.services.live.rows import find_live, table
from webapp.services.live.values import Begun, LiveTurn
from webapp.services.session_rows import read_session_row
from webapp.services.sessions.changes import insert_session
from webapp.services.sessions.from_history import insert_history
from webapp.services.titles import automatic_title
from webapp.services.transcripts.appending import check_appendable
from webapp.services.transcripts.lookup import digests_of
from webapp.services.transcripts.reading import read_message
from webapp.services.values import NewMessage

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from webapp.services.live.values import TurnRequest
    from webapp.services.users import CurrentUser
    from webapp.services.values import SessionRow

_INSERT = insert(table)
_RENEW = (
    update(table)
    .where(table.c.session_id == bindparam("session"))
    .values(
        attempt=bindparam("new_attempt"),
        assistant=bindparam("new_assistant"),
        instructions=bindparam("new_instructions"),
        base_idx=bindparam("new_base"),
        question_idx=bindparam("new_question"),
        state="writing",
        partial="",
        problem=None,
        reason=None,
        stop_wanted=False,
        token_id=bindparam("new_token"),
        heartbeat_at=bindparam("now"),
    )
)


def begin(user: CurrentUser, wanted: TurnRequest) -> Begun | StoredAnswer:
    """Store a live turn and start its writer, or return the one that runs for the same request, or its answer.

    Raises Invalid, NotFound, Archived, StaleTranscript; Answering if the session is being answered, Unanswered if
    its last question waits to be retried or taken back; Busy if no more replies can be taken on. The same question
    sent again to a session where it was not answered is its retry.
    """
    if wanted.content is not None:
        check_content(wanted.content)
    for message in wanted.history or ():
        check_content(message.content, message.pointer)
    check_assistant(wanted.assistant)
    wanted = _prepared(wanted)
    with ExitStack() as slots:
        slot = None
        with writing() as connection:
            begun = _begin(connection, user, wanted)
            if isinstance(begun, Begun) and begun.is_new:
                # Refused here, nothing is stored. What was begun before needs no place, also while the server is full.
                slot = slots.enter_context(runner().slot(user))
        if slot is not None and isinstance(begun, Begun):
            begun = begun._replace(draft=slot.start(user, begun.live))
    return begun


def _prepared(wanted: TurnRequest) -> TurnRequest:
    """Do what takes its time for a long history before the transaction begins, in which others wait."""
    if wanted.history is None or wanted.content is None:
        return wanted
    asked = NewMessage(content=wanted.content)
    return wanted._replace(digests=tuple(digests_of((*wanted.history, asked))))


def _begin(connection: Connection, user: CurrentUser, wanted: TurnRequest) -> Begun | StoredAnswer:
    if wanted.history is not None:
        # Chats that may go on are locked before one may be made.
        hold_account(connection, user)
    if wanted.key:
        known = take_key(connection, user, wanted.key)
        if isinstance(known, str):
            # Whoever holds the session may end or renew its turn: what it is, is only known with the lock.
            read_session_row(connection, user, known, lock=True)
            live = find_live(connection, user, known)
            if live is not None:
                return _go_on(connection, user, live, wanted)
            known = take_key(connection, user, wanted.key)
        if isinstance(known, StoredAnswer):
            return known
    answered = find_answered(connection, user, wanted) if wanted.repeated and not wanted.key else None
    if answered is not None:
        return Begun(answered, is_new=False)
    session, live = _look(connection, user, wanted)
    begun = _go_on(connection, user, live, wanted) if live else _insert(connection, user, session, wanted)
    if wanted.key:
        attach_key(connection, user, wanted.key, begun.live.session_id)
    return begun


def _look(connection: Connection, user: CurrentUser, wanted: TurnRequest) -> tuple[SessionRow | None, LiveTurn | None]:
    """Return the session and, if this request is the retry of what waits there, that."""
    if wanted.session_id is None and wanted.history is not None:
        return find_continued(connection, user, wanted)
    if wanted.session_id is None:
        if wanted.expected_last_idx not in (None, -1):
            raise StaleTranscript("A new chat has no messages yet: leave expected_last_idx out, or send −1.")
        return None, None
    session = read_session_row(connection, user, wanted.session_id, lock=True)
    check_appendable(session, wanted.expected_last_idx)
    if wanted.history:
        check_history(connection, session, wanted)
    live = find_live(connection, user, session.id)
    if live is None:
        return session, None
    if is_asked_again(live, wanted):
        return session, live
    if is_written(live):
        raise Answering("This chat is being answered just now. Wait for the answer or stop it, then send again.")
    if _is_retry(live, wanted):
        return session, live
    if not wanted.drop_failed:
        raise Unanswered(
            "The last message of this chat was not answered. Try it again or take it back first, then send this."
        )
    remove_live(connection, user, live._replace(made_session=False))
    return session, None


def _is_retry(live: LiveTurn, wanted: TurnRequest) -> bool:
    """Say whether a request is for what failed: for nothing in particular, or for the same words at the same place."""
    if wanted.content is None:
        return True
    return not live.question_is_kept and (wanted.content, wanted.edits_idx) == (live.content, live.replaces_from_idx)


def _go_on(connection: Connection, user: CurrentUser, live: LiveTurn, wanted: TurnRequest) -> Begun:
    """Follow what runs; try again what failed or died."""
    if is_written(live):
        return Begun(live, is_new=False)
    session = read_session_row(connection, user, live.session_id, lock=True)
    if live.replaces_from_idx is None:
        check_appendable(session, wanted.expected_last_idx)
        live = live._replace(base_idx=session.last_idx, question_idx=session.message_count)
    else:
        check_appendable(session, live.base_idx)
    live = live._replace(
        attempt=new_id(),
        assistant=_choose(wanted.assistant, live.assistant),
        # Who tells the history tells what goes before it, too; anybody else tries again what was asked.
        instructions=live.instructions if wanted.history is None else wanted.instructions,
        state="writing",
        partial="",
        problem=None,
        reason=None,
        stop_wanted=False,
        heartbeat_at=utc_now(),
    )
    values = {
        "session": live.session_id,
        "new_attempt": live.attempt,
        "new_assistant": live.assistant,
        "new_instructions": live.instructions,
        "new_base": live.base_idx,
        "new_question": live.question_idx,
        "new_token": user.token_id,
        "now": live.heartbeat_at,
    }
    connection.execute(_RENEW, values)
    return Begun(live, is_new=True)


def _insert(connection: Connection, user: CurrentUser, session: SessionRow | None, wanted: TurnRequest) -> Begun:
    assistant = _choose(wanted.assistant, session.assistant if session else None)
    made = session is None
    if session is None and wanted.history:
        session = insert_history(connection, user, wanted.history, wanted.digests[:-1], assistant=assistant)
    elif session is None:
        title = automatic_title(wanted.content)
        session = insert_session(connection, user, auto_title=title, assistant=assistant)
    content, question_idx, replaces_from_idx, user_message_id = _place(connection, session, wanted)
    now = utc_now()
    live = LiveTurn(
        session_id=session.id,
        attempt=new_id(),
        user_message_id=user_message_id,
        content=content,
        instructions=wanted.instructions,
        assistant=assistant,
        base_idx=session.last_idx,
        question_idx=question_idx,
        replaces_from_idx=replaces_from_idx,
        state="writing",
        partial="",
        problem=None,
        reason=None,
        stop_wanted=False,
        made_session=made,
        asked_at=now,
        heartbeat_at=now,
    )
    connection.execute(_INSERT, live._asdict() | {"token_id": user.token_id})
    return Begun(live, is_new=True)


def _place(connection: Connection, session: SessionRow, wanted: TurnRequest) -> tuple[str, int, int | None, str]:
    """Return the question, its `idx`, from where on it replaces, and its message's id."""
    if wanted.content is None:
        return _question_again(connection, session)
    if wanted.edits_idx is None:
        return wanted.content, session.message_count, None, new_id()
    if not 0 <= wanted.edits_idx <= session.last_idx:
        raise Invalid.field("#/idx", "no_such_message", "There is no such message in this chat.")
    if read_message(connection, session.id, wanted.edits_idx).role != "user":
        raise Invalid.field(
            "#/idx", "not_yours", "Only your own messages can be edited; an answer can be made anew instead."
        )
    return wanted.content, wanted.edits_idx, wanted.edits_idx, new_id()


def _question_again(connection: Connection, session: SessionRow) -> tuple[str, int, int | None, str]:
    """Return the last question: its answer is made anew, or made if there is none yet."""
    if session.message_count == 0:
        raise Invalid("There is nothing to answer in this chat yet. Send a message first.")
    last = read_message(connection, session.id, session.last_idx)
    if last.role == "user":
        return last.content, last.idx, last.idx + 1, last.id
    question = read_message(connection, session.id, last.idx - 1) if last.idx else last
    if question.role != "user":
        raise Invalid("The last answer of this chat follows no question, so it cannot be made anew.")
    return question.content, question.idx, last.idx, question.id


def _choose(assistant: str | None, remembered: str | None) -> str:
    for key in (assistant, remembered):
        if key and registry().knows(key):
            return key
    return registry().default_key()
