"""Strike a message: remove its text for good, in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from flask import current_app
from sqlalchemy import bindparam, case, func, select, update

from webapp.database.transaction import writing
from webapp.errors import Answering
from webapp.ids import utc_now
from webapp.models import ChatSession, KeptMessage, Message, SessionMessage, table_of
from webapp.services.account_locks import hold_account
from webapp.services.accounts.audit_log import record
from webapp.services.files.links import delete_unused, unlink_files
from webapp.services.live import being_written, discard_those_about
from webapp.services.sessions.changes import first_question
from webapp.services.sessions.forks import split_mark
from webapp.services.strikes.plan import plan_strike
from webapp.services.strikes.remains import erase_remains
from webapp.services.strikes.signals import message_struck
from webapp.services.strikes.stored_answers import strike_answers
from webapp.services.titles import automatic_title, fold

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Connection, ScalarSelect, Table

    from webapp.services.strikes.plan import Plan
    from webapp.services.users import CurrentUser

_sessions = table_of(ChatSession)
_messages = table_of(Message)
_links = table_of(SessionMessage)
_kept = table_of(KeptMessage)

#: Seconds that a request spends on the remains in the database's files.
REQUEST_SECONDS = 10.0

_LOCK = (
    select(_sessions.c.id, _sessions.c.title, _sessions.c.title_source)
    .where(_sessions.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(_sessions.c.id)
    .with_for_update()
)


def _digest_in(table: Table) -> ScalarSelect[bytes]:
    statement = select(table.c.digest).where(table.c.message_id == bindparam("struck_id"))
    return statement.limit(1).scalar_subquery()


_EMPTY = (
    update(_messages)
    .where(_messages.c.id == bindparam("struck_id"), _messages.c.struck_at.is_(None))
    .values(
        content="",
        citations=None,
        reasoning=None,
        html=None,
        html_version=None,
        struck_at=bindparam("now"),
        # All links of a message have the same digest, because they share the transcript before it.
        struck_digest=func.coalesce(_digest_in(_links), _digest_in(_kept)),
    )
)
_UNQUOTE = (
    update(_messages).where(_messages.c.id == bindparam("quoting_id")).values(citations=bindparam("new_citations"))
)
_CHANGED = (
    update(_sessions)
    .where(_sessions.c.id == bindparam("session"))
    .values(
        revision=_sessions.c.revision + 1,
        updated_at=bindparam("now"),
        title=bindparam("new_title"),
        title_folded=bindparam("new_folded"),
        titled_by=case((_sessions.c.title == bindparam("new_title"), _sessions.c.titled_by), else_=None),
    )
)


class Strike(NamedTuple):
    """A struck message. `also_struck` are the ids of the answers whose text went with it, as they repeated it."""

    message_id: str
    struck_at: datetime
    also_struck: list[str]


def strike_message(user: CurrentUser, message_id: str, *, seconds: float = REQUEST_SECONDS) -> Strike:
    """Remove the text of a message and its files, everything that was made of it, and the quotes of it.

    The message keeps its number, its time and the facts of the answer, and every transcript with it stays verifiable.
    Idempotent: a second strike erases what remains in the database's files, for `seconds` at most. Raises NotFound,
    and Answering while an answer of the user's is being written: its assistant may have read the text.
    """
    with writing() as connection:
        hold_account(connection, user)
        plan = _lock(connection, user, message_id)
        strike = Strike(message_id, plan.struck_at or utc_now(), [target.id for target in plan.targets[1:]])
        if plan.struck_at is None:
            _strike(connection, user, plan, strike.struck_at)
            record(connection, user, "message-struck", message_id)
    if plan.struck_at is None:
        message_struck.send(current_app._get_current_object())  # type: ignore[attr-defined] # noqa: SLF001
    erase_remains(seconds=seconds)
    return strike


def _lock(connection: Connection, user: CurrentUser, message_id: str) -> Plan:
    """Lock the sessions of the plan, and return the plan as it is then."""
    plan = plan_strike(connection, user, message_id)
    while plan.struck_at is None:
        connection.execute(_LOCK, {"ids": sorted(plan.session_ids)}).close()
        locked, plan = plan.session_ids, plan_strike(connection, user, message_id)
        if plan.session_ids <= locked:
            break
    return plan


def _strike(connection: Connection, user: CurrentUser, plan: Plan, now: datetime) -> None:
    ids = [target.id for target in plan.targets]
    _end_live_turns(connection, user, plan.session_ids, ids)
    connection.execute(_EMPTY, [{"struck_id": id_, "now": now} for id_ in sorted(ids)])
    for quoting_id, citations in sorted(plan.citations.items()):
        connection.execute(_UNQUOTE, {"quoting_id": quoting_id, "new_citations": citations})
    titles = _change_sessions(connection, plan, now)
    texts = dict.fromkeys((target.content for target in plan.targets), "")
    strike_answers(connection, user, ids, texts | titles)
    # Files are locked last.
    delete_unused(connection, unlink_files(connection, ids))


def _end_live_turns(
    connection: Connection, user: CurrentUser, session_ids: Collection[str], message_ids: Collection[str]
) -> None:
    if being_written(connection, user):
        raise Answering(
            "An answer is in progress, and its assistant may have read this text. Wait for the end or stop the "
            "answer, then remove the text."
        )
    for session_id in sorted(session_ids):
        discard_those_about(connection, user, session_id, message_ids)


def _change_sessions(connection: Connection, plan: Plan, now: datetime) -> dict[str, str]:
    """Raise the sessions' revisions and make those titles again that were made of a struck text.

    Return the new titles by the old ones.
    """
    titles: dict[str, str] = {}
    for session in connection.execute(_LOCK, {"ids": sorted(plan.session_ids)}).all():
        title = session.title
        if title in plan.titles or session.title_source != "user":
            mark = split_mark(title)[1]
            title = automatic_title(first_question(connection, session.id)) + mark
        if title != session.title:
            titles[session.title] = title
        values = {"session": session.id, "now": now, "new_title": title, "new_folded": fold(title)}
        connection.execute(_CHANGED, values)
    return titles
