"""Connections to servers with models, their models, and the model that each account used last."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

Id = sa.Uuid(as_uuid=False).with_variant(sa.String(36), "sqlite")
Instant = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")


def upgrade() -> None:
    op.create_table(
        "connections",
        sa.Column("id", Id, nullable=False),
        sa.Column("slug", sa.String(40), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("sealed_key", sa.Text(), nullable=True),
        sa.Column("key_stored_at", Instant, nullable=True),
        sa.Column("sealed_headers", sa.Text(), nullable=True),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("listed_at", Instant, nullable=True),
        sa.Column("checked_at", Instant, nullable=True),
        sa.Column("check_ok", sa.Boolean(), nullable=True),
        sa.Column("check_seconds", sa.Float(), nullable=True),
        sa.Column("check_status", sa.Integer(), nullable=True),
        sa.Column("check_sentence", sa.Text(), nullable=True),
        sa.Column("check_words", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_connections"),
        sa.UniqueConstraint("slug", name="uq_connections_slug"),
    )
    op.create_table(
        "connection_models",
        sa.Column("connection_id", Id, nullable=False),
        sa.Column("model", sa.String(300), nullable=False),
        sa.Column("label", sa.String(80), nullable=True),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("named", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connections.id"],
            name="fk_connection_models_connection_id_connections",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("connection_id", "model", name="pk_connection_models"),
    )
    op.create_table(
        "model_catalog",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("revision", Id, nullable=False),
        sa.Column("default_assistant", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_model_catalog"),
    )
    op.add_column("users", sa.Column("last_assistant", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("users", "last_assistant")
    op.drop_table("model_catalog")
    op.drop_table("connection_models")
    op.drop_table("connections")
