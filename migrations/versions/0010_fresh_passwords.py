"""When the password of a sign-in was last given, and the token that began a live turn."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

Id = sa.Uuid(as_uuid=False).with_variant(sa.String(36), "sqlite")
Instant = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")


def upgrade() -> None:
    op.add_column("sign_ins", sa.Column("confirmed_at", Instant, nullable=True))
    op.add_column("live_turns", sa.Column("token_id", Id, nullable=True))


def downgrade() -> None:
    op.drop_column("live_turns", "token_id")
    op.drop_column("sign_ins", "confirmed_at")
