"""The book's own id, by which the data folder knows that a database was made."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

Id = sa.Uuid(as_uuid=False).with_variant(sa.String(36), "sqlite")


def upgrade() -> None:
    book = op.create_table("book", sa.Column("id", Id, nullable=False), sa.PrimaryKeyConstraint("id", name="pk_book"))
    op.bulk_insert(book, [{"id": str(uuid.uuid4())}])


def downgrade() -> None:
    op.drop_table("book")
