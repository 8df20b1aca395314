"""The assistants of an app, and the choice of the one that answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from webapp.agent.archivist import Archivist
from webapp.agent.connected import ConnectedAssistant
from webapp.agent.model_list import first_for_chat
from webapp.agent.openai import OpenAIAssistant
from webapp.database.transaction import read_connection
from webapp.errors import ProviderFailed
from webapp.services.assistants.catalog import Catalog, catalog_of, current_catalog
from webapp.services.assistants.endpoints import Endpoints
from webapp.services.assistants.environment import environment_of
from webapp.services.assistants.looks import Looks
from webapp.services.assistants.offers import (
    connection_of,
    environment_connection,
    environment_models,
    stored_models,
)
from webapp.services.assistants.values import ENVIRONMENT_SLUG, SEPARATOR, Choice
from webapp.services.assistants.vault import CannotOpen
from webapp.state import current, provide

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import EllipsisType

    from flask import Flask

    from webapp.agent.protocol import Assistant
    from webapp.config.settings import Settings
    from webapp.services.assistants.catalog import Row
    from webapp.services.assistants.values import Connection, Model

#: Said where a stored key would be used, and on the page of connections.
UNREADABLE = "The stored keys cannot be read: the secret key has changed. Enter them again."
_GONE = "This model's connection was removed. Choose another assistant, then try again."


class Group(NamedTuple):
    """A connection with its models."""

    connection: Connection
    models: list[Model]


class Assistants:
    """The assistants of the connections and those of `add`. Connections of the database are read once per revision."""

    def __init__(self, settings: Settings) -> None:
        self._default = settings.default_assistant
        self._extra: dict[str, Assistant] = {}
        self._catalog = Catalog()
        self.environment = environment_of(settings)
        self.endpoints = Endpoints(settings)
        self.looks = Looks()
        self._whole = settings.answer_timeout

    def add(self, assistant: Assistant) -> None:
        self._extra[assistant.key] = assistant

    def catalog(self) -> Catalog:
        """Return the stored connections and models as the transaction sees them."""
        self._catalog = current_catalog(read_connection(), self._catalog)
        return self._catalog

    def groups(self, catalog: Catalog | None = None) -> list[Group]:
        """Return every connection with all its models, the environment's first."""
        catalog = catalog or self.catalog()
        groups = []
        if self.environment:
            models = environment_models(catalog, self.environment)
            groups.append(Group(environment_connection(catalog, self.environment, models), models))
        for row in catalog.rows:
            if row.slug != ENVIRONMENT_SLUG:
                models = stored_models(catalog, row)
                groups.append(Group(self._connection(row, models), models))
        return groups

    def choices(self, revision: str | EllipsisType | None = ...) -> list[Choice]:
        """Return the assistants that can be chosen, models first and the archivist last.

        `revision` is the catalog's, if the transaction has read it already.
        """
        if revision is ...:
            catalog = self.catalog()
        else:
            catalog = self._catalog = catalog_of(read_connection(), self._catalog, revision)
        offered = list(self._offered(catalog))
        default = self._default_of(catalog, offered)
        return [choice._replace(is_default=choice.key == default) for choice in offered]

    def default_key(self) -> str:
        """Return the key of the assistant that answers if none is chosen."""
        catalog = self.catalog()
        return self._default_of(catalog, list(self._offered(catalog)))

    def accepts(self, key: str) -> bool:
        """Say whether the key names an assistant that may be chosen.

        Any model of the environment's server is accepted until its list of models is known.
        """
        if self._is_own(key):
            return True
        catalog, (slug, model) = self.catalog(), _split(key)
        if slug == ENVIRONMENT_SLUG and self.environment:
            models = environment_models(catalog, self.environment)
            is_open = not self.environment.models.names() and model not in {one.name for one in models}
            return not model or is_open or any(one.name == model and one.is_shown for one in models)
        row = _row(catalog, slug)
        entry = catalog.entries.get(row.id, {}).get(model) if row else None
        return entry is not None and not entry.hidden and (entry.listed or entry.named)

    def pick(self, key: str) -> Assistant:
        """Return the assistant of a key that `accepts` allows.

        Raises ProviderFailed if its connection is gone, or if its stored key cannot be read.
        """
        if self._is_own(key):
            return self._extra.get(key) or Archivist()
        slug, model = _split(key)
        if slug == ENVIRONMENT_SLUG and self.environment:
            return OpenAIAssistant(self.environment.endpoint, model or None, whole=self._whole)
        row = _row(self.catalog(), slug)
        if row is None or not model:
            raise ProviderFailed(_GONE)
        try:
            return ConnectedAssistant(key, self.endpoints.of_row(row), model, whole=self._whole)
        except CannotOpen:
            raise ProviderFailed(UNREADABLE) from None

    def is_model(self, key: str) -> bool:
        """Say whether the key names a language model of a connection."""
        slug = _split(key)[0]
        if self._is_own(key):
            return False
        return bool(self.environment) if slug == ENVIRONMENT_SLUG else _row(self.catalog(), slug) is not None

    def knows(self, key: str) -> bool:
        """Return whether the key names a model that is known, shown or hidden."""
        return self._is_own(key) or any(model.key == key for group in self.groups() for model in group.models)

    def _is_own(self, key: str) -> bool:
        return key in self._extra or key == Archivist.key

    def _connection(self, row: Row, models: list[Model]) -> Connection:
        try:
            return connection_of(row, models, header_names=self.endpoints.secrets(row).headers, is_readable=True)
        except CannotOpen:
            return connection_of(row, models, header_names=(), is_readable=False)

    def _offered(self, catalog: Catalog) -> Iterator[Choice]:
        for key, assistant in self._extra.items():
            yield Choice(key, assistant.label, is_default=False)
        if self.environment:
            models = environment_models(catalog, self.environment)
            yield from _choices(models)
            if not models:
                yield Choice(ENVIRONMENT_SLUG, "Language model", is_default=False, connection=self.environment.name)
        for row in catalog.rows:
            if row.slug != ENVIRONMENT_SLUG:
                models = stored_models(catalog, row)
                yield from _choices([model for model in models if model.is_listed or model.is_named])
        yield Choice(Archivist.key, Archivist.label, is_default=False)

    def _default_of(self, catalog: Catalog, offered: list[Choice]) -> str:
        keys = {choice.key for choice in offered}
        if catalog.default in keys:
            return str(catalog.default)
        if self._default in keys or (self._default and self.accepts(self._default)):
            return self._default
        # An embedding model may be the first of a list.
        models = [choice.label for choice in offered if choice.connection]
        first = offered[0]
        if first.connection is None:
            return first.key
        chat = first_for_chat(models)
        return next(choice.key for choice in offered if choice.connection and choice.label == chat)


def _choices(models: list[Model]) -> Iterator[Choice]:
    for model in models:
        if model.is_shown:
            yield Choice(model.key, model.title, is_default=False, connection=model.connection)


def _split(key: str) -> tuple[str, str]:
    slug, _, model = key.partition(SEPARATOR)
    return slug, model


def _row(catalog: Catalog, slug: str) -> Row | None:
    return next((row for row in catalog.rows if row.slug == slug != ENVIRONMENT_SLUG), None)


def init_assistants(app: Flask, settings: Settings) -> None:
    provide(app, Assistants(settings))


def registry() -> Assistants:
    return current(Assistants)


def list_assistants() -> list[Choice]:
    return registry().choices()


def has_model() -> bool:
    """Say whether anybody but the archivist can answer."""
    return any(choice.key != Archivist.key for choice in list_assistants())
