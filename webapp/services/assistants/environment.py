"""The connection that the environment's settings describe, and its models."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from webapp.agent.endpoint import OPENAI_URL, Endpoint
from webapp.agent.protocol import AssistantFailed
from webapp.observability.exceptions import describe_exception
from webapp.services.assistants.looks import LOOK_TIMEOUT, Looks
from webapp.services.assistants.presets import PRESETS
from webapp.services.assistants.values import ENVIRONMENT_ID

if TYPE_CHECKING:
    from webapp.config.settings import Settings

log = logging.getLogger(__name__)

#: Seconds.
_MODELS_TTL = 60.0


class Environment:
    """The server of `OPENAI_BASE_URL`, its key and its models. It is the same in every process and never changes."""

    def __init__(self, settings: Settings) -> None:
        self.address = settings.openai_base_url or OPENAI_URL
        self.has_key = bool(settings.openai_api_key)
        self.endpoint = Endpoint(settings.openai_base_url, settings.openai_api_key, settings.openai_proxy)
        self.models = ModelList(self.endpoint, settings.openai_models)

    @property
    def name(self) -> str:
        """The name of a known server, else the host of the address."""
        known = next((preset.name for preset in PRESETS if preset.address == self.address.rstrip("/")), None)
        return known or urlsplit(self.address).hostname or self.address


def environment_of(settings: Settings) -> Environment | None:
    """Return the environment's connection, None if it sets none."""
    return Environment(settings) if settings.openai_base_url or settings.openai_api_key else None


class ModelList:
    """The names of the models: the operator's list, or the answer of `/models`, which each process reads for itself.

    A background thread fetches them, so that no page waits. There are none until its first answer.
    """

    def __init__(self, endpoint: Endpoint, named: tuple[str, ...]) -> None:
        self._endpoint = endpoint
        self.named = named
        self._names: tuple[str, ...] = ()
        self._fetched_at = float("-inf")
        self._lock = threading.Lock()

    def names(self) -> tuple[str, ...]:
        """Return the current names, and fetch them again if they are older than `_MODELS_TTL`."""
        if self.named:
            return self.named
        with self._lock:
            if time.monotonic() - self._fetched_at > _MODELS_TTL:
                self._fetched_at = time.monotonic()
                threading.Thread(target=self._fetch, name="model-list", daemon=True).start()
        return self._names

    def store(self, names: tuple[str, ...]) -> None:
        """Replace the fetched names with newer ones."""
        self._names, self._fetched_at = names, time.monotonic()

    def look(self, looks: Looks) -> None:
        """Fetch the names now, because an unknown one was used, unless that was done a moment ago."""
        if not self.named and looks.may_look(ENVIRONMENT_ID):
            self._fetch()

    def _fetch(self) -> None:
        try:
            self.store(tuple(self._endpoint.models(LOOK_TIMEOUT)))
        except AssistantFailed as error:
            log.warning("The list of models could not be read: %s", describe_exception(error))
