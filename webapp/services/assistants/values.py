"""Connections, models and the results of tests, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from webapp.agent.model_list import LONGEST_NAME

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

#: The connection of the environment has a fixed id. Its slug begins the keys of its assistants.
ENVIRONMENT_ID = "00000000-0000-7000-8000-000000000002"
ENVIRONMENT_SLUG = "openai"

#: Characters of a model's name.
MODEL_NAME_LIMIT = LONGEST_NAME

#: Separates the connection from the model in an assistant's key. Models' names may contain it, slugs do not.
SEPARATOR = ":"


class Choice(NamedTuple):
    """An assistant that a user can choose. `is_default` says that it answers if none is chosen.

    `connection` is the name of the model's connection, None for an assistant of the app itself.
    """

    key: str
    label: str
    is_default: bool
    connection: str | None = None


class Check(NamedTuple):
    """The last test of a connection. `words` are the provider's own, `status` is that of its refusal."""

    at: datetime
    ok: bool
    seconds: float
    status: int | None
    sentence: str
    words: str


@dataclass(frozen=True)
class Secrets:
    """The key and the headers of a connection in clear. They appear in no `repr`."""

    key: str | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


class Connection(NamedTuple):
    """A server with the OpenAI API, without its secrets.

    `key_stored_at` is None without a stored key. `has_key` is also true for the environment's key. `is_readable` is
    false if the secret key has changed since the key or the headers were stored.
    """

    id: str
    slug: str
    name: str
    address: str
    has_key: bool
    key_stored_at: datetime | None
    header_names: tuple[str, ...]
    is_readable: bool
    from_environment: bool
    created_at: datetime | None
    listed_at: datetime | None
    check: Check | None
    model_count: int = 0
    shown_count: int = 0


class Model(NamedTuple):
    """A model of a connection. `label` is its name on the page, None for its own name.

    `is_listed` is false if the server's last list does not have it, `is_named` true if an administrator added it.
    """

    connection_id: str
    connection: str
    name: str
    key: str
    label: str | None
    is_shown: bool
    is_listed: bool
    is_named: bool

    @property
    def title(self) -> str:
        return self.label or self.name


@dataclass(frozen=True, kw_only=True)
class Fields:
    """What an administrator enters for a connection.

    For a stored connection, None for `key` or `headers` leaves them unchanged, and an empty value removes them.
    """

    name: str
    address: str
    key: str | None = field(default=None, repr=False)
    headers: Mapping[str, str] | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came back from a test.

    `models` is None if the list could not be read; `list_problem` says why. `model` is the one that was asked,
    `answer` its text, `streamed` whether it came in pieces. `problem` is the sentence of the failure, `words` are the
    provider's own.
    """

    models: tuple[str, ...] | None = None
    list_seconds: float = 0.0
    list_problem: str = ""
    model: str | None = None
    question: str = ""
    answer: str = ""
    seconds: float = 0.0
    streamed: bool = False
    problem: str = ""
    status: int | None = None
    words: str = ""

    @property
    def ok(self) -> bool:
        return not self.problem
