"""Jobs, imports, and what is known of an imported conversation."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

Id = sa.Uuid(as_uuid=False).with_variant(sa.String(36), "sqlite")
IMPORTED: tuple[tuple[str, sa.types.TypeEngine[Any]], ...] = (
    ("imported_count", sa.Integer()),
    ("imported_digest", sa.LargeBinary(16)),
    ("imported_title", sa.Text()),
)
KINDS = "kind IN ('edit', 'regenerate', 'undo')"
MORE_KINDS = "kind IN ('edit', 'regenerate', 'undo', 'import')"


def upgrade() -> None:
    instant = sa.String(27) if op.get_context().dialect.name == "sqlite" else sa.DateTime(timezone=True)
    for name, kind in IMPORTED:
        op.add_column("conversations", sa.Column(name, kind, nullable=True))
    _set_kinds(KINDS, MORE_KINDS)
    op.create_table(
        "jobs",
        sa.Column("id", Id, nullable=False),
        sa.Column("owner_id", Id, nullable=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("subject_id", Id, nullable=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=True),
        sa.Column("farthest", sa.BigInteger(), nullable=False),
        sa.Column("attempt", Id, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("heartbeat_at", instant, nullable=True),
        sa.Column("created_at", instant, nullable=False),
        sa.Column("ended_at", instant, nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'running', 'done', 'failed')", name="ck_jobs_state"),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name="fk_jobs_owner_id"),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
    )
    op.create_index("ix_jobs_state_created_at", "jobs", ["state", "created_at"])
    op.create_index("ix_jobs_subject_id", "jobs", ["subject_id"])
    op.create_table(
        "ingest_runs",
        sa.Column("id", Id, nullable=False),
        sa.Column("owner_id", Id, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("format_name", sa.String(32), nullable=True),
        sa.Column("formats", sa.JSON(), nullable=True),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=True),
        sa.Column("left_out", sa.JSON(), nullable=True),
        sa.Column("made_tags", sa.JSON(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("written_to", sa.Integer(), nullable=False),
        sa.Column("created_at", instant, nullable=False),
        sa.Column("ended_at", instant, nullable=True),
        sa.CheckConstraint(
            "state IN ('reading', 'ready', 'writing', 'done', 'failed', 'undoing', 'undone')",
            name="ck_ingest_runs_state",
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name="fk_ingest_runs_owner_id"),
        sa.PrimaryKeyConstraint("id", name="pk_ingest_runs"),
    )
    op.create_index("ix_ingest_runs_owner_id_created_at", "ingest_runs", ["owner_id", "created_at"])
    op.create_table(
        "ingest_conversations",
        sa.Column("run_id", Id, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("origin", sa.String(32), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("message_count", sa.Integer(), nullable=False),
        sa.Column("new_count", sa.Integer(), nullable=False),
        sa.Column("file_count", sa.Integer(), nullable=False),
        sa.Column("left_out", sa.JSON(), nullable=True),
        sa.Column("session_id", Id, nullable=True),
        sa.Column("made_session", sa.Boolean(), nullable=False),
        sa.Column("first_idx", sa.Integer(), nullable=True),
        sa.Column("last_digest", sa.LargeBinary(16), nullable=True),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("replacement_id", Id, nullable=True),
        sa.Column("outcome", sa.String(16), nullable=True),
        sa.CheckConstraint(
            "state IN ('new', 'grown', 'changed', 'unchanged', 'continued', 'left_out')",
            name="ck_ingest_conversations_state",
        ),
        sa.ForeignKeyConstraint(["run_id"], ["ingest_runs.id"], name="fk_ingest_conversations_run_id"),
        sa.PrimaryKeyConstraint("run_id", "position", name="pk_ingest_conversations"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_ingest_conversations_session_id", "ingest_conversations", ["session_id"])


def downgrade() -> None:
    for table in ("ingest_conversations", "ingest_runs", "jobs"):
        op.drop_table(table)
    for name, _ in reversed(IMPORTED):
        op.drop_column("conversations", name)
    op.execute("UPDATE replacements SET kind = 'edit' WHERE kind = 'import'")
    _set_kinds(MORE_KINDS, KINDS)


def _set_kinds(known: str, wanted: str) -> None:
    if op.get_context().dialect.name == "postgresql":
        op.drop_constraint("ck_replacements_kind", "replacements", type_="check")
        op.create_check_constraint("ck_replacements_kind", "replacements", wanted)
        return
    # SQLite cannot change a constraint. Its manual allows this for checks: they are not in what is stored.
    connection = op.get_bind()
    version = connection.execute(sa.text("PRAGMA schema_version")).scalar_one()
    op.execute("PRAGMA writable_schema = ON")
    connection.execute(
        sa.text("UPDATE sqlite_master SET sql = replace(sql, :known, :wanted) WHERE name = 'replacements'"),
        {"known": known, "wanted": wanted},
    )
    op.execute(f"PRAGMA schema_version = {version + 1}")
    op.execute("PRAGMA writable_schema = OFF")
