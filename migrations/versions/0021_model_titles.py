"""Which model wrote the title of a chat."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sessions", sa.Column("titled_by", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("sessions", "titled_by")
