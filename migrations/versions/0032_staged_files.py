"""Since when a file is being stored, in several transactions. It is no file of anybody's until it is whole."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0028"
branch_labels = None
depends_on = None

_ARE_STAGED = "SELECT id FROM files WHERE staged_at IS NOT NULL"


def upgrade() -> None:
    on_sqlite = op.get_context().dialect.name == "sqlite"
    instant = sa.String(27) if on_sqlite else sa.DateTime(timezone=True)
    op.add_column("files", sa.Column("staged_at", instant, nullable=True))


def downgrade() -> None:
    op.execute(f"DELETE FROM file_chunks WHERE file_id IN ({_ARE_STAGED})")
    op.execute("DELETE FROM files WHERE staged_at IS NOT NULL")
    op.drop_column("files", "staged_at")
