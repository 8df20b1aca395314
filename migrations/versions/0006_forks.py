"""A fork knows its source."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

Id = sa.Uuid(as_uuid=False).with_variant(sa.String(36), "sqlite")


def upgrade() -> None:
    op.add_column("sessions", sa.Column("forked_from_id", Id, nullable=True))
    op.add_column("sessions", sa.Column("forked_at_idx", sa.Integer(), nullable=True))
    op.create_index("ix_sessions_forked_from_id", "sessions", ["forked_from_id"])


def downgrade() -> None:
    op.drop_index("ix_sessions_forked_from_id", table_name="sessions")
    op.drop_column("sessions", "forked_at_idx")
    op.drop_column("sessions", "forked_from_id")
