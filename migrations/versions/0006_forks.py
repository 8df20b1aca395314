"""A fork knows its source."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from webapp.models.types import Id

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sessions", sa.Column("forked_from_id", Id, nullable=True))
    op.add_column("sessions", sa.Column("forked_at_idx", sa.Integer(), nullable=True))
    op.create_index("ix_sessions_forked_from_id", "sessions", ["forked_from_id"])


def downgrade() -> None:
    op.drop_index("ix_sessions_forked_from_id", table_name="sessions")
    op.drop_column("sessions", "forked_at_idx")
    op.drop_column("sessions", "forked_from_id")
