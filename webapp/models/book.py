from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from webapp.database.types import Id
from webapp.models.base import Model


class Book(Model):
    """The database as a whole. It has one row, created with the tables, whose id identifies this database."""

    __tablename__ = "book"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
