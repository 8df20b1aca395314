"""Write a reply in a thread, from the history to the end. No transaction is open while it waits for the assistant."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, assert_never

from webapp.agent.protocol import AssistantFailed
from webapp.agent.values import End, Reasoning, Status, Text, ToolCall, ToolResult, Utterance
from webapp.config.settings import Settings
from webapp.database.failures import TRANSIENT_ERRORS
from webapp.database.transaction import leave_transaction
from webapp.errors import AppError, NotFound, ProviderFailed
from webapp.observability.exceptions import describe_exception
from webapp.services.assistants.registry import registry
from webapp.services.content import BLANK, max_content_chars
from webapp.services.live.ending import fail_draft, interrupt, refuse_draft, store_draft
from webapp.services.live.parameters import options_of
from webapp.services.live.system_messages import weave
from webapp.services.search.toolbox import UserToolbox
from webapp.services.transcripts.reading import read_range
from webapp.services.workers.work import Work
from webapp.state import current

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from webapp.agent.protocol import Assistant
    from webapp.services.live.process.draft import Draft
    from webapp.services.live.values import LiveTurn
    from webapp.services.users import CurrentUser

log = logging.getLogger(__name__)


def write_reply(draft: Draft) -> None:
    """Read the assistant's reply into the draft, then store the draft or its failure."""

    def reply() -> End:
        history = read_history(draft.user, draft.live)
        leave_transaction()
        return drive_to_end(history, draft)

    end = end_or_refusal(reply, draft)
    if isinstance(end, End):
        store_draft(draft, end)
    else:
        fail_draft(draft, end)


#: The pool's work for the draft of a live turn.
WRITING: Work[Draft] = Work(carry_out=write_reply, interrupt=interrupt, refuse=refuse_draft)


def end_or_refusal(reply: Callable[[], End], draft: Draft) -> End | AppError:
    """Return the end of a reply, or the error. It raises nothing, because its thread has no handler."""
    try:
        return reply()
    except AppError as error:
        return error
    except TRANSIENT_ERRORS as error:
        log.warning("A reply could not be written: %s", describe_exception(error))
        return ProviderFailed("The database is busy. Nothing was stored. Please try again in a few seconds.")
    except Exception:
        if not draft.is_claimed:
            log.exception("A reply could not be written")
        return ProviderFailed("An unexpected error occurred. The server's log has the details.")


def read_history(user: CurrentUser, live: LiveTurn) -> list[Utterance]:
    """Return the messages before the question, the question, and the system messages between them."""
    try:
        before = read_range(user, live.session_id, 0, live.question_idx)
    except NotFound:
        # The session was deleted meanwhile. Storing the end will find that out.
        before = []
    history = [Utterance(message.role, message.content) for message in before]  # type: ignore[arg-type]
    return weave([*history, Utterance("user", live.content)], live.system_messages)


def drive_to_end(history: Sequence[Utterance], draft: Draft) -> End:
    """Read the reply of the draft's assistant into the draft, and return its End.

    Raises ProviderFailed for a reply that cannot be stored.
    """
    assistant = registry().pick(draft.live.assistant)
    end: End | None = None
    try:
        end = _read(assistant, history, draft)
    except AssistantFailed as error:
        if not draft.is_claimed:
            log.warning("Assistant %s failed: %s", _kind(assistant), describe_exception(error))
        raise ProviderFailed(str(error), refusal=error.refusal) from error
    except (AppError, *TRANSIENT_ERRORS):
        raise
    except Exception as error:
        # An assistant is foreign code behind a network. No exception of it may lose the user's text.
        if not draft.is_claimed:
            log.exception("Assistant %s raised", _kind(assistant))
        raise ProviderFailed("The assistant failed with an unexpected error. Please try again.") from error
    # An assistant is foreign code: what it yields need not be an event.
    if not isinstance(end, End) or not draft.text().strip(BLANK):
        raise ProviderFailed("The assistant returned no text. Please try again, or choose another assistant.")
    return end


def _read(assistant: Assistant, history: Sequence[Utterance], draft: Draft) -> End | None:
    timeout = float(current(Settings).assistant_timeout)
    deadline, limit = time.monotonic() + timeout, max_content_chars()
    end: End | None = None
    toolbox = UserToolbox(draft.user, is_stored=bool(draft.live.session_id))
    options = options_of(draft.live)
    for event in assistant.reply(history, timeout=timeout, stop=draft.stop, toolbox=toolbox, **options):
        match event:
            case Text(text):
                # Before the text is shown, so that followers never see more than the limit.
                _check_length(draft.length + len(text), limit)
                draft.add(text)
            case End():
                end = event
            case Reasoning() | ToolCall() | ToolResult() | Status():
                # These describe how the answer is made. They are not part of its text and are not stored.
                pass
            case _:
                assert_never(event)
        _check_time(deadline, timeout)
        if draft.is_claimed:
            break
    return end


def _kind(assistant: Assistant) -> str:
    """Return the name of an assistant for the log, without the model: users can write any text there."""
    return assistant.key.partition(":")[0]


def _check_length(length: int, limit: int) -> None:
    if length > limit:
        raise AssistantFailed(
            f"The answer is longer than {limit:,} characters, which is the limit. Ask for a shorter answer."
        )


def _check_time(deadline: float, timeout: float) -> None:
    if time.monotonic() > deadline:
        raise AssistantFailed(f"The assistant did not finish within {timeout:g} seconds. Please try again.")
