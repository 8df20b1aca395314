from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, Float, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.database.types import Id, Instant
from webapp.models.base import Model


class Connection(Model):
    """A server with the OpenAI API. An assistant's key begins with its `slug`, which never changes.

    The key and the headers are encrypted. The row of the environment's connection has no address: it keeps only the
    last test and what is hidden or renamed.
    """

    __tablename__ = "connections"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    slug: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    address: Mapped[str] = mapped_column(Text)
    sealed_key: Mapped[str | None] = mapped_column(Text)
    key_stored_at: Mapped[datetime | None] = mapped_column(Instant)
    sealed_headers: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)
    listed_at: Mapped[datetime | None] = mapped_column(Instant)
    # The last test: what the page says of it, and the provider's own words.
    checked_at: Mapped[datetime | None] = mapped_column(Instant)
    check_ok: Mapped[bool | None] = mapped_column(Boolean)
    check_seconds: Mapped[float | None] = mapped_column(Float)
    check_status: Mapped[int | None] = mapped_column(Integer)
    check_sentence: Mapped[str | None] = mapped_column(Text)
    check_words: Mapped[str | None] = mapped_column(Text)


class ConnectionModel(Model):
    """A model of a connection: in the server's last list, named by an administrator, or both."""

    __tablename__ = "connection_models"

    connection_id: Mapped[str] = mapped_column(Id, ForeignKey("connections.id", ondelete="CASCADE"), primary_key=True)
    model: Mapped[str] = mapped_column(String(300), primary_key=True)
    # The name on the page. Without it, the page shows the model's own name.
    label: Mapped[str | None] = mapped_column(String(80))
    hidden: Mapped[bool] = mapped_column(Boolean)
    listed: Mapped[bool] = mapped_column(Boolean)
    named: Mapped[bool] = mapped_column(Boolean)


class ModelCatalog(Model):
    """The state of all connections and models. It has one row, from the first change on.

    Every change gives it a new `revision`, by which each process knows that what it has read is outdated.
    """

    __tablename__ = "model_catalog"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    revision: Mapped[str] = mapped_column(Id)
    default_assistant: Mapped[str | None] = mapped_column(Text)
