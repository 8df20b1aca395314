"""The class that every table's model derives from."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from webapp.database.engine import Base, db

if TYPE_CHECKING:
    from sqlalchemy import Table

    # Flask-SQLAlchemy builds its base class at run time. Type checkers see the declarative base.
    Model = Base
else:
    Model = db.Model


def table_of(model: type[Base]) -> Table:
    """Return a model's table, for statements that return rows instead of objects."""
    return cast("Table", model.__table__)
