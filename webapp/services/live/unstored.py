"""Answering without storing anything: no chat session, no row, only a draft in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.agent.values import Utterance
from webapp.database.transaction import leave_transaction
from webapp.errors import AppError
from webapp.ids import new_id, utc_now
from webapp.services.assistants.registry import check_assistant, registry
from webapp.services.content import check_content
from webapp.services.live.ending import INTERRUPTED
from webapp.services.live.process.runner import runner
from webapp.services.live.process.signals import STOPPED, ending_of, notifier
from webapp.services.live.process.writer import drive_to_end, end_or_refusal
from webapp.services.live.values import Begun, Discarded, Failed, LiveTurn, Unstored

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.services.live.process.draft import Draft
    from webapp.services.live.values import Outcome, TurnRequest
    from webapp.services.users import CurrentUser


def begin_unstored(user: CurrentUser, wanted: TurnRequest) -> Begun:
    """Start an answer to `content` after `history`, within the limits of what is stored.

    Its draft is followed like any other one. Its outcome is Unstored, Failed, or TakenBack if it was stopped.
    Raises Invalid, Busy and TooMany.
    """
    assert wanted.content is not None
    check_content(wanted.content)
    for message in wanted.history or ():
        check_content(message.content, message.pointer)
    check_assistant(wanted.assistant)
    live = _nowhere(wanted.content, wanted.assistant or registry().default_key())
    first = [Utterance("system", wanted.instructions)] if wanted.instructions else []
    said = [Utterance(message.role, message.content) for message in wanted.history or ()]
    history = [*first, *said, Utterance("user", wanted.content)]
    leave_transaction()
    with runner().slot(user) as slot:
        return Begun(live, is_new=True, draft=slot.start_unstored(user, live, lambda draft: _write(draft, history)))


def stop_unstored(draft: Draft) -> None:
    """Stop an answer that nobody waits for any more."""
    if draft.claim():
        notifier()(STOPPED)
        draft.end(Discarded())


def interrupt_unstored(draft: Draft) -> None:
    """End an answer because the process ends."""
    _end(draft, Failed("interrupted", INTERRUPTED))


def _write(draft: Draft, history: Sequence[Utterance]) -> None:
    end = end_or_refusal(lambda: drive_to_end(history, draft), draft)
    if isinstance(end, AppError):
        _end(draft, Failed(end.code, end.detail))
    elif draft.claim():
        # Only now: what came last may have been half a character.
        _tell(draft, Unstored(draft.text(), end))


def _end(draft: Draft, outcome: Outcome) -> None:
    if draft.claim():
        _tell(draft, outcome)


def _tell(draft: Draft, outcome: Outcome) -> None:
    notifier()(ending_of(outcome))
    draft.end(outcome)


def _nowhere(content: str, assistant: str) -> LiveTurn:
    """Return a live turn that no row tells of: a draft wants to know what it is for."""
    now = utc_now()
    return LiveTurn(
        session_id="",
        attempt=new_id(),
        user_message_id=new_id(),
        content=content,
        instructions=None,
        assistant=assistant,
        base_idx=-1,
        question_idx=0,
        replaces_from_idx=None,
        state="writing",
        partial="",
        problem=None,
        reason=None,
        stop_wanted=False,
        made_session=False,
        asked_at=now,
        heartbeat_at=now,
    )
