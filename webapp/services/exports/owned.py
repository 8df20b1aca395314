"""Which rows an account has already, and whether a row refers to the account's own rows only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, tuple_

from webapp.services.exports.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection, Select

    from webapp.services.exports.tables import Exported

#: The tables whose rows have an id, which others may refer to.
NAMED = {exported.name: exported for exported in TABLES if "id" in exported.table.c}


def _ids(exported: Exported) -> tuple[Select[Any], Select[Any]]:
    """Return the queries for the ids that there are, and for those that are the owner's."""
    column = exported.table.c["id"]
    among = column.in_(bindparam("ids", expanding=True))
    return select(column).where(among), exported.rows.with_only_columns(column).where(among).order_by(None)


_QUERIES = {name: _ids(exported) for name, exported in NAMED.items()}


def existing_ids(connection: Connection, name: str, ids: Sequence[str]) -> set[str]:
    return set(connection.scalars(_QUERIES[name][0], {"ids": list(ids)}))


def owned_ids(connection: Connection, name: str, ids: Sequence[str], owner_id: str) -> set[str]:
    return set(connection.scalars(_QUERIES[name][1], {"ids": list(ids), "owner": owner_id}))


def existing_keys(connection: Connection, exported: Exported, rows: Iterable[dict[str, Any]]) -> set[tuple[Any, ...]]:
    """Return the primary keys among those of the rows that there are."""
    columns = list(exported.table.primary_key.columns)
    keys = [tuple(row[column.name] for column in columns) for row in rows]
    found = connection.execute(select(*columns).where(tuple_(*columns).in_(keys)))
    return {tuple(row) for row in found}


def foreign_references(
    connection: Connection, exported: Exported, rows: Sequence[dict[str, Any]], owner_id: str
) -> set[str]:
    """Return the ids that the rows refer to and that are no rows of the owner's."""
    strange: set[str] = set()
    for key in exported.table.foreign_keys:
        name = key.column.table.name
        if name not in NAMED or key.parent.name not in rows[0]:
            continue
        wanted = {row[key.parent.name] for row in rows} - {None}
        strange |= wanted - owned_ids(connection, name, sorted(wanted), owner_id)
    return strange
