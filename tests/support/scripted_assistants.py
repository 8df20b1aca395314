"""Assistants that do what a test says, and remember what they were asked."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tests.support.cast import ended
from webapp.agent.protocol import AssistantFailed
from webapp.agent.values import End, Text
from webapp.services.assistants.registry import Assistants
from webapp.services.live.agent_service import AgentService, TurnRequest
from webapp.services.live.values import Failed
from webapp.state import current

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from webapp.agent.values import Event, Utterance
    from webapp.services.live.values import LiveTurn
    from webapp.services.users import CurrentUser

PATIENCE = 20.0

#: How the attempts of `fail` end.
REFUSED = Failed("provider-failed", "The key was refused.")


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
    wanted = TurnRequest(content, session_id, **{"assistant": "scripted", **more})
    return AgentService(user).begin(wanted).live


def fail(user: CurrentUser, content: str | None, session_id: str | None = None, **more: Any) -> LiveTurn:
    """Ask for something that is begun and breaks off after "Gre"."""
    offer(Text("Gre"), AssistantFailed(REFUSED.reason))
    live = ask(user, content, session_id, **more)
    assert ended(user, live) == REFUSED
    return live
