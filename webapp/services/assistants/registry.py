"""The assistants of an app, and the choice of the one that answers."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, NamedTuple

from webapp.agent.archivist import Archivist
from webapp.agent.endpoint import Endpoint
from webapp.agent.openai import PREFIX, OpenAIAssistant
from webapp.agent.protocol import AssistantFailed
from webapp.errors import Invalid
from webapp.observability.exceptions import describe_exception
from webapp.state import current, provide

if TYPE_CHECKING:
    from flask import Flask

    from webapp.agent.protocol import Assistant
    from webapp.config.settings import Settings

log = logging.getLogger(__name__)

#: Seconds.
_MODELS_TTL = 600.0
_MODELS_TIMEOUT = 5.0


class Choice(NamedTuple):
    """An assistant that a user can choose. `is_default` says that it answers if none is chosen."""

    key: str
    label: str
    is_default: bool


class Assistants:
    """The assistants that the settings offer, and those of `add`."""

    def __init__(self, settings: Settings) -> None:
        self._default = settings.default_assistant
        self._extra: dict[str, Assistant] = {}
        self._models = None
        if settings.openai_base_url or settings.openai_api_key:
            self._endpoint = Endpoint(settings.openai_base_url, settings.openai_api_key, settings.openai_proxy)
            self._models = ModelList(self._endpoint, settings.openai_models)

    def add(self, assistant: Assistant) -> None:
        self._extra[assistant.key] = assistant

    def choices(self) -> list[Choice]:
        """Return the assistants that can be chosen, models first."""
        offered = self._offered()
        default = self.default_key()
        return [Choice(key, label, key == default) for key, label in offered.items()]

    def default_key(self) -> str:
        """Return the key of the assistant that answers if none is chosen."""
        return self._default if self.accepts(self._default) else next(iter(self._offered()))

    def accepts(self, key: str) -> bool:
        """Say whether the key names an assistant. Any model is accepted until the list of models is known."""
        if key in self._offered() or key == self._bare():
            return True
        return bool(self._models and not self._models.names() and key.startswith(f"{PREFIX}:"))

    def pick(self, key: str) -> Assistant:
        """Return the assistant of a key that `accepts` allows."""
        if key in self._extra:
            return self._extra[key]
        if key.partition(":")[0] == PREFIX and self._models:
            return OpenAIAssistant(self._endpoint, key.partition(":")[2] or None)
        return Archivist()

    def is_model(self, key: str) -> bool:
        """Say whether the key names a language model of a provider."""
        return bool(self._models) and key not in self._extra and key.partition(":")[0] == PREFIX

    def _offered(self) -> dict[str, str]:
        offered = {key: assistant.label for key, assistant in self._extra.items()}
        if self._models:
            models = self._models.names()
            offered |= {f"{PREFIX}:{model}": model for model in models} or {PREFIX: "Language model"}
        return offered | {Archivist.key: Archivist.label}

    def _bare(self) -> str | None:
        return PREFIX if self._models else None


class ModelList:
    """The names of an endpoint's models: the operator's list, or the answer of `/models`.

    A background thread fetches them, so that no page waits. There are none until its first answer.
    """

    def __init__(self, endpoint: Endpoint, named: tuple[str, ...]) -> None:
        self._endpoint = endpoint
        self._named = named
        self._names: tuple[str, ...] = ()
        self._fetched_at = float("-inf")
        self._lock = threading.Lock()

    def names(self) -> tuple[str, ...]:
        """Return the current names, and fetch them again if they are older than `_MODELS_TTL`."""
        if self._named:
            return self._named
        with self._lock:
            if time.monotonic() - self._fetched_at > _MODELS_TTL:
                self._fetched_at = time.monotonic()
                threading.Thread(target=self._fetch, name="model-list", daemon=True).start()
        return self._names

    def _fetch(self) -> None:
        try:
            self._names = tuple(self._endpoint.models(_MODELS_TIMEOUT))
        except AssistantFailed as error:
            log.warning("The list of models could not be read: %s", describe_exception(error))
            self._fetched_at = time.monotonic() - _MODELS_TTL + 30


def init_assistants(app: Flask, settings: Settings) -> None:
    provide(app, Assistants(settings))


def registry() -> Assistants:
    return current(Assistants)


def list_assistants() -> list[Choice]:
    return registry().choices()


def has_model() -> bool:
    """Say whether anybody but the archivist can answer."""
    return any(choice.key != Archivist.key for choice in list_assistants())


def check_assistant(key: str | None, pointer: str = "#/assistant") -> None:
    """Raise Invalid if the key names no assistant. None and the empty key mean the default."""
    if key and not registry().accepts(key):
        raise Invalid.field(
            pointer,
            "unknown_assistant",
            "There is no such assistant. Choose one from the list of assistants.",
        )
