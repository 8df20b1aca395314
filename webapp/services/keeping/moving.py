"""All rows of the current database in another one, compared at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.database.engine import db
from webapp.database.snapshot import open_snapshot
from webapp.database.transaction import leave_transaction, writing
from webapp.services.keeping.sqlite_copy import CannotKeep
from webapp.services.keeping.tables import common_tables, copy_rows, count_rows, has_data
from webapp.services.verification import Verification

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Flask

    from webapp.services.verification import Finding


def is_empty() -> bool:
    """Say whether the database of this context has nothing but what the migrations leave."""
    with writing() as connection:
        return not has_data(connection)


def copy_database(
    source: Flask, target: Flask, report: Callable[[int, int], None], *, replaces: bool = False
) -> dict[str, int]:
    """Copy one state of a database into another one with the same tables, and return the number of rows of each.

    Writers of the source do not wait. Nothing is left in the target if it fails. Raises CannotKeep if the target has
    data and is not to be replaced, or has other numbers of rows at the end.
    """
    with source.app_context():
        snapshot = open_snapshot()
        try:
            with target.app_context(), writing() as connection:
                if not replaces and has_data(connection):
                    raise CannotKeep("The target has data already. Nothing was changed. Choose an empty database.")
                counts = copy_rows(snapshot, connection, report)
                found = count_rows(connection, common_tables(snapshot, connection))
                if found != counts:
                    different = next(name for name in counts if found.get(name) != counts[name])
                    raise CannotKeep(f"The table {different} came out with another number of rows. Nothing was kept.")
        finally:
            snapshot.close()
    return counts


def close_database(app: Flask) -> None:
    """Close all connections of an app, so that its database can be moved."""
    with app.app_context():
        leave_transaction()
        db.engine.dispose()


def findings(app: Flask, *, quick: bool) -> Iterator[Finding]:
    """Yield what is wrong with the database of an app."""
    with app.app_context():
        yield from Verification(quick=quick).findings()
        leave_transaction()
