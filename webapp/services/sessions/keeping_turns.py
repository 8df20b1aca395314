"""Keeping of a turn that happened elsewhere: in a chat that there is, or in a new one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from webapp.errors import Invalid
from webapp.services.sessions.from_carried import create_session_with
from webapp.services.transcripts.appending import append_turn

if TYPE_CHECKING:
    from webapp.services.idempotency import RequestKey
    from webapp.services.users import CurrentUser
    from webapp.services.values import NewMessage, SessionRow


def keep_turn(
    user: CurrentUser,
    question: NewMessage,
    answer: NewMessage,
    *,
    session_id: str | None = None,
    title: str = "",
    key: RequestKey | None = None,
) -> SessionRow:
    """Store a question and its answer, and return their session. `title` is for a new one.

    The form of the `key` gets a Turn or a SessionRow. Raises what `append_turn` and `create_session_with` raise.
    """
    if session_id is None:
        pair = (replace(question, role="user"), replace(answer, role="assistant"))
        return create_session_with(user, pair, title=title, key=key)
    if title:
        raise Invalid.field("title", "contradictory", "Send the id of a chat, or the title of a new one, not both.")
    return append_turn(user, session_id, question, answer, key=key).session
