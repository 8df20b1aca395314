"""All rows of a database, read from one snapshot and written to another database with the same tables.

It knows the tables by what the databases say, not by the models: a database that waits for its upgrade has others.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, Boolean, MetaData, inspect, text

from webapp.database.types import instant_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy import Connection, Table

#: Rows and bytes that are held at once.
_ROWS, _BYTES = 500, 4 * 1024 * 1024
_REVISIONS = "alembic_version"
_VIRTUAL = text("SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE%'")


def copy_rows(source: Connection, target: Connection, report: Callable[[int, int], None]) -> dict[str, int]:
    """Replace what the migrations left in the target's tables by all rows of the source. Return their numbers.

    `report` is told how many rows are written and how many there are. The source is a snapshot; the caller commits.
    """
    tables = common_tables(source, target)
    for table in reversed(tables):
        target.exec_driver_sql(f'DELETE FROM "{table.name}"')  # noqa: S608 - the database's own names
    expected = count_rows(source, tables)
    done, total = 0, sum(expected.values())
    for table in tables:
        columns = _columns(target, table)
        statement = _insert(target, table, columns)
        for rows in _batches(source, target, table, columns):
            target.exec_driver_sql(statement, rows)
            report(done := done + len(rows), total)
    return expected


def common_tables(source: Connection, target: Connection) -> list[Table]:
    """Return the tables that both databases have, so that each comes after those that it refers to."""
    names = _names(source) & _names(target)
    metadata = MetaData()
    metadata.reflect(source, only=lambda name, _: name in names)
    return metadata.sorted_tables


def count_rows(connection: Connection, tables: Sequence[Table]) -> dict[str, int]:
    counted = {}
    for table in tables:
        counted[table.name] = connection.exec_driver_sql(f'SELECT count(*) FROM "{table.name}"').scalar_one()  # noqa: S608
    return counted


def has_data(connection: Connection) -> bool:
    """Say whether a database has more than the rows that the migrations leave."""
    names = _names(connection)
    for name in names - {"book", "users"}:
        if connection.exec_driver_sql(f'SELECT 1 FROM "{name}" LIMIT 1').first() is not None:  # noqa: S608
            return True
    if "users" not in names:
        return False
    return connection.exec_driver_sql("SELECT count(*), count(password_hash) FROM users").one() > (1, 0)


def _names(connection: Connection) -> set[str]:
    """Return the tables that hold rows of their own: no index of a full-text search, no revision."""
    names = set(inspect(connection).get_table_names()) - {_REVISIONS}
    if connection.dialect.name == "sqlite":
        virtual = list(connection.scalars(_VIRTUAL))
        names -= {name for name in names for each in virtual if name == each or name.startswith(f"{each}_")}
    return names


def _columns(target: Connection, table: Table) -> list[Any]:
    """Return the columns that both have and that no database computes."""
    there = {column["name"] for column in inspect(target).get_columns(table.name) if not column.get("computed")}
    return [column for column in table.columns if column.name in there and column.computed is None]


def _insert(target: Connection, table: Table, columns: Sequence[Any]) -> str:
    names = ", ".join(f'"{column.name}"' for column in columns)
    mark = "?" if target.dialect.name == "sqlite" else "%s"
    return f'INSERT INTO "{table.name}" ({names}) VALUES ({", ".join([mark] * len(columns))})'  # noqa: S608


def _batches(
    source: Connection, target: Connection, table: Table, columns: Sequence[Any]
) -> Iterator[list[tuple[Any, ...]]]:
    to_sqlite = target.dialect.name == "sqlite"
    flags = _flags(target, table, columns)
    batch: list[tuple[Any, ...]] = []
    size = 0
    for row in source.execute(_select(source, table, columns)):
        values = tuple(_value(value, to_sqlite=to_sqlite, is_flag=flag) for value, flag in zip(row, flags, strict=True))
        batch.append(values)
        size += sum(len(value) for value in values if isinstance(value, str | bytes))
        if len(batch) >= _ROWS or size >= _BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _select(source: Connection, table: Table, columns: Sequence[Any]) -> Any:
    """Return the query for all rows by primary key. JSON comes as the text that is stored."""
    on_postgres = source.dialect.name == "postgresql"
    names = [
        f'"{column.name}"::text' if on_postgres and isinstance(column.type, JSON) else f'"{column.name}"'
        for column in columns
    ]
    order = ", ".join(f'"{column.name}"' for column in table.primary_key.columns) or "1"
    query = f'SELECT {", ".join(names)} FROM "{table.name}" ORDER BY {order}'  # noqa: S608
    return text(query.replace(":", r"\:"))


def _flags(target: Connection, table: Table, columns: Sequence[Any]) -> list[bool]:
    """Return for each column whether the target has a boolean there. SQLite reads 0 and 1."""
    if target.dialect.name == "sqlite":
        return [False] * len(columns)
    kinds = {column["name"]: column["type"] for column in inspect(target).get_columns(table.name)}
    return [isinstance(kinds[column.name], Boolean) for column in columns]


def _value(value: Any, *, to_sqlite: bool, is_flag: bool) -> Any:
    if value is None:
        return None
    if is_flag:
        return bool(value)
    if isinstance(value, memoryview):
        return bytes(value)
    if to_sqlite and isinstance(value, datetime):
        return instant_text(value)
    return value
