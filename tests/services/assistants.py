"""Assistants that do what a test says, and remember what they were asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app

from webapp.agent.values import End, Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from webapp.agent.values import Event, Utterance


class Scripted:
    """Yields the events of its script; what can be called is called, what can be raised is raised."""

    key = "scripted"
    label = "Scripted"

    def __init__(self, *script: Event | Exception | Callable[[], object], key: str = "scripted") -> None:
        self.key = key
        self.script = script
        self.asked: list[list[Utterance]] = []

    def reply(self, history: Sequence[Utterance], *, timeout: float, stop: object = None) -> Iterator[Event]:  # noqa: ARG002 - the protocol's
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
    current_app.extensions["assistants"].add(assistant)
    return assistant
