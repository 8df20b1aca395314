"""Stopping of replies whose account or token lost access. The partial text is stored, as after a stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update

from webapp.models import ChatSession, LiveTurn, table_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import ColumnElement, Connection

_sessions = table_of(ChatSession)
_live_turns = table_of(LiveTurn)


def stop_replies_of_account(connection: Connection, user_id: str) -> None:
    """Request the stop of every reply in an account's chats, in the caller's transaction.

    The process that writes the reply reads the request from its row within a second.
    """
    owned = select(_sessions.c.id).where(_sessions.c.owner_id == user_id)
    _request_stop(connection, _live_turns.c.session_id.in_(owned))


def stop_replies_of_tokens(connection: Connection, token_ids: Collection[str]) -> None:
    """Request the stop of every reply that these API tokens started, in the caller's transaction."""
    _request_stop(connection, _live_turns.c.token_id.in_(token_ids))


def _request_stop(connection: Connection, condition: ColumnElement[bool]) -> None:
    connection.execute(update(_live_turns).where(condition, _live_turns.c.state == "writing").values(stop_wanted=True))
