"""Strike a text of instructions: remove it for good from transcripts, settings and failed turns, in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import bindparam, case, null, or_, select, update

from webapp.database.transaction import read_connection, writing
from webapp.errors import Answering, NotFound
from webapp.ids import utc_now
from webapp.models import ChatSession, Instruction, InstructionText, Tag, User, table_of
from webapp.services.account_locks import hold_account
from webapp.services.accounts.audit_log import record
from webapp.services.live import being_written, forget_system_message
from webapp.services.strikes.remains import erase_remains
from webapp.services.strikes.stored_answers import strike_answers
from webapp.services.strikes.strike import REQUEST_SECONDS

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Row

    from webapp.services.users import CurrentUser

_texts = table_of(InstructionText)
_facts = table_of(Instruction)
_sessions = table_of(ChatSession)
_users = table_of(User)
_tags = table_of(Tag)

_BY_ID = select(_texts.c.id, _texts.c.content, _texts.c.digest, _texts.c.struck_at).where(
    _texts.c.id == bindparam("text_id"), _texts.c.owner_id == bindparam("owner")
)
_is_same = (_texts.c.owner_id == bindparam("owner")) & (_texts.c.digest == bindparam("same"))
_has_it = _sessions.c.instructions == bindparam("old")
_SHOWING = (
    select(_sessions.c.id)
    .where(
        _sessions.c.owner_id == bindparam("owner"),
        or_(
            _has_it,
            _sessions.c.id.in_(
                select(_facts.c.session_id).join_from(_facts, _texts, _texts.c.id == _facts.c.text_id).where(_is_same)
            ),
        ),
    )
    .order_by(_sessions.c.id)
    .with_for_update()
)
_EMPTY = update(_texts).where(_is_same, _texts.c.struck_at.is_(None)).values(content="", struck_at=bindparam("now"))
_UNSET_OF_USER = (
    update(_users)
    .where(_users.c.id == bindparam("owner"), _users.c.instructions == bindparam("old"))
    .values(instructions=None)
)
_UNSET_OF_TAGS = (
    update(_tags)
    .where(_tags.c.owner_id == bindparam("owner"), _tags.c.instructions == bindparam("old"))
    .values(instructions=None)
)
_CHANGED = (
    update(_sessions)
    .where(_sessions.c.id == bindparam("changed_id"))
    .values(
        revision=_sessions.c.revision + 1,
        updated_at=bindparam("now"),
        instructions=case((_has_it, null()), else_=_sessions.c.instructions),
    )
)


class StruckText(NamedTuple):
    """A text of instructions, empty since `struck_at`."""

    text_id: str
    content: str
    struck_at: datetime | None


def get_instruction_text(user: CurrentUser, text_id: str) -> StruckText:
    """Return a text of instructions, struck or not. Raises NotFound."""
    row = _read(read_connection(), user, text_id)
    return StruckText(row.id, row.content, row.struck_at)


def strike_instruction(user: CurrentUser, text_id: str, *, seconds: float = REQUEST_SECONDS) -> StruckText:
    """Remove a text of instructions wherever it is in force, was in force, or waits for an undo.

    The places and dates stay, and every transcript stays verifiable. Idempotent: a second strike erases what remains
    in the database's files, for `seconds` at most. Raises NotFound, and Answering while an answer of the user's is
    being written: its assistant may have read the text.
    """
    with writing() as connection:
        hold_account(connection, user)
        text = _read(connection, user, text_id)
        struck_at = text.struck_at or utc_now()
        if text.struck_at is None:
            _strike(connection, user, text.content, text.digest, struck_at)
            record(connection, user, "instructions-struck", text_id)
    erase_remains(seconds=seconds)
    return StruckText(text_id, "", struck_at)


def _strike(connection: Connection, user: CurrentUser, content: str, digest: bytes, now: datetime) -> None:
    values = {"owner": user.id, "same": digest, "old": content, "now": now}
    session_ids = list(connection.scalars(_SHOWING, values))
    if being_written(connection, user):
        raise Answering(
            "An answer is in progress, and its assistant may have read this text. Wait for the end or stop the "
            "answer, then remove the text."
        )
    connection.execute(_EMPTY, values)
    connection.execute(_UNSET_OF_USER, values)
    if session_ids:
        connection.execute(_CHANGED, [{"changed_id": id_, "now": now, "old": content} for id_ in session_ids])
    connection.execute(_UNSET_OF_TAGS, values)
    forget_system_message(connection, user, content, digest, now)
    strike_answers(connection, user, (), {content: ""}, names=frozenset({"instructions"}))


def _read(connection: Connection, user: CurrentUser, text_id: str) -> Row[Any, Any, Any, Any]:
    row = connection.execute(_BY_ID, {"text_id": text_id, "owner": user.id}).first()
    if row is None:
        raise NotFound("There are no such instructions. They may have been deleted with their chat.")
    return row
