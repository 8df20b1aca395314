"""Connections to servers with models: listed, added, changed and removed by administrators."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, update

from webapp.agent.model_list import LONGEST_NAME, is_model_name
from webapp.database.transaction import writing
from webapp.errors import Conflict, Invalid, NotFound
from webapp.ids import new_id, utc_now
from webapp.services.accounts.audit_log import record_of
from webapp.services.assistants.catalog import connections, lock_catalog, models, touch_catalog
from webapp.services.assistants.fields import check_fields, origin_of
from webapp.services.assistants.model_rows import name_models, replace_list
from webapp.services.assistants.permission import check_administrator
from webapp.services.assistants.registry import registry
from webapp.services.assistants.values import ENVIRONMENT_ID, ENVIRONMENT_SLUG, Fields, Secrets
from webapp.services.idempotency import begin_once, end_once

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from sqlalchemy import Connection as Transaction

    from webapp.services.assistants.catalog import Row
    from webapp.services.assistants.values import Connection
    from webapp.services.idempotency import RequestKey
    from webapp.services.users import CurrentUser

MOST_CONNECTIONS = 50
MOST_NAMED = 100
#: Slugs that are the keys of assistants of the app itself, or the prefix of the environment's.
_RESERVED = frozenset({ENVIRONMENT_SLUG, "archivist"})
_NO_CONNECTION = "There is no such connection. It may have been removed."


def list_connections(user: CurrentUser) -> list[Connection]:
    """Return all connections, the environment's first. Raises Forbidden."""
    check_administrator(user)
    return [group.connection for group in registry().groups()]


def get_connection(user: CurrentUser, connection_id: str) -> Connection:
    """Return one connection. Raises Forbidden and NotFound."""
    found = next((one for one in list_connections(user) if one.id == connection_id), None)
    if found is None:
        raise NotFound(_NO_CONNECTION)
    return found


def add_connection(
    user: CurrentUser,
    fields: Fields,
    *,
    listed: Sequence[str] | None = None,
    named: Sequence[str] = (),
    key: RequestKey | None = None,
) -> Connection:
    """Store a connection, the models that its server lists, and those that the administrator names.

    Raises Forbidden, Invalid for unusable fields, Conflict beyond 50 connections, and what `begin_once` raises.
    """
    check_administrator(user)
    fields, named = check_fields(fields), check_model_names(named)
    with writing() as transaction:
        begin_once(transaction, user, key)
        lock_catalog(transaction)
        rows = registry().catalog().rows
        if len(rows) >= MOST_CONNECTIONS:
            raise Conflict(f"There are already {MOST_CONNECTIONS} connections, which is the limit. Remove one first.")
        connection_id = new_id()
        slug = _slug(fields.name, {row.slug for row in rows} | _RESERVED)
        row = {"id": connection_id, "slug": slug, "created_at": utc_now()} | _columns(connection_id, fields)
        transaction.execute(insert(connections), row)
        touch_catalog(transaction)
        _store_models(transaction, connection_id, listed, named)
        _record(transaction, user, "connection-added", fields.name)
        connection = get_connection(user, connection_id)
        end_once(transaction, user, key, connection)
    return connection


def change_connection(
    user: CurrentUser,
    connection_id: str,
    fields: Fields,
    *,
    listed: Sequence[str] | None = None,
    named: Sequence[str] = (),
) -> Connection:
    """Change a stored connection. None for its key or headers leaves them as they are.

    Raises Forbidden, NotFound, Conflict for the environment's connection, and Invalid: also if a stored key or header
    would be sent to another host than the one it was entered for.
    """
    check_administrator(user)
    fields, named = check_fields(fields), check_model_names(named)
    with writing() as transaction:
        lock_catalog(transaction)
        row = changeable_row(connection_id)
        check_destination(row, fields)
        values = _columns(connection_id, fields)
        transaction.execute(update(connections).where(connections.c.id == connection_id).values(values))
        touch_catalog(transaction)
        _store_models(transaction, connection_id, listed, named)
        _record(transaction, user, "connection-changed", fields.name)
        return get_connection(user, connection_id)


def remove_connection(user: CurrentUser, connection_id: str) -> None:
    """Remove a connection with its key and models. Raises Forbidden, NotFound, and Conflict for the environment's."""
    check_administrator(user)
    with writing() as transaction:
        lock_catalog(transaction)
        row = changeable_row(connection_id)
        transaction.execute(delete(models).where(models.c.connection_id == connection_id))
        transaction.execute(delete(connections).where(connections.c.id == connection_id))
        default = registry().catalog().default
        is_default = default is not None and default.startswith(f"{row.slug}:")
        touch_catalog(transaction, **({"default_assistant": None} if is_default else {}))
        _record(transaction, user, "connection-removed", row.name)


def changeable_row(connection_id: str) -> Row:
    """Return the row of a stored connection. Raises NotFound, and Conflict for the environment's."""
    assistants = registry()
    if connection_id == ENVIRONMENT_ID and assistants.environment:
        raise Conflict("This connection is set by OPENAI_BASE_URL and OPENAI_API_KEY, so it cannot be changed here.")
    row = assistants.catalog().find(connection_id)
    if row is None or connection_id == ENVIRONMENT_ID:
        raise NotFound(_NO_CONNECTION)
    return row


def check_destination(row: Row, fields: Fields) -> None:
    """Raise Invalid if the stored key or headers would go to another scheme, host or port with these fields."""
    if origin_of(fields.address) == origin_of(row.address):
        return
    moved = "The address has another host. Enter {} again, so that the stored {} not sent there."
    if row.sealed_key and fields.key is None:
        raise Invalid.field("#/key", "host-changed", moved.format("the key", "key is"))
    if row.sealed_headers and fields.headers is None:
        raise Invalid.field("#/headers", "host-changed", moved.format("the headers", "headers are"))


def secrets_for(row: Row, fields: Fields) -> Secrets:
    """Return the secrets that the connection would have with these fields. Raises CannotOpen and Invalid."""
    check_destination(row, fields)
    stored = Secrets()
    if fields.key is None or fields.headers is None:
        stored = registry().endpoints.secrets(row)
    return Secrets(
        stored.key if fields.key is None else fields.key or None,
        stored.headers if fields.headers is None else fields.headers,
    )


def check_model_names(names: Sequence[str]) -> list[str]:
    """Return the names of models without repeats. Raises Invalid."""
    checked = list(dict.fromkeys(name.strip() for name in names if name.strip()))
    if len(checked) > MOST_NAMED:
        raise Invalid.field("#/models", "count", f"There are more than {MOST_NAMED} models. Leave some out.")
    if not all(map(is_model_name, checked)):
        raise Invalid.field(
            "#/models", "name", f"A model's name has 1 to {LONGEST_NAME} visible characters. Copy it from its server."
        )
    return checked


def _store_models(
    transaction: Transaction, connection_id: str, listed: Sequence[str] | None, named: Sequence[str]
) -> None:
    if listed is not None:
        replace_list(transaction, connection_id, listed)
    if named:
        name_models(transaction, connection_id, named)


def _columns(connection_id: str, fields: Fields) -> dict[str, Any]:
    """Return the columns of the fields, with the secrets encrypted. Those that are None are left out."""
    endpoints = registry().endpoints
    values: dict[str, Any] = {"name": fields.name, "address": fields.address}
    if fields.key is not None:
        values["sealed_key"] = endpoints.seal_key(connection_id, fields.key)
        values["key_stored_at"] = utc_now() if fields.key else None
    if fields.headers is not None:
        values["sealed_headers"] = endpoints.seal_headers(connection_id, fields.headers)
    return values


def _slug(name: str, taken: Container[str]) -> str:
    """Return a name for keys of assistants: lower-case ASCII letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:30].strip("-") or "models"
    number = 1
    while (slug := base if number == 1 else f"{base}-{number}") in taken:
        number += 1
    return slug


def _record(transaction: Transaction, user: CurrentUser, kind: str, about: str) -> None:
    # The operator's commands act for no account.
    if user.id:
        record_of(transaction, user.id, kind, about=about, via=user.via, address=user.address)
