"""Assistants that do what a test says, and remember what they were asked."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tests.support.cast import ended
from webapp.agent.protocol import AssistantFailed
from webapp.agent.values import End, Text
from webapp.services import live as live_turns
from webapp.services.assistants.registry import Assistants
from webapp.services.live import (
    STOP_SECONDS,
    Begun,
    Failed,
    Stopped,
    append,
    conclude,
    edit,
    new_chat,
    retry,
    told_history,
    wait_for_end,
)
from webapp.state import current

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from flask import Flask

    from webapp.agent.stop import Stop
    from webapp.agent.values import Event, Utterance
    from webapp.services.live import LiveTurn
    from webapp.services.users import CurrentUser
    from webapp.services.values import ChatResult

PATIENCE = 20.0

#: How the attempts of `fail` end.
REFUSED = Failed("provider-failed", "The key was refused.")


class Heeding:
    """An assistant that stands still after its first text, and tells when it is asked to stop."""

    key = label = "scripted"

    def __init__(self) -> None:
        self.stopped, self.after = threading.Event(), Gate()

    def reply(self, _history: object, *, stop: Stop, **_limits: object) -> Iterator[Event]:
        stop.on_request(self.stopped.set)
        yield Text("Under ")
        self.after()
        yield Text("the mat.")
        yield End(model="m")


@contextmanager
def heeding(app: Flask) -> Iterator[Heeding]:
    """Offer a Heeding as the assistant of an app; at the end it goes on."""
    assistant = Heeding()
    current(Assistants, app).add(assistant)
    yield assistant
    assistant.after.open()


class Scripted:
    """Yields the events of its script; what can be called is called, what can be raised is raised."""

    key = "scripted"
    label = "Scripted"

    def __init__(self, *script: Event | Exception | Callable[[], object], key: str = "scripted") -> None:
        self.key = key
        self.script = script
        self.asked: list[list[Utterance]] = []

    def reply(self, history: Sequence[Utterance], **_limits: object) -> Iterator[Event]:
        self.asked.append(list(history))
        for step in self.script:
            if isinstance(step, Exception):
                raise step
            if callable(step):
                step()
            else:
                yield step


def answers(*texts: str, **facts: object) -> tuple[Event, ...]:
    """The script of a reply that comes in these pieces and ends well."""
    return (*map(Text, texts), End(model="scripted-1", **facts))  # type: ignore[arg-type]


def offer(*script: Event | Exception | Callable[[], object], key: str = "scripted") -> Scripted:
    """Let the app offer a scripted assistant."""
    assistant = Scripted(*script, key=key)
    current(Assistants).add(assistant)
    return assistant


class Gate:
    """A step of a script at which the reply stands still until the test lets it go on."""

    def __init__(self) -> None:
        self._reached, self._opened = threading.Event(), threading.Event()

    def __call__(self) -> None:
        self._reached.set()
        assert self._opened.wait(PATIENCE), "nobody opened the gate"

    def await_reply(self) -> None:
        """Wait until the reply has come this far."""
        assert self._reached.wait(PATIENCE), "the reply never came to the gate"

    def open(self) -> None:
        """Let it go on."""
        self._opened.set()


@contextmanager
def held(*texts: str, rest: Sequence[Any] = answers(" And the rest."), key: str = "scripted") -> Iterator[Gate]:
    """Let the app offer an assistant that says these texts and then stands still, at most to the block's end."""
    gate = Gate()
    offer(*map(Text, texts), gate, *rest, key=key)
    try:
        yield gate
    finally:
        gate.open()


def ask(user: CurrentUser, content: str | None, session_id: str | None = None, **more: Any) -> LiveTurn:
    """Begin a live turn with the scripted assistant."""
    begun = begin(user, content, session_id, **more)
    assert isinstance(begun, Begun)
    return begun.live


def begin(user: CurrentUser, content: str | None, session_id: str | None = None, **more: Any) -> Any:
    """Begin a live turn by the action that these arguments mean: no content is a retry, `edits_idx` an edit."""
    options = {"assistant": "scripted", **more}
    idx, history = options.pop("edits_idx", None), options.pop("history", None)
    if history is not None:
        return told_history(user, history, content, session_id=session_id, **options)
    if session_id is None:
        return new_chat(user, content, **options)
    if content is None:
        options.pop("drops_failed", None)
        return retry(user, session_id, **options)
    if idx is not None:
        return edit(user, session_id, idx, content, **options)
    return append(user, session_id, content, **options)


def run(user: CurrentUser, content: str | None, session_id: str | None = None, **more: Any) -> ChatResult:
    """Get the whole answer to a question, or the error why there is none, as a door that waits does."""
    drops = {"drops_failed": True} if session_id and content is not None else {}
    begun = begin(user, content, session_id, **{"assistant": None, **drops, **more})
    return wait(user, begun.live, begun.draft, holds_question=content is not None)


def wait(user: CurrentUser, live: LiveTurn, draft: Any = None, **more: Any) -> ChatResult:
    """Wait for the end of a live turn as a door does."""
    return conclude(user, live, wait_for_end(user, live, draft), **more)


def stop(user: CurrentUser, session_id: str) -> Stopped:
    """Stop the session's answer and wait for its end, as the doors do."""
    asked = live_turns.stop(user, session_id)
    if asked.outcome is not None:
        return asked
    return Stopped(asked.live, wait_for_end(user, asked.live, timeout=STOP_SECONDS))


def fail(user: CurrentUser, content: str | None, session_id: str | None = None, **more: Any) -> LiveTurn:
    """Ask for something that is begun and breaks off after "Gre"."""
    offer(Text("Gre"), AssistantFailed(REFUSED.reason))
    live = ask(user, content, session_id, **more)
    assert ended(user, live) == REFUSED
    return live
