"""Start a live turn: one transaction stores its row and its key, then its writer starts."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import bindparam, insert, update

from webapp.database.transaction import writing
from webapp.services.account_locks import hold_account
from webapp.services.assistants.last_used import remember_assistant, uses_another
from webapp.services.idempotency import StoredAnswer, take_key
from webapp.services.live.beginning.instructions import with_instructions
from webapp.services.live.keys import attach_key
from webapp.services.live.listeners import attach_listener
from webapp.services.live.process.draft import Draft
from webapp.services.live.process.pool import is_written, runner
from webapp.services.live.process.writer import WRITING
from webapp.services.live.rows import find_live, table
from webapp.services.live.values import Begun, LiveTurn, Placement
from webapp.services.session_rows import read_session_row

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from webapp.services.idempotency import RequestKey
    from webapp.services.users import CurrentUser
    from webapp.services.workers.pool import Slot

FoundT = TypeVar("FoundT")

_INSERT = insert(table)
_RENEW = update(table).where(table.c.session_id == bindparam("renewed"))


def start(
    user: CurrentUser,
    resolve: Callable[[Connection], Placement | FoundT],
    again: Callable[[Connection, LiveTurn], Placement],
    key: RequestKey | None,
) -> Begun | StoredAnswer | FoundT:
    """Store a live turn at the placement that `resolve` returns, and start its writer.

    Any other value of `resolve` is returned unchanged. A request that repeats its key follows its turn, retries a
    failed one at the placement that `again` returns, or gets the stored answer. Only a new turn takes a slot. Raises
    Busy or TooMany, and stores nothing, if no slot is free. Raises Invalid and KeyReused for the key.
    """
    with ExitStack() as slots:
        slot, is_another = None, False
        with writing() as connection:
            begun = _begin(connection, user, resolve, again, key)
            if isinstance(begun, Begun) and begun.is_new:
                slot = slots.enter_context(runner().slot(user.id))
                is_another = uses_another(connection, user, begun.live.assistant)
            elif isinstance(begun, Begun):
                attach_listener(connection, begun.live)
        if slot is not None and isinstance(begun, Begun):
            if is_another:
                remember_assistant(user, begun.live.assistant)
            begun = begun._replace(draft=_write(slot, user, begun.live))
    return begun


def _begin(
    connection: Connection,
    user: CurrentUser,
    resolve: Callable[[Connection], Placement | FoundT],
    again: Callable[[Connection, LiveTurn], Placement],
    key: RequestKey | None,
) -> Begun | StoredAnswer | FoundT:
    if key is not None:
        repeated = _repeated(connection, user, again, key)
        if repeated is not None:
            return repeated
    target = resolve(connection)
    begun = Begun(_store(connection, user, target), is_new=True) if isinstance(target, Placement) else target
    if key is not None and isinstance(begun, Begun):
        attach_key(connection, user, key, begun.live.session_id)
    return begun


def _repeated(
    connection: Connection,
    user: CurrentUser,
    again: Callable[[Connection, LiveTurn], Placement],
    key: RequestKey,
) -> Begun | StoredAnswer | None:
    """Take the key. Return the turn or the answer of an earlier request with the same key, or None."""
    taken = take_key(connection, user, key)
    if isinstance(taken, str):
        # The turn may end or be renewed until its session is locked. The account is locked before any session.
        hold_account(connection, user)
        read_session_row(connection, user, taken, lock=True)
        live = find_live(connection, user, taken)
        if live is not None:
            return _resume_or_follow(connection, user, live, again)
        taken = take_key(connection, user, key)
    return taken if isinstance(taken, StoredAnswer) else None


def _resume_or_follow(
    connection: Connection, user: CurrentUser, live: LiveTurn, again: Callable[[Connection, LiveTurn], Placement]
) -> Begun:
    if is_written(live):
        return Begun(live, is_new=False)
    return Begun(_store(connection, user, again(connection, live)), is_new=True)


def _write(slot: Slot[Draft], user: CurrentUser, live: LiveTurn) -> Draft:
    return slot.start(Draft(user, live, runner().forget), WRITING, key=live.session_id)


def _store(connection: Connection, user: CurrentUser, placement: Placement) -> LiveTurn:
    placement = with_instructions(connection, user, placement)
    live = LiveTurn.begun(
        session_id=placement.session.id,
        user_message_id=placement.user_message_id,
        content=placement.question,
        system_messages=placement.system_messages,
        assistant=placement.assistant,
        base_idx=placement.session.last_idx,
        question_idx=placement.question_idx,
        replaces_from_idx=placement.replaces_from_idx,
        made_session=placement.made_session,
    )._replace(parameters=placement.parameters)
    if placement.continued is not None:
        live = live.continuing(placement.continued)
    client = {"token_id": user.token_id, "listeners": 1 if placement.has_client else None, "gone_at": None}
    if placement.retries is None:
        connection.execute(_INSERT, live._asdict() | client)
        return live
    live = live._replace(asked_at=placement.retries.asked_at)
    connection.execute(_RENEW, live._asdict() | client | {"renewed": live.session_id})
    return live
