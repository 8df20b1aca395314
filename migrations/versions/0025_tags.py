"""Named groups of chat sessions. A tag may have instructions, which its chats give to the assistant."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

Id = sa.Uuid(as_uuid=False).with_variant(sa.String(36), "sqlite")
ORIGINS = "origin IN ('user', 'chat', 'client')"
MORE_ORIGINS = "origin IN ('user', 'tag', 'chat', 'client')"


def upgrade() -> None:
    instant = sa.String(27) if op.get_context().dialect.name == "sqlite" else sa.DateTime(timezone=True)
    op.create_table(
        "tags",
        sa.Column("id", Id, nullable=False),
        sa.Column("owner_id", Id, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_folded", sa.Text(), nullable=False),
        sa.Column("instructions", sa.Text(), nullable=True),
        sa.Column("created_at", instant, nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name="fk_tags_owner_id"),
        sa.PrimaryKeyConstraint("id", name="pk_tags"),
        sa.UniqueConstraint("owner_id", "name_folded", name="uq_tags_owner_id_name_folded"),
    )
    op.create_table(
        "session_tags",
        sa.Column("session_id", Id, nullable=False),
        sa.Column("tag_id", Id, nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name="fk_session_tags_session_id"),
        sa.ForeignKeyConstraint(["tag_id"], ["tags.id"], name="fk_session_tags_tag_id"),
        sa.PrimaryKeyConstraint("session_id", "tag_id", name="pk_session_tags"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_session_tags_tag_id", "session_tags", ["tag_id"])
    _set_origins(MORE_ORIGINS)


def downgrade() -> None:
    with_tags = "IN (SELECT session_id FROM instructions WHERE origin = 'tag')"
    op.execute(f"UPDATE sessions SET instructions_digest = NULL WHERE id {with_tags}")
    op.execute(f"DELETE FROM instructions WHERE session_id {with_tags}")
    _set_origins(ORIGINS)
    op.drop_table("session_tags")
    op.drop_table("tags")


def _set_origins(condition: str) -> None:
    if op.get_context().dialect.name == "postgresql":
        op.drop_constraint("ck_instructions_origin", "instructions", type_="check")
        op.create_check_constraint("ck_instructions_origin", "instructions", condition)
        return
    # SQLite cannot change a constraint. Its manual allows this for checks: they are not in what is stored.
    connection = op.get_bind()
    version = connection.execute(sa.text("PRAGMA schema_version")).scalar_one()
    op.execute("PRAGMA writable_schema = ON")
    known = ORIGINS if condition == MORE_ORIGINS else MORE_ORIGINS
    connection.execute(
        sa.text("UPDATE sqlite_master SET sql = replace(sql, :known, :wanted) WHERE name = 'instructions'"),
        {"known": known, "wanted": condition},
    )
    op.execute(f"PRAGMA schema_version = {version + 1}")
    op.execute("PRAGMA writable_schema = OFF")
