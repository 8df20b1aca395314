"""Views of the catalog: connections without their secrets, models, and what can be chosen."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from webapp.services.assistants.values import (
    ENVIRONMENT_ID,
    ENVIRONMENT_SLUG,
    SEPARATOR,
    Check,
    Connection,
    Model,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from webapp.services.assistants.catalog import Catalog, Entry, Row
    from webapp.services.assistants.environment import Environment

_NUMBER = re.compile(r"([0-9]+)")


def key_of(slug: str, model: str) -> str:
    """Return the key of the assistant that is this model of a connection."""
    return f"{slug}{SEPARATOR}{model}"


def natural_order(name: str) -> list[str | int]:
    """Return a sort key by which "model-2" comes before "model-10"."""
    # The pattern's group makes every second part a number.
    parts = _NUMBER.split(name.casefold())
    return [int(part) if n % 2 else part for n, part in enumerate(parts)]


def stored_models(catalog: Catalog, row: Row) -> list[Model]:
    """Return the models of a stored connection by title."""
    entries = catalog.entries.get(row.id, {}).values()
    found = [_model(row.slug, row.name, row.id, entry.model, entry) for entry in entries]
    return sorted(found, key=lambda model: (natural_order(model.title), model.name))


def environment_models(catalog: Catalog, environment: Environment) -> list[Model]:
    """Return the models of the environment's connection in the order of its list, then those named here."""
    entries = catalog.entries.get(ENVIRONMENT_ID, {})
    names = dict.fromkeys(environment.models.names())
    names |= dict.fromkeys(entry.model for entry in entries.values() if entry.named)
    return [
        _model(ENVIRONMENT_SLUG, environment.name, ENVIRONMENT_ID, name, entries.get(name), is_listed=True)
        for name in names
    ]


def connection_of(row: Row, models: Sequence[Model], *, header_names: Iterable[str], is_readable: bool) -> Connection:
    """Return a stored connection as its administrators see it."""
    return Connection(
        id=row.id,
        slug=row.slug,
        name=row.name,
        address=row.address,
        has_key=row.sealed_key is not None,
        key_stored_at=row.key_stored_at,
        header_names=tuple(header_names),
        is_readable=is_readable,
        from_environment=False,
        created_at=row.created_at,
        listed_at=row.listed_at,
        check=_check(row),
        **_counts(models),
    )


def environment_connection(catalog: Catalog, environment: Environment, models: Sequence[Model]) -> Connection:
    """Return the environment's connection as administrators see it."""
    row = catalog.find(ENVIRONMENT_ID)
    return Connection(
        id=ENVIRONMENT_ID,
        slug=ENVIRONMENT_SLUG,
        name=environment.name,
        address=environment.address,
        has_key=environment.has_key,
        key_stored_at=None,
        header_names=(),
        is_readable=True,
        from_environment=True,
        created_at=None,
        listed_at=None,
        check=_check(row) if row else None,
        **_counts(models),
    )


def _counts(models: Sequence[Model]) -> dict[str, int]:
    return {"model_count": len(models), "shown_count": sum(model.is_shown for model in models)}


def _check(row: Row) -> Check | None:
    if row.checked_at is None:
        return None
    return Check(
        at=row.checked_at,
        ok=bool(row.check_ok),
        seconds=row.check_seconds or 0.0,
        status=row.check_status,
        sentence=row.check_sentence or "",
        words=row.check_words or "",
    )


def _model(
    slug: str, connection: str, connection_id: str, name: str, entry: Entry | None, *, is_listed: bool = False
) -> Model:
    return Model(
        connection_id=connection_id,
        connection=connection,
        name=name,
        key=key_of(slug, name),
        label=entry.label if entry else None,
        is_shown=not (entry and entry.hidden),
        is_listed=is_listed or bool(entry and entry.listed),
        is_named=bool(entry and entry.named),
    )
