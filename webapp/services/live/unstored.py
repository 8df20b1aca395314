"""Answers that are not stored: no chat session and no row, only a draft in this process."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from webapp.agent.values import Utterance
from webapp.database.transaction import leave_transaction
from webapp.errors import AppError
from webapp.ids import new_id
from webapp.services.assistants.lookup import check_assistant
from webapp.services.assistants.registry import registry
from webapp.services.content import BLANK, check_content
from webapp.services.live.beginning.left_answers import Told, without_blanks
from webapp.services.live.ending import INTERRUPTED
from webapp.services.live.parameters import fields_of
from webapp.services.live.process.draft import Draft
from webapp.services.live.process.pool import runner
from webapp.services.live.process.signals import STOPPED, ending_of, notifier
from webapp.services.live.process.writer import drive_to_end, end_or_refusal
from webapp.services.live.system_messages import weave
from webapp.services.live.values import Begun, Discarded, Failed, LiveTurn, Unstored
from webapp.services.transcripts.struck import as_said
from webapp.services.workers.work import Work

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from webapp.agent.values import Parameters
    from webapp.services.live.system_messages import SystemMessage
    from webapp.services.live.values import Outcome
    from webapp.services.users import CurrentUser
    from webapp.services.values import NewMessage


def begin_unstored(
    user: CurrentUser,
    history: Sequence[NewMessage],
    content: str,
    *,
    assistant: str | None = None,
    system: Sequence[SystemMessage] = (),
    parameters: Parameters | None = None,
    not_before: datetime | None = None,
) -> Begun:
    """Start an answer to `content` after `history`, both within the limits of stored messages.

    Empty messages of the history are passed over. Followers use its draft like any other. Its outcome is Unstored,
    Failed, or Discarded if it was stopped. The question's time is `not_before`, if the clock is behind that.
    Raises Invalid, Busy and TooMany.
    """
    check_content(content)
    told = without_blanks(Told(tuple(map(as_said, history)), tuple(system)))
    for message in told.history:
        check_content(message.content, message.pointer)
    check_assistant(assistant)
    chosen = assistant or registry().default_key()
    live = LiveTurn.begun(user_message_id=new_id(), content=content, assistant=chosen)
    asked_at = max(live.asked_at, not_before or live.asked_at)
    live = live._replace(parameters=fields_of(parameters), asked_at=asked_at)
    earlier = [Utterance(message.role, message.content) for message in told.history]
    utterances = weave([*earlier, Utterance("user", content)], told.system)
    leave_transaction()
    work: Work[Draft] = Work(lambda draft: _write(draft, utterances), interrupt_unstored, lambda _draft, _error: None)
    with runner().slot(user.id) as slot:
        return Begun(live, is_new=True, draft=slot.start(Draft(user, live, runner().forget), work))


def stop_unstored(draft: Draft) -> None:
    """Stop an answer whose caller has disconnected."""
    if draft.claim():
        notifier()(STOPPED)
        draft.end(Discarded())


def interrupt_unstored(draft: Draft) -> None:
    """End an answer because the process ends."""
    _end(draft, Failed("interrupted", INTERRUPTED))


def _write(draft: Draft, history: Sequence[Utterance]) -> None:
    end = end_or_refusal(lambda: drive_to_end(history, draft), draft)
    if isinstance(end, AppError):
        _end(draft, Failed.of(end))
    elif draft.claim():
        # After the claim, which completes the text: the last piece may have ended in half a surrogate pair.
        _finish(draft, Unstored(draft.text(), end, draft.thought().text.strip(BLANK)))


def _end(draft: Draft, failed: Failed) -> None:
    if draft.claim():
        _finish(draft, replace(failed, text=draft.text()))


def _finish(draft: Draft, outcome: Outcome) -> None:
    notifier()(ending_of(outcome))
    draft.end(outcome)
