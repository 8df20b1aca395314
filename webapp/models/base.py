"""The class that every table's model derives from."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from webapp.database.engine import Base, db

if TYPE_CHECKING:
    from sqlalchemy import Table

    # Flask-SQLAlchemy makes its base at run time; for the type checker it is the declarative one.
    Model = Base
else:
    Model = db.Model


def table_of(model: type[Base]) -> Table:
    """Return a model's table, for statements that need rows and no objects."""
    return cast("Table", model.__table__)
