"""A short conversation with a server, to see whether a connection works."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from webapp.agent.connected import ConnectedAssistant
from webapp.agent.model_list import first_for_chat
from webapp.agent.protocol import AssistantFailed
from webapp.agent.stop import Stop
from webapp.agent.values import Text, Utterance
from webapp.services.assistants.values import Outcome
from webapp.services.content import sanitize_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from webapp.agent.endpoint import Endpoint

QUESTION = "Say hello in one word."
#: Seconds for the list of models, and for the answer.
LIST_TIMEOUT = 10.0
ANSWER_TIMEOUT = 30.0
#: Characters of the answer and of a provider's words.
_SHOWN = 300
#: The answer is cut off here, so that a model that never ends costs little.
_ENOUGH = 1_000


def ask_server(endpoint: Endpoint, named: Sequence[str] = ()) -> Outcome:
    """Read the list of models and ask one of them a question. It raises nothing of the server's."""
    began = time.monotonic()
    listed: tuple[str, ...] | None = None
    problem: AssistantFailed | None = None
    try:
        listed = tuple(endpoint.models(LIST_TIMEOUT))
    except AssistantFailed as error:
        problem = error
    seconds = time.monotonic() - began
    model = first_for_chat(named) or first_for_chat(listed or ())
    found: dict[str, Any] = {"models": listed, "list_seconds": seconds, "list_problem": str(problem or "")}
    if model is None:
        sentence = str(problem) if problem else "The server has no model yet. Load one there, then test again."
        return Outcome(**found, problem=sentence, **_refusal(problem))
    return _ask(endpoint, model, found)


def _ask(endpoint: Endpoint, model: str, found: dict[str, Any]) -> Outcome:
    watched, stop = Watched(endpoint), Stop()
    assistant = ConnectedAssistant(model, cast("Endpoint", watched), model)
    text, began = "", time.monotonic()
    failure: AssistantFailed | None = None
    try:
        for event in assistant.reply([Utterance("user", QUESTION)], timeout=ANSWER_TIMEOUT, stop=stop):
            if isinstance(event, Text):
                text += event.text
            if len(text) > _ENOUGH or time.monotonic() - began > ANSWER_TIMEOUT:
                stop.request()
    except AssistantFailed as error:
        failure = error
    answer = sanitize_text(text).strip()[:_SHOWN]
    found |= {"model": model, "question": QUESTION, "answer": answer, "streamed": watched.streamed}
    if failure is None and not answer:
        failure = AssistantFailed("The model returned no text. Try another model.")
    return Outcome(
        **found, seconds=time.monotonic() - began, problem=str(failure) if failure else "", **_refusal(failure)
    )


class Watched:
    """An endpoint that sees whether a reply is a stream of events or one whole JSON document."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self.streamed = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._endpoint, name)

    @contextmanager
    def completion(self, *args: Any, **options: Any) -> Iterator[Any]:
        with self._endpoint.completion(*args, **options) as reply:
            # A reply is its pieces, alone or with more.
            yield (self._noting(reply[0]), *reply[1:]) if isinstance(reply, tuple) else self._noting(reply)

    def _noting(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        is_first = True
        for piece in pieces:
            if is_first and piece.strip():
                is_first = False
                self.streamed = piece.lstrip()[:1] not in b"{[<"
            yield piece


def _refusal(error: AssistantFailed | None) -> dict[str, Any]:
    """Return the status of a refusal and the provider's own words, as far as they are known."""
    refusal = getattr(error, "refusal", None)
    cause = getattr(error, "__cause__", None)
    status = getattr(refusal, "status", None) or getattr(cause, "status_code", None)
    words = getattr(refusal, "words", None) or getattr(cause, "words", "") or ""
    return {"status": status, "words": sanitize_text(str(words))[:_SHOWN]}
