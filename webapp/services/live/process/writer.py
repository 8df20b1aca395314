"""Write a reply in a thread, from the history to the end. No transaction is open while it waits for the assistant."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, assert_never

from webapp.agent.empty_answers import without_text
from webapp.agent.protocol import AssistantFailed
from webapp.agent.values import End, Reasoning, Rethought, Status, Text, ToolCall, ToolResult, Utterance
from webapp.config.settings import Settings
from webapp.database.failures import TRANSIENT_ERRORS
from webapp.database.transaction import leave_transaction
from webapp.errors import AppError, NotFound, ProviderFailed
from webapp.observability.exceptions import describe_exception
from webapp.services.assistants.registry import registry
from webapp.services.content import BLANK
from webapp.services.files.notes import with_file_notes
from webapp.services.live.ending import fail_draft, interrupt, refuse_draft, store_draft
from webapp.services.live.parameters import options_of
from webapp.services.live.process.limits import (
    TOO_LONG,
    add_within_limit,
    model_of,
    reason_within_limit,
    rethink_within_limit,
)
from webapp.services.live.system_messages import weave
from webapp.services.search.toolbox import UserToolbox
from webapp.services.transcripts.reading import read_range
from webapp.services.transcripts.struck import removal_note
from webapp.services.workers.work import Work
from webapp.state import current

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from webapp.agent.protocol import Assistant
    from webapp.services.live.process.draft import Draft
    from webapp.services.live.values import LiveTurn
    from webapp.services.users import CurrentUser
    from webapp.services.values import TranscriptMessage

log = logging.getLogger(__name__)

CONTINUE = (
    "Your last answer was cut off. Continue it exactly where it ends: write only the rest, without an introduction "
    "and without repeating what is there."
)

_NO_TEXT = "The assistant returned no text. Please try again, or choose another assistant."


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
        return ProviderFailed("The database is busy. Please try again in a few seconds.")
    except Exception:
        if not draft.is_claimed:
            log.exception("A reply could not be written")
        return ProviderFailed("An unexpected error occurred. The server's log has the details.")


def read_history(user: CurrentUser, live: LiveTurn) -> list[Utterance]:
    """Return the messages before the question, the question, a begun answer, and the system messages between them."""
    # An edited or a stored question is there, perhaps with files.
    is_there = live.replaces_from_idx is not None
    try:
        before = read_range(user, live.session_id, 0, live.question_idx + is_there)
    except NotFound:
        # The session was deleted meanwhile. Storing the end will find that out.
        before = []
    files = before.pop().files if is_there and len(before) > live.question_idx else ()
    history = [Utterance(message.role, _said(message)) for message in before]  # type: ignore[arg-type]
    question = Utterance("user", with_file_notes(live.content, files))
    return [*weave([*history, question], live.system_messages), *_begun_answer(live)]


def _begun_answer(live: LiveTurn) -> list[Utterance]:
    """Return the beginning of an answer that is continued, and the request to continue it.

    The request is an utterance of the user: many models refuse a history that ends with the assistant's.
    """
    return [Utterance("assistant", live.partial), Utterance("user", CONTINUE)] if live.continues_from else []


def _said(message: TranscriptMessage) -> str:
    """Return an earlier message as the assistant gets it."""
    if message.struck_at:
        return removal_note(message.struck_at)
    return with_file_notes(message.content, message.files)


def drive_to_end(history: Sequence[Utterance], draft: Draft) -> End:
    """Read the reply of the draft's assistant into the draft, and return its End.

    Raises ProviderFailed for a reply that cannot be stored.
    """
    assistant = registry().pick(draft.live.assistant)
    leave_transaction()
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
        raise ProviderFailed((without_text(end.finish_reason) if isinstance(end, End) else None) or _NO_TEXT)
    return end


def _read(assistant: Assistant, history: Sequence[Utterance], draft: Draft) -> End | None:
    settings = current(Settings)
    silence, whole = float(settings.assistant_timeout), float(settings.answer_timeout)
    deadline = time.monotonic() + whole
    end: End | None = None
    toolbox = UserToolbox(draft.user, is_stored=bool(draft.live.session_id))
    options = options_of(draft.live)
    for event in assistant.reply(history, timeout=silence, stop=draft.stop, toolbox=toolbox, **options):
        match event:
            case Text(text):
                if not add_within_limit(draft, text):
                    return End(model=model_of(draft.live), finish_reason=TOO_LONG)
            case Reasoning(text):
                reason_within_limit(draft, text)
            case Rethought():
                rethink_within_limit(draft)
            case End():
                end = event
            case ToolCall() | ToolResult() | Status():
                # These describe how the answer is made. They are not part of its text and are not stored.
                pass
            case _:
                assert_never(event)
        _check_time(deadline, whole)
        if draft.is_claimed:
            break
    return end


def _kind(assistant: Assistant) -> str:
    """Return the name of an assistant for the log, without the model: users can write any text there."""
    return assistant.key.partition(":")[0]


def _check_time(deadline: float, timeout: float) -> None:
    if time.monotonic() > deadline:
        raise AssistantFailed(f"The assistant did not finish within {timeout:g} seconds, the limit for a whole answer.")
