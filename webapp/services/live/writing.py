"""Writing a reply: the work of one thread, from the history to the end, with no transaction open while it waits."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from flask import current_app

from webapp.agent.protocol import AssistantFailed
from webapp.agent.values import End, Text, Utterance
from webapp.causes import name_of
from webapp.errors import AppError, NotFound, ProviderFailed
from webapp.services.assistants import registry
from webapp.services.content import BLANK, max_content_chars
from webapp.services.live.ending import fail_draft, keep_draft
from webapp.services.recall import find_turns
from webapp.services.transaction import leave_transaction
from webapp.services.transcripts import read_range
from webapp.trouble import DatabaseTrouble

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from webapp.agent.protocol import Assistant
    from webapp.services.live.draft import Draft
    from webapp.services.live.values import LiveTurn
    from webapp.services.users import CurrentUser

log = logging.getLogger(__name__)


def write_reply(draft: Draft) -> None:
    """Drive the assistant and end the draft: kept if it answers, failed if it does not."""
    try:
        history = read_history(draft.user, draft.live)
        leave_transaction()
        assistant = registry().pick(draft.user, draft.live.assistant, find_turns)
        end = _drive(assistant, history, draft)
    except AppError as error:
        fail_draft(draft, error)
    except DatabaseTrouble as error:
        log.warning("A reply could not be written: %s", name_of(error))
        fail_draft(draft, ProviderFailed("The database is busy. Nothing was kept; please try again in a few seconds."))
    except Exception:
        if not draft.is_claimed:
            log.exception("A reply could not be written")
        fail_draft(draft, ProviderFailed("Minutebook made a mistake; its log tells what it was."))
    else:
        keep_draft(draft, end)


def read_history(user: CurrentUser, live: LiveTurn) -> list[Utterance]:
    """Return what the assistant is to answer: what was said up to the question, and the question."""
    try:
        before = read_range(user, live.session_id, 0, live.question_idx)
    except NotFound:
        # Deleted in the meantime; the end finds that out by itself.
        before = []
    history = [Utterance(message.role, message.content) for message in before]  # type: ignore[arg-type]
    first = [Utterance("system", live.instructions)] if live.instructions else []
    return [*first, *history, Utterance("user", live.content)]


def _drive(assistant: Assistant, history: Sequence[Utterance], draft: Draft) -> End:
    end: End | None = None
    for end in drive(assistant, history, draft):  # noqa: B007 - the last one
        pass
    assert end is not None
    return end


def drive(assistant: Assistant, history: Sequence[Utterance], draft: Draft) -> Iterator[End | None]:
    """Read a reply into the draft. Yield None for every piece, and its end at last.

    Raises ProviderFailed for one that cannot be kept.
    """
    timeout = float(current_app.extensions["settings"].assistant_timeout)
    deadline, limit = time.monotonic() + timeout, max_content_chars()
    end: End | None = None
    try:
        for event in assistant.reply(history, timeout=timeout, stop=draft.stop):
            if isinstance(event, Text):
                draft.add(event.text)
            else:
                end = event
            _check(draft, limit, deadline, timeout)
            if draft.is_claimed:
                break
            yield None
    except AssistantFailed as error:
        if not draft.is_claimed:
            log.warning("Assistant %s failed: %s", _kind(assistant), name_of(error))
        raise ProviderFailed(str(error)) from error
    except (AppError, *DatabaseTrouble):
        raise
    except Exception as error:
        # An assistant is somebody else's code and network: whatever it raises, the user's text must survive it.
        if not draft.is_claimed:
            log.exception("Assistant %s raised", _kind(assistant))
        raise ProviderFailed("The assistant failed in a way it does not explain. Please try again.") from error
    if not isinstance(end, End) or not draft.text().strip(BLANK):
        raise ProviderFailed("The assistant answered nothing. Please try again, or choose another assistant.")
    yield end


def _kind(assistant: Assistant) -> str:
    """Name an assistant in the log: without the model, for which anybody can write any words."""
    return assistant.key.partition(":")[0]


def _check(draft: Draft, limit: int, deadline: float, timeout: float) -> None:
    if draft.length > limit:
        raise AssistantFailed(
            f"The assistant's answer grew past {limit:,} characters, the most that is kept. Ask for a shorter one."
        )
    if time.monotonic() > deadline:
        raise AssistantFailed(f"The assistant did not finish within {timeout:g} seconds. Please try again.")
