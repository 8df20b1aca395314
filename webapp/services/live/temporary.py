"""Turns of a temporary chat: its client carries the transcript, and nothing is stored."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from webapp.agent.values import End
from webapp.ids import utc_now
from webapp.services.carried import check_carried, check_room, check_times
from webapp.services.content import BLANK
from webapp.services.live.keeping import BROKEN_OFF
from webapp.services.live.process.limits import model_of
from webapp.services.live.process.signals import STOPPED
from webapp.services.live.storing import answer_message
from webapp.services.live.unstored import begin_unstored
from webapp.services.live.values import Failed, LiveSnapshot, Unstored
from webapp.services.values import NewMessage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from webapp.services.live.values import Begun, LiveTurn
    from webapp.services.users import CurrentUser


def ask_temporarily(
    user: CurrentUser,
    earlier: Sequence[NewMessage],
    content: str,
    *,
    assistant: str | None = None,
    asked_at: datetime | None = None,
) -> Begun:
    """Start the answer to `content` after the turns that the client carries.

    `asked_at` is the time of a question that was asked before. Times go forward, also where another machine's clock
    dated the messages before, or this one's was set back.

    Raises what `check_room`, `check_carried`, `check_times` and `begin_unstored` raise.
    """
    check_room(earlier)
    check_carried(earlier)
    check_times(earlier)
    times = [message.create_time for message in earlier if message.create_time]
    not_before = max([*times[-1:], *filter(None, [asked_at])], default=None)
    return begin_unstored(user, earlier, content, assistant=assistant, not_before=not_before)


def carried_question(live: LiveTurn) -> NewMessage:
    return NewMessage(content=live.content, create_time=live.asked_at)


def carried_answer(snapshot: LiveSnapshot) -> NewMessage | None:
    """Return the answer for the client to carry, as far as it came. Return None without text."""
    live, text, outcome, thought = snapshot
    if isinstance(outcome, Unstored):
        text, end = outcome.text, outcome.end
    else:
        reason = BROKEN_OFF if isinstance(outcome, Failed) else STOPPED
        end = End(model=model_of(live), finish_reason=reason)
    if not text.strip(BLANK):
        return None
    return replace(answer_message(live, text, end, thought), create_time=max(utc_now(), live.asked_at))
