"""What a provider said when it refused, and the part of a live turn's text that an earlier attempt wrote."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("live_turns", sa.Column("refusal", sa.JSON(), nullable=True))
    op.add_column("live_turns", sa.Column("continues_from", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("live_turns", "continues_from")
    op.drop_column("live_turns", "refusal")
