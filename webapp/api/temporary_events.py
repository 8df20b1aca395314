"""The events of a temporary turn, and the turn whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request

from webapp.api.answering import Seen, growth_events
from webapp.api.errors import problem_json
from webapp.api.kit.events import event
from webapp.api.present import citation_json, provider_json
from webapp.api.schemas.temporary import TEMPORARY_EVENTS
from webapp.errors import AppError
from webapp.http.authentication import current_user
from webapp.http.prefixed_links import prefix_json
from webapp.services.live import Failed, Unstored, carried_answer, carried_question, conclude

if TYPE_CHECKING:
    from webapp.services.live import LiveSnapshot, LiveTurn
    from webapp.services.values import NewMessage

_CARRIED = ("content", "create_time", "model", "finish_reason", "reasoning", "reasoning_seconds")


def whole_turn(snapshot: LiveSnapshot) -> dict[str, Any]:
    """Return the JSON of a turn that has ended. Raises the AppError of one without an answer."""
    outcome, answer = snapshot.outcome, carried_answer(snapshot)
    if not isinstance(outcome, Unstored) or answer is None:
        try:
            conclude(current_user(), snapshot.live, outcome)
        except AppError as error:
            error.facts = _facts(snapshot) | error.facts
            raise
    assert answer is not None
    citations = [citation_json(citation) for citation in answer.citations or ()]
    return {"turn": _turn(snapshot.live, answer), "citations": citations, "usage": answer.usage}


class TemporaryEvents:
    """Writes the events of a temporary turn. It cannot be resumed."""

    def __init__(self, live: LiveTurn) -> None:
        self._live = live
        self._seen = Seen()
        self._prefix = request.script_root

    def opening(self) -> bytes:
        return self._event("start", {"assistant": self._live.assistant, "user": _question(self._live)})

    def growth(self, snapshot: LiveSnapshot) -> bytes:
        piece = b"".join(growth_events(self._live.attempt, snapshot.text, snapshot.thought, self._seen))
        self._seen = self._seen.after(snapshot.text, snapshot.thought)
        return piece

    def ending(self, snapshot: LiveSnapshot) -> bytes:
        """Return the remaining text and the last events."""
        remaining = self.growth(snapshot)
        try:
            whole = whole_turn(snapshot)
        except AppError as error:
            return remaining + self.broken(error)
        citations = b"".join(self._event("citation", citation) for citation in whole["citations"])
        return remaining + prefix_json(citations + self._event("done", whole), self._prefix)

    def broken(self, error: AppError) -> bytes:
        problem = problem_json(error.status, error.code, error.title, error.detail, error.facts)
        return prefix_json(self._event("error", problem), self._prefix)

    def _event(self, name: str, data: dict[str, Any]) -> bytes:
        return event(name, data, id=f"{self._live.attempt}:{self._seen}", model=TEMPORARY_EVENTS[name])


def _facts(snapshot: LiveSnapshot) -> dict[str, object]:
    """Return the turn as far as it came, and the provider's answer."""
    answer = carried_answer(snapshot)
    provider = provider_json(snapshot.outcome) if isinstance(snapshot.outcome, Failed) else None
    facts: dict[str, object] = {"turn": _turn(snapshot.live, answer)} if answer else {}
    return facts | ({"provider": provider} if provider else {})


def _turn(live: LiveTurn, answer: NewMessage) -> dict[str, Any]:
    return {"user": _question(live), "assistant": {name: getattr(answer, name) for name in _CARRIED}}


def _question(live: LiveTurn) -> dict[str, Any]:
    question = carried_question(live)
    return {"content": question.content, "create_time": question.create_time}
