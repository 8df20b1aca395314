"""The reasoning of an answer, and the seconds that it took. Like the rest of a message it never changes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

BEFORE = "seq, id, conversation_id, role, create_time, content, model, finish_reason, usage, citations"


def upgrade() -> None:
    for table in ("messages", "live_turns"):
        op.add_column(table, sa.Column("reasoning", sa.Text(), nullable=True))
        op.add_column(table, sa.Column("reasoning_seconds", sa.Double(), nullable=True))
    op.add_column("live_turns", sa.Column("restarts", sa.Integer(), nullable=True))
    _refuse_changes_of(f"{BEFORE}, reasoning, reasoning_seconds")


def downgrade() -> None:
    _refuse_changes_of(BEFORE)
    op.drop_column("live_turns", "restarts")
    for table in ("messages", "live_turns"):
        op.drop_column(table, "reasoning_seconds")
        op.drop_column(table, "reasoning")


def _refuse_changes_of(columns: str) -> None:
    if op.get_context().dialect.name == "sqlite":
        op.execute("DROP TRIGGER messages_are_final")
        op.execute(
            f"CREATE TRIGGER messages_are_final BEFORE UPDATE OF {columns} ON messages "
            "BEGIN SELECT RAISE(ABORT, 'a finalized message cannot be changed'); END"
        )
        return
    op.execute("DROP TRIGGER messages_are_final ON messages")
    op.execute(
        f"CREATE TRIGGER messages_are_final BEFORE UPDATE OF {columns} ON messages "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change_of_message()"
    )
