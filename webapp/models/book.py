from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from webapp.database.types import Id
from webapp.models.base import Model


class Book(Model):
    """What all tables together are. One row, made with the tables: its id tells this database from any other."""

    __tablename__ = "book"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
