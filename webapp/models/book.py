from __future__ import annotations

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.database.types import Id
from webapp.models.base import Model


class Book(Model):
    """The database as a whole. It has one row, created with the tables, whose id identifies this database.

    `renumbering` says what is left of a change of the messages' numbers: 'numbers', then 'index' (the full-text index
    has the messages up to `indexed_to`), then None.
    """

    __tablename__ = "book"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    renumbering: Mapped[str | None] = mapped_column(String(16))
    indexed_to: Mapped[int | None] = mapped_column(BigInteger)
