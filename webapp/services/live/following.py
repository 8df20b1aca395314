"""Follow a live turn. The process that writes it waits on the draft; every other process polls the database."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy.exc import SQLAlchemyError

from webapp.agent.values import ProviderRefusal
from webapp.database.transaction import leave_transaction, read_connection
from webapp.errors import NotFound, Unavailable
from webapp.observability.exceptions import describe_exception
from webapp.services.live.ending import INTERRUPTED
from webapp.services.live.process.pool import is_written, runner
from webapp.services.live.rows import find_idx, find_live, heartbeat_stopped, read_since
from webapp.services.live.values import Discarded, Failed, LiveSnapshot, Superseded, Thought
from webapp.services.session_rows import read_session_row
from webapp.services.transcripts.positions import find_message
from webapp.services.transcripts.reading import read_message
from webapp.services.values import ChatResult, Turn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webapp.services.live.process.draft import Draft
    from webapp.services.live.values import LiveTurn, Outcome
    from webapp.services.users import CurrentUser

log = logging.getLogger(__name__)

#: Seconds without a change after which a follower gets None, so that it can keep its connection open.
QUIET_SECONDS = 15.0
_POLL_SECONDS = 0.25


def get_live_turn(user: CurrentUser, session_id: str) -> LiveTurn | None:
    """Return the stored live turn of the session, or None. None also stands for a session that does not exist."""
    live = find_live(read_connection(), user, session_id)
    leave_transaction()
    return live


def follow(
    user: CurrentUser, live: LiveTurn, draft: Draft | None = None, *, pace: float = 0.0
) -> Iterator[LiveSnapshot | None]:
    """Yield a snapshot of the live turn now and after each change. The last snapshot has the outcome.

    `draft` is given if this process writes the turn. `pace` is the least time between two snapshots, in seconds. None
    is yielded after `QUIET_SECONDS` without a change. The iterator ends without an outcome only if this process is
    about to end: the follower asks another process. It holds no database connection while it waits.
    """
    draft = draft or runner().find(live.session_id)
    if draft is not None and draft.live.attempt == live.attempt:
        yield from _wait_on_draft(draft, pace)
    else:
        yield from _poll(user, live, pace)


def wait_for_end(
    user: CurrentUser, live: LiveTurn, draft: Draft | None = None, *, timeout: float | None = None
) -> Outcome | None:
    """Wait for the outcome of a live turn. Return None if the process ends first, or after `timeout` seconds."""
    ends_at = None if timeout is None else time.monotonic() + timeout
    # Only the end matters, so a poll twice a second is enough.
    for snapshot in follow(user, live, draft, pace=0.5):
        if snapshot is not None and snapshot.outcome is not None:
            return snapshot.outcome
        if ends_at is not None and time.monotonic() > ends_at:
            return None
    return None


def wait_for_first(user: CurrentUser, live: LiveTurn, draft: Draft | None = None) -> Outcome | None:
    """Wait for the first text, the end, or `QUIET_SECONDS`. Return the outcome if the turn has ended."""
    for snapshot in follow(user, live, draft):
        if snapshot is None or snapshot.text or snapshot.thought.text or snapshot.outcome is not None:
            return snapshot.outcome if snapshot else None
    return None


def failure_of(live: LiveTurn) -> Failed | None:
    """Return the failure of a live turn that can be retried. Return None while a process writes it."""
    if live.state == "failed":
        refusal = ProviderRefusal(**live.refusal) if live.refusal else None
        return Failed(live.problem or "", live.reason or "", refusal, live.partial)
    return None if is_written(live) else Failed("interrupted", INTERRUPTED, text=live.partial)


def outcome_of(user: CurrentUser, live: LiveTurn) -> Outcome | None:
    """Return the outcome of an attempt from the database. Return None while a process writes it."""
    connection = read_connection()
    try:
        present = find_live(connection, user, live.session_id)
        if present is not None and present.attempt == live.attempt:
            return failure_of(present)
        stored = stored_turn(user, live.session_id, live.attempt, made_session=live.made_session)
        return stored or (Discarded() if present is None else Superseded())
    finally:
        leave_transaction()


def find_stored_turn(user: CurrentUser, answer_id: str) -> ChatResult:
    """Return the turn with this answer. Raises NotFound."""
    place = find_message(user, answer_id)
    result = stored_turn(user, place.session_id, answer_id)
    if result is None or result.turn.assistant.role != "assistant":
        raise NotFound("There is no such answer.")
    return result


def stored_turn(user: CurrentUser, session_id: str, attempt: str, *, made_session: bool = False) -> ChatResult | None:
    """Return the turn that this attempt was stored as, or None."""
    connection = read_connection()
    try:
        idx = find_idx(connection, user, session_id, attempt)
        if not idx:
            return None
        session = read_session_row(connection, user, session_id)
        question, answer = (read_message(connection, session.id, each) for each in (idx - 1, idx))
        return ChatResult(Turn(session, question, answer), made_session)
    finally:
        leave_transaction()


def _wait_on_draft(draft: Draft, pace: float) -> Iterator[LiveSnapshot | None]:
    seen = -1
    while True:
        came, seen = draft.wait(seen, QUIET_SECONDS), draft.version
        snapshot = draft.snapshot()
        if snapshot.outcome is not None:
            yield snapshot
            return
        if not came:
            yield None
            continue
        yield snapshot
        if pace and seen:
            draft.wait_for_end(pace)


def _poll(user: CurrentUser, live: LiveTurn, pace: float) -> Iterator[LiveSnapshot | None]:
    text, thought, yielded_at, is_first = "", Thought(), time.monotonic(), True
    while not runner().closing.has_begun:
        news = _read_news(user, live, len(text), thought)
        outcome = news.outcome
        is_changed = bool(news.more) or news.thought != thought
        text = outcome.turn.assistant.content if isinstance(outcome, ChatResult) else news.after(text, thought)
        thought = news.thought
        if outcome is not None or is_first or is_changed:
            is_first, yielded_at = False, time.monotonic()
            yield LiveSnapshot(live, text, outcome, thought)
        elif _is_late(yielded_at):
            yielded_at = time.monotonic()
            yield None
        if outcome is not None:
            return
        time.sleep(max(_POLL_SECONDS, pace))


class News(NamedTuple):
    """The text after the characters that a follower has, the reasoning, and the outcome if there is one."""

    more: str
    thought: Thought
    outcome: Outcome | None

    def after(self, text: str, thought: Thought) -> str:
        """Return the text of a follower that had `text` and `thought` before."""
        return text + self.more if thought.restarts == self.thought.restarts else ""


def thought_in(row: Any, before: Thought) -> Thought:
    """Return the reasoning in a row of `read_since`. A row has it only for a follower without text."""
    restarts = row.restarts or 0
    if row.reasoning is None:
        return before._replace(is_open=before.is_open and not row.more, restarts=restarts)
    return Thought(row.reasoning, row.reasoning_seconds or 0.0, not row.more, restarts)


def _read_news(user: CurrentUser, live: LiveTurn, seen: int, thought: Thought) -> News:
    """Return the text after `seen` characters, the reasoning, and the outcome if there is one.

    An outage of the database returns no text and no outcome, because it does not end the answer.
    """
    try:
        row = read_since(read_connection(), user, live.session_id, seen)
        leave_transaction()
        is_ours = row is not None and row.attempt == live.attempt
        more, thought = (row.more, thought_in(row, thought)) if is_ours else ("", thought)
        if is_ours and row.state == "writing" and not heartbeat_stopped(row):
            return News(more, thought, None)
        return News(more, thought, outcome_of(user, live))
    except (Unavailable, SQLAlchemyError) as error:
        log.warning("An answer that another process writes could not be read: %s", describe_exception(error))
        leave_transaction()
        return News("", thought, None)


def _is_late(yielded_at: float) -> bool:
    return time.monotonic() - yielded_at > QUIET_SECONDS
