"""The stored models of connections: the last list of the server, and what administrators changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, insert, update

from webapp.database.transaction import writing
from webapp.ids import utc_now
from webapp.services.assistants.catalog import (
    Catalog,
    connections,
    current_catalog,
    lock_catalog,
    models,
    touch_catalog,
)
from webapp.services.assistants.offers import key_of
from webapp.services.assistants.values import ENVIRONMENT_ID, ENVIRONMENT_SLUG

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection as Transaction

    from webapp.services.assistants.catalog import Entry

_OF_MODEL = (models.c.connection_id == bindparam("of_connection")) & (models.c.model == bindparam("of_model"))
_SET_LISTED = update(models).where(_OF_MODEL).values(listed=bindparam("now_listed"))
_DELETE = delete(models).where(_OF_MODEL)


def store_list(connection_id: str, names: Sequence[str]) -> None:
    """Replace the list of a connection's models in a transaction of its own."""
    with writing() as transaction:
        lock_catalog(transaction)
        replace_list(transaction, connection_id, names)


def replace_list(transaction: Transaction, connection_id: str, names: Sequence[str]) -> None:
    """Replace the list of a connection's models in the caller's transaction. Nothing happens if it was removed.

    A model that is no longer listed is forgotten, unless an administrator named, renamed or hid it.
    """
    found = update(connections).where(connections.c.id == connection_id).values(listed_at=utc_now())
    if not transaction.execute(found).rowcount:
        return
    known = current_catalog(transaction, Catalog()).entries.get(connection_id, {})
    listed = set(names)
    new = [name for name in names if name not in known]
    _insert(transaction, connection_id, new, listed=True)
    _each(transaction, _SET_LISTED, connection_id, [n for n in known if n in listed and not known[n].listed], True)
    gone = [entry for name, entry in known.items() if name not in listed and entry.listed]
    _each(transaction, _SET_LISTED, connection_id, [entry.model for entry in gone if _is_kept(entry)], False)
    _each(transaction, _DELETE, connection_id, [entry.model for entry in gone if not _is_kept(entry)])
    touch_catalog(transaction)


def name_models(transaction: Transaction, connection_id: str, names: Iterable[str]) -> None:
    """Add models by name in the caller's transaction, for a server that lists none."""
    names = list(dict.fromkeys(names))
    known = current_catalog(transaction, Catalog()).entries.get(connection_id, {})
    _insert(transaction, connection_id, [name for name in names if name not in known], listed=False)
    for name in names:
        transaction.execute(update(models).where(*_is(connection_id, name)).values(named=True, hidden=False))
    touch_catalog(transaction)


def change_models(transaction: Transaction, connection_id: str, names: Iterable[str], **changes: Any) -> None:
    """Change columns of models in the caller's transaction. A model of the environment gets a row if it has none."""
    names = list(names)
    if connection_id == ENVIRONMENT_ID:
        known = current_catalog(transaction, Catalog()).entries.get(connection_id, {})
        _insert(transaction, connection_id, [name for name in names if name not in known], listed=True)
    statement = update(models).where(_OF_MODEL).values({f"{name}": bindparam(f"new_{name}") for name in changes})
    rows = [
        {"of_connection": connection_id, "of_model": name} | {f"new_{key}": value for key, value in changes.items()}
        for name in names
    ]
    if rows:
        transaction.execute(statement, rows)
    touch_catalog(transaction)


def forget_named(transaction: Transaction, connection_id: str, name: str) -> None:
    """Remove a model that an administrator named, unless the server lists it as well."""
    transaction.execute(delete(models).where(*_is(connection_id, name), models.c.listed.is_(False)))
    transaction.execute(update(models).where(*_is(connection_id, name)).values(named=False))
    touch_catalog(transaction)


def choose_first_default(transaction: Transaction, slug: str, model: str) -> None:
    """Make a model that has answered the default of new chats, if there is no default yet."""
    if current_catalog(transaction, Catalog()).default is None:
        touch_catalog(transaction, default_assistant=key_of(slug, model))


def hold_environment(transaction: Transaction) -> None:
    """Make sure that the environment's connection has its row, to which models and tests belong."""
    if current_catalog(transaction, Catalog()).find(ENVIRONMENT_ID) is None:
        row = {"id": ENVIRONMENT_ID, "slug": ENVIRONMENT_SLUG, "name": "", "address": "", "created_at": utc_now()}
        transaction.execute(insert(connections), row)
        touch_catalog(transaction)


def _insert(transaction: Transaction, connection_id: str, names: Sequence[str], *, listed: bool) -> None:
    rows = [
        {"connection_id": connection_id, "model": name, "label": None, "hidden": False, "listed": listed}
        | {"named": not listed}
        for name in names
    ]
    if rows:
        transaction.execute(insert(models), rows)


def _each(
    transaction: Transaction,
    statement: Any,
    connection_id: str,
    names: Sequence[str],
    listed: bool | None = None,
) -> None:
    more = {} if listed is None else {"now_listed": listed}
    if names:
        transaction.execute(statement, [{"of_connection": connection_id, "of_model": name} | more for name in names])


def _is(connection_id: str, name: str) -> tuple[Any, Any]:
    return models.c.connection_id == connection_id, models.c.model == name


def _is_kept(entry: Entry) -> bool:
    return entry.named or entry.hidden or entry.label is not None
