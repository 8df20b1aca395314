"""The stored connections and models, read once per revision."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite

from webapp.ids import new_id
from webapp.models import Connection, ConnectionModel, ModelCatalog, table_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection as Transaction

connections = table_of(Connection)
models = table_of(ConnectionModel)
catalogs = table_of(ModelCatalog)

_ONLY_ROW = 1


class Row(NamedTuple):
    """A row of `connections`."""

    id: str
    slug: str
    name: str
    address: str
    sealed_key: str | None
    key_stored_at: datetime | None
    sealed_headers: str | None
    created_at: datetime
    listed_at: datetime | None
    checked_at: datetime | None
    check_ok: bool | None
    check_seconds: float | None
    check_status: int | None
    check_sentence: str | None
    check_words: str | None


class Entry(NamedTuple):
    """A row of `connection_models`."""

    connection_id: str
    model: str
    label: str | None
    hidden: bool
    listed: bool
    named: bool


class Catalog(NamedTuple):
    """All connections by age, and their models by connection and name. The revision is None before the first change."""

    revision: str | None = None
    default: str | None = None
    rows: tuple[Row, ...] = ()
    entries: Mapping[str, Mapping[str, Entry]] = {}

    def find(self, connection_id: str) -> Row | None:
        return next((row for row in self.rows if row.id == connection_id), None)


_REVISION = select(catalogs.c.revision, catalogs.c.default_assistant).where(catalogs.c.id == _ONLY_ROW)
_ROWS = select(*(connections.c[name] for name in Row._fields)).order_by(connections.c.created_at, connections.c.id)
_ENTRIES = select(*(models.c[name] for name in Entry._fields)).order_by(models.c.connection_id, models.c.model)


#: Joins the catalog to another table, so that one statement reads its revision and something else.
ONLY_CATALOG = catalogs.c.id == _ONLY_ROW


def current_catalog(transaction: Transaction, known: Catalog) -> Catalog:
    """Return the catalog: the known one if its revision is current. That takes one statement."""
    found = transaction.execute(_REVISION).first()
    return catalog_of(transaction, known, found.revision if found else None)


def catalog_of(transaction: Transaction, known: Catalog, revision: str | None) -> Catalog:
    """Return the catalog of the revision that the transaction has read: the known one if it is that."""
    if revision is None:
        return Catalog()
    if revision == known.revision:
        return known
    entries: dict[str, dict[str, Entry]] = {}
    for row in transaction.execute(_ENTRIES):
        entries.setdefault(row.connection_id, {})[row.model] = Entry._make(row)
    rows = tuple(Row._make(row) for row in transaction.execute(_ROWS))
    default = transaction.execute(_REVISION).one().default_assistant
    return Catalog(revision, default, rows, entries)


def touch_catalog(transaction: Transaction, **values: str | None) -> None:
    """Give the locked catalog a new revision. `values` are columns to set."""
    transaction.execute(update(catalogs).where(catalogs.c.id == _ONLY_ROW).values(revision=new_id(), **values))


def lock_catalog(transaction: Transaction) -> None:
    """Let one change at a time read the catalog and write it. The first one inserts its row."""
    insert = sqlite.insert if transaction.dialect.name == "sqlite" else postgresql.insert
    row = {"id": _ONLY_ROW, "revision": new_id()}
    transaction.execute(insert(catalogs).values(row).on_conflict_do_nothing())
    transaction.execute(_REVISION.with_for_update())
