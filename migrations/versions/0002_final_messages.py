"""The database refuses to change a message; only the cache of its HTML may be written."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

FINAL = "seq, id, conversation_id, role, create_time, content, model, finish_reason, usage, citations"


def upgrade() -> None:
    if op.get_context().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER messages_are_final BEFORE UPDATE OF {FINAL} ON messages "
            "BEGIN SELECT RAISE(ABORT, 'a finalized message cannot be changed'); END"
        )
        return
    op.execute(
        "CREATE FUNCTION refuse_change_of_message() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RAISE EXCEPTION 'a finalized message cannot be changed' "
        "USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER messages_are_final BEFORE UPDATE OF {FINAL} ON messages "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change_of_message()"
    )


def downgrade() -> None:
    if op.get_context().dialect.name == "sqlite":
        op.execute("DROP TRIGGER messages_are_final")
        return
    op.execute("DROP TRIGGER messages_are_final ON messages")
    op.execute("DROP FUNCTION refuse_change_of_message()")
