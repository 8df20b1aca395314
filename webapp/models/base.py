"""The class that every table's model derives from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.extensions import Base, db

if TYPE_CHECKING:
    # Flask-SQLAlchemy makes its base at run time; for the type checker it is the declarative one.
    Model = Base
else:
    Model = db.Model
