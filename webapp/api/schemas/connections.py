from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from webapp.api.schemas.base import NO_NUL, Cursor, In, Limit, Out, Query, Uuid
from webapp.services.assistants.fields import ADDRESS_LIMIT, NAME_LIMIT
from webapp.services.assistants.models import LABEL_LIMIT
from webapp.services.assistants.values import MODEL_NAME_LIMIT


def _text(most: int, least: int = 1) -> Any:
    """Return a text field whose bounds the document states. The service refuses what exceeds them, in a sentence."""
    return Field(pattern=NO_NUL, max_length=5_000, json_schema_extra={"minLength": least, "maxLength": most})


_Name = Annotated[str, _text(NAME_LIMIT)]
_Address = Annotated[str, _text(ADDRESS_LIMIT)]
_Model = Annotated[str, _text(MODEL_NAME_LIMIT)]
_Key = Annotated[str, Field(max_length=5_000, description="The server's API key. It is stored encrypted.")]
_Headers = Annotated[
    dict[Annotated[str, Field(max_length=200)], Annotated[str, Field(max_length=5_000)]],
    Field(description="Headers for every request to the server. They are stored encrypted."),
]
_Models = Annotated[
    list[_Model],
    Field(max_length=200, description="Models to add by name, for a server that lists none."),
]


class ConnectionIn(In):
    """A connection to add, or to test without storing it."""

    name: _Name
    address: _Address
    key: _Key | None = None
    headers: _Headers | None = None
    models: _Models = Field(default_factory=list)


class ConnectionPatch(In):
    """What changes. A field that is left out stays; null removes the key or the headers.

    If the address gets another host, a stored key and headers must be sent again.
    """

    name: _Name | None = None
    address: _Address | None = None
    key: _Key | None = None
    headers: _Headers | None = None


class CheckOut(Out):
    """The last test of a connection. `words` are the provider's own."""

    at: datetime
    ok: bool
    seconds: float
    status: int | None
    sentence: str
    words: str


class ConnectionOut(Out):
    """A connection, without its key. Assistants of its models have keys that begin with `slug` and a colon."""

    id: Uuid
    slug: str
    name: str
    address: str
    has_key: bool
    key_stored_at: datetime | None
    header_names: list[str]
    is_readable: bool
    from_environment: bool
    created_at: datetime | None
    listed_at: datetime | None
    check: CheckOut | None
    model_count: int
    shown_count: int


class ConnectionList(Out):
    """All connections."""

    data: list[ConnectionOut]
    next: None = None


class TestOut(Out):
    """What came back from a test. `models` is null if the list could not be read."""

    ok: bool
    models: list[str] | None
    list_seconds: float
    list_problem: str
    model: str | None
    question: str
    answer: str
    seconds: float
    streamed: bool
    problem: str
    status: int | None
    words: str


class RefreshOut(Out):
    """The number of models after the list was read again, or why it could not be read."""

    model_count: int
    problem: str


class ModelIn(In):
    """A change of a model. An empty `label` restores its own name; `is_default` can only be set."""

    model: _Model
    is_shown: bool | None = None
    label: Annotated[str, _text(LABEL_LIMIT, 0)] | None = None
    is_default: Annotated[bool, Field(strict=True)] = False


class ModelName(In):
    """The name of a model."""

    model: _Model


class ModelOut(Out):
    """A model of a connection. `key` selects it as an assistant."""

    model: str
    key: str
    label: str | None
    is_shown: bool
    is_listed: bool
    is_named: bool
    is_default: bool


class ModelsQuery(Query):
    """A position in the list of models."""

    cursor: Cursor | None = None
    limit: Limit = 50


class ModelPage(Out):
    """A page of models."""

    data: list[ModelOut]
    next: str | None
