"""Answering without keeping anything: no chat session, no live turn, no row at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.agent.values import Text, Utterance
from webapp.models.ids import new_id, utc_now
from webapp.services.assistants import check_assistant, registry
from webapp.services.content import check_content
from webapp.services.live.draft import Draft
from webapp.services.live.runner import runner
from webapp.services.live.signals import teller
from webapp.services.live.values import LiveTurn
from webapp.services.live.writing import drive
from webapp.services.recall import find_turns
from webapp.services.transaction import leave_transaction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webapp.agent.values import Event
    from webapp.services.live.signals import Ending
    from webapp.services.live.values import TurnRequest
    from webapp.services.users import CurrentUser


def answer_unkept(user: CurrentUser, wanted: TurnRequest) -> Iterator[Event]:
    """Yield the pieces of the answer to `content` after `history`, and its end, within the limits of what is kept.

    The assistant is driven by whoever iterates; who stops iterating stops it. It takes a place among the replies that
    are written at once. Raises Invalid, Busy, TooMany and ProviderFailed, from the first step on.
    """
    assert wanted.content is not None
    check_content(wanted.content)
    for message in wanted.history or ():
        check_content(message.content, message.pointer)
    check_assistant(wanted.assistant)
    key = wanted.assistant or registry().default_key()
    draft = Draft(user, _nowhere(wanted.content, key))
    history = [Utterance(message.role, message.content) for message in wanted.history or ()]
    first = [Utterance("system", wanted.instructions)] if wanted.instructions else []
    leave_transaction()
    assistant = registry().pick(user, key, find_turns)
    tell = teller()
    with runner().place(user):
        seen = 0
        ending: Ending = "failed"
        try:
            for end in drive(assistant, [*first, *history, Utterance("user", wanted.content)], draft):
                text = draft.text()
                if len(text) > seen:
                    yield Text(text[seen:])
                    seen = len(text)
                if end is not None:
                    # What came last may be half a character.
                    draft.claim()
                    if len(draft.text()) > seen:
                        yield Text(draft.text()[seen:])
                    ending = "finished"
                    yield end
        except GeneratorExit:
            ending = "finished" if ending == "finished" else "stopped"
            raise
        finally:
            draft.stop.ask()
            tell(ending)


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
