"""Continue an answer that is not complete: the failed one of a chat, or its last one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.errors import Invalid
from webapp.services.assistants.registry import registry
from webapp.services.content import BLANK, max_content_chars
from webapp.services.live.beginning.placement import find_failed, lock_session, place_again
from webapp.services.live.beginning.regenerate import place_regenerated
from webapp.services.live.beginning.start import start
from webapp.services.live.keeping import BROKEN_OFF
from webapp.services.live.process.signals import STOPPED
from webapp.services.live.values import Continued
from webapp.services.transcripts.reading import read_message

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from webapp.services.idempotency import RequestKey, StoredAnswer
    from webapp.services.live.values import Begun, LiveTurn, Placement
    from webapp.services.users import CurrentUser
    from webapp.services.values import SessionRow, TranscriptMessage

#: The finish reasons of answers that have more to say.
_INCOMPLETE = {"length", STOPPED, BROKEN_OFF}


def continue_answer(
    user: CurrentUser, session_id: str, *, expected_last_idx: int | None = None, key: RequestKey | None = None
) -> Begun | StoredAnswer:
    """Begin an attempt that writes the rest of an answer. Its end stores one message with both parts.

    Raises Invalid if no answer is incomplete, NotFound, Archived, StaleTranscript, Answering, and what `start` raises.
    """

    def again(connection: Connection, live: LiveTurn) -> Placement:
        _check_same_assistant(live.assistant)
        placed = place_again(connection, live, user=user, assistant=None, expected_last_idx=expected_last_idx)
        return placed._replace(continued=_beginning(live.partial, live.reasoning, live.reasoning_seconds))

    def resolve(connection: Connection) -> Placement:
        session = lock_session(connection, user, session_id, expected_last_idx)
        failed = find_failed(connection, user, session, lambda _live: True)
        return _place_rest(connection, session) if failed is None else again(connection, failed)

    return start(user, resolve, again, key)


def is_incomplete(message: TranscriptMessage) -> bool:
    """Say whether an answer can be continued."""
    return (
        message.role == "assistant"
        and message.finish_reason in _INCOMPLETE
        and len(message.content) < max_content_chars()
    )


def _place_rest(connection: Connection, session: SessionRow) -> Placement:
    last = read_message(connection, session.id, session.last_idx) if session.message_count else None
    if last is None or not is_incomplete(last):
        raise Invalid("The last answer of this chat is complete. Send a message instead.")
    _check_same_assistant(session.assistant)
    placed = place_regenerated(connection, session, None)
    return placed._replace(continued=_beginning(last.content, last.reasoning, last.reasoning_seconds))


def _check_same_assistant(assistant: str | None) -> None:
    """Raise Invalid if the assistant of an answer cannot continue it any more."""
    if assistant and not registry().accepts(assistant):
        raise Invalid(
            f"The assistant of this answer, {assistant}, is not available any more, so it cannot continue. "
            "Ask another assistant for a new answer."
        )


def _beginning(text: str, reasoning: str | None, seconds: float | None) -> Continued | None:
    """Return what the rest follows. A failure before the first word leaves nothing to continue."""
    return Continued(text, reasoning, seconds) if text.strip(BLANK) else None
