"""Chatting: one question, one finished answer, kept together or not at all."""

from __future__ import annotations

import logging
import time
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from flask import current_app

from webapp.agent.protocol import AssistantFailed
from webapp.agent.values import End, MonthCount, Text, Utterance
from webapp.errors import AppError, ProviderFailed, StaleTranscript
from webapp.models.ids import utc_now
from webapp.models.types import instant_text
from webapp.services.assistants import check_assistant, registry
from webapp.services.content import BLANK, check_content, max_content_chars, mend
from webapp.services.recall import find_turns
from webapp.services.sessions import insert_session
from webapp.services.transaction import leave_transaction, writing
from webapp.services.transcripts import read_transcript
from webapp.services.turns import check_appendable, insert_turn
from webapp.services.values import NewMessage
from webapp.trouble import DatabaseTrouble

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.agent.protocol import Assistant
    from webapp.services.users import CurrentUser
    from webapp.services.values import Seal, SessionSummary, Turn

log = logging.getLogger(__name__)


class ChatResult(NamedTuple):
    """A turn that was answered and kept, whether it made its session, and what the answer looked at."""

    turn: Turn
    made_session: bool
    histogram: tuple[MonthCount, ...]


@dataclass
class _Reply:
    """The reply as it has come so far."""

    parts: list[str] = field(default_factory=list)
    length: int = 0
    end: End | None = None


class AgentService:
    """Runs turns for one user."""

    def __init__(self, user: CurrentUser) -> None:
        self._user = user

    def run(
        self,
        content: str,
        *,
        session_id: str | None = None,
        expected_last_idx: int | None = None,
        assistant: str | None = None,
        seal: Seal[ChatResult] | None = None,
    ) -> ChatResult:
        """Get the whole reply to `content` and keep both messages in one transaction.

        Without a session one is made, in that same transaction. Whatever can be refused is refused before the
        assistant is called: Invalid, NotFound, Archived, StaleTranscript. ProviderFailed says why there is no
        reply; nothing is stored then.
        """
        check_content(content)
        check_assistant(assistant)
        session, history = self._look(session_id, expected_last_idx)
        key = self._choose(assistant, session)
        asked_at = utc_now()
        leave_transaction()
        chosen = registry().pick(self._user, key, find_turns)
        reply, end = _collect(chosen, [*history, Utterance("user", content)])
        question = NewMessage(content=content, create_time=asked_at)
        answer = NewMessage(
            content=reply,
            model=mend(end.model),
            finish_reason=mend(end.finish_reason)[:32],
            usage=asdict(end.usage) if end.usage else None,
            citations=_citations(end),
        )
        return self._keep(session, question, answer, key, end, seal)

    def _look(
        self, session_id: str | None, expected_last_idx: int | None
    ) -> tuple[SessionSummary | None, list[Utterance]]:
        if session_id is None:
            if expected_last_idx not in (None, -1):
                raise StaleTranscript("A new chat has no messages yet: leave expected_last_idx out, or send −1.")
            return None, []
        page = read_transcript(self._user, session_id)
        check_appendable(page.session, expected_last_idx)
        return page.session, [Utterance(m.role, m.content) for m in page.messages]  # type: ignore[arg-type]

    def _choose(self, assistant: str | None, session: SessionSummary | None) -> str:
        remembered = session.assistant if session else None
        for key in (assistant, remembered):
            if key and registry().knows(key):
                return key
        return registry().default_key()

    def _keep(
        self,
        session: SessionSummary | None,
        question: NewMessage,
        answer: NewMessage,
        key: str,
        end: End,
        seal: Seal[ChatResult] | None,
    ) -> ChatResult:
        with writing() as connection:
            made = session is None
            if session is None:
                session = insert_session(connection, self._user, assistant=key)
            turn = insert_turn(
                connection,
                self._user,
                session.id,
                question,
                answer,
                expected_last_idx=session.last_idx,
                assistant=key,
            )
            result = ChatResult(turn, made, end.histogram)
            if seal:
                seal(result)
        return result


def _collect(assistant: Assistant, history: Sequence[Utterance]) -> tuple[str, End]:
    """Read a reply to its end. Raises ProviderFailed for one that cannot be kept."""
    timeout = float(current_app.extensions["settings"].assistant_timeout)
    deadline = time.monotonic() + timeout
    reply = _Reply()
    try:
        for event in assistant.reply(history, timeout=timeout):
            _take(reply, event)
            if time.monotonic() > deadline:
                raise AssistantFailed(f"The assistant did not finish within {timeout:g} seconds. Please try again.")
    except AssistantFailed as error:
        log.warning("Assistant %s failed: %s", assistant.key, error)
        raise ProviderFailed(str(error)) from error
    except (AppError, *DatabaseTrouble):
        raise
    except Exception as error:
        # An assistant is somebody else's code and network: whatever it raises, the user's text must survive it.
        log.exception("Assistant %s raised", assistant.key)
        raise ProviderFailed("The assistant failed in a way it does not explain. Please try again.") from error
    text = mend("".join(reply.parts))
    if reply.end is None or not text.strip(BLANK):
        raise ProviderFailed("The assistant answered nothing. Please try again, or choose another assistant.")
    return text, reply.end


def _take(reply: _Reply, event: Text | End) -> None:
    if isinstance(event, End):
        reply.end = event
        return
    reply.parts.append(event.text)
    reply.length += len(event.text)
    if reply.length > max_content_chars():
        raise AssistantFailed(
            f"The assistant's answer grew past {max_content_chars():,} characters, the most that is kept. "
            "Ask for a shorter one."
        )


def _citations(end: End) -> list[dict[str, object]] | None:
    return [
        asdict(citation) | {"create_time": instant_text(citation.create_time)} for citation in end.citations
    ] or None
