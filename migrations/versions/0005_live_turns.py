"""Turns in the making, and the keys that wait for them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

Id = sa.Uuid(as_uuid=False).with_variant(sa.String(36), "sqlite")
Instant = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")


def upgrade() -> None:
    op.create_table(
        "live_turns",
        sa.Column("session_id", Id, nullable=False),
        sa.Column("attempt", Id, nullable=False),
        sa.Column("user_message_id", Id, nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("instructions", sa.Text(), nullable=True),
        sa.Column("assistant", sa.Text(), nullable=False),
        sa.Column("base_idx", sa.Integer(), nullable=False),
        sa.Column("question_idx", sa.Integer(), nullable=False),
        sa.Column("replaces_from_idx", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("partial", sa.Text(), nullable=False),
        sa.Column("problem", sa.String(32), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("stop_wanted", sa.Boolean(), nullable=False),
        sa.Column("made_session", sa.Boolean(), nullable=False),
        sa.Column("asked_at", Instant, nullable=False),
        sa.Column("heartbeat_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("session_id", name="pk_live_turns"),
        sa.UniqueConstraint("attempt", name="uq_live_turns_attempt"),
        sa.CheckConstraint("state IN ('writing', 'failed')", name=op.f("ck_live_turns_state")),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name="fk_live_turns_session_id"),
    )
    with op.batch_alter_table("idempotency_keys") as table:
        table.add_column(sa.Column("session_id", Id, nullable=True))
        table.add_column(sa.Column("form", sa.String(16), nullable=True))
        table.create_foreign_key(
            "fk_idempotency_keys_session_id", "sessions", ["session_id"], ["id"], ondelete="SET NULL"
        )
        table.create_index("ix_idempotency_keys_session_id", ["session_id"])


def downgrade() -> None:
    with op.batch_alter_table("idempotency_keys") as table:
        table.drop_index("ix_idempotency_keys_session_id")
        table.drop_constraint("fk_idempotency_keys_session_id", type_="foreignkey")
        table.drop_column("form")
        table.drop_column("session_id")
    op.drop_table("live_turns")
