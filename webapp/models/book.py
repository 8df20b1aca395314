from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from webapp.models.base import Model
from webapp.models.types import Id


class Book(Model):
    """What all tables together are. One row, made with the tables: its id tells this database from any other."""

    __tablename__ = "book"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
