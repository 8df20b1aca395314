"""The connections of clients that read an answer. An answer whose clients all left is stopped after a wait.

A client of the OpenAI API stops an answer by closing its connection. One that lost its connection repeats the request.
Only the wait distinguishes the two. The row counts the connections, because a repeated request may reach another
process.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, case, insert, select, update

from webapp.config.settings import Settings
from webapp.database.failures import OUTAGE_ERRORS
from webapp.database.transaction import writing
from webapp.ids import utc_now
from webapp.models import LeftAnswer, table_of
from webapp.observability.exceptions import describe_exception
from webapp.services.live.rows import table
from webapp.state import current

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from webapp.services.live.values import LiveTurn

log = logging.getLogger(__name__)

left_answers = table_of(LeftAnswer)

_is_attempt = table.c.attempt == bindparam("of_attempt")
_ATTACH = update(table).where(_is_attempt).values(listeners=table.c.listeners + 1, gone_at=None)
_DETACH = (
    update(table)
    .where(_is_attempt, table.c.listeners.is_not(None))
    .values(
        listeners=table.c.listeners - 1,
        gone_at=case((table.c.listeners <= 1, bindparam("now", type_=table.c.gone_at.type)), else_=table.c.gone_at),
    )
)
_LEAVE = update(table).where(_is_attempt).values(gone_at=bindparam("now"))
_MARK = insert(left_answers)
_IS_LEFT = select(left_answers.c.message_id).where(left_answers.c.message_id == bindparam("message_id"))


def attach_listener(connection: Connection, live: LiveTurn) -> None:
    """Count another connection that reads the answer. Turns without clients, such as a page's, are not counted."""
    connection.execute(_ATTACH, {"of_attempt": live.attempt})


def detach_listener(live: LiveTurn) -> None:
    """Note that a connection was closed before the end of the answer. It may wait for the database."""
    try:
        with writing() as connection:
            connection.execute(_DETACH, {"of_attempt": live.attempt, "now": utc_now()})
    except OUTAGE_ERRORS as error:
        log.warning("An answer goes on although its client left: %s", describe_exception(error))


def mark_gone(live: LiveTurn) -> None:
    """Note that the client has stopped reading the answer, whatever connections are open."""
    with writing() as connection:
        connection.execute(_LEAVE, {"of_attempt": live.attempt, "now": utc_now()})


def gone_before() -> datetime:
    """Return the latest time at which the clients of an answer that is to be stopped left."""
    return utc_now() - timedelta(seconds=current(Settings).repeat_wait)


def mark_left(connection: Connection, message_id: str) -> None:
    """Mark a stored answer as one whose client left before its end."""
    connection.execute(_MARK, {"message_id": message_id})


def is_left(connection: Connection, message_id: str) -> bool:
    """Return whether the client of a stored answer left before its end."""
    return connection.execute(_IS_LEFT, {"message_id": message_id}).first() is not None
