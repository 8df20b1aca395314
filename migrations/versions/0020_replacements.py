"""What an edit or a new answer replaced stays available for its undo: references to the messages, nothing is copied."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

Id = sa.Uuid(as_uuid=False).with_variant(sa.String(36), "sqlite")

KEPT = "kept_messages"


def upgrade() -> None:
    instant = sa.String(27) if op.get_context().dialect.name == "sqlite" else sa.DateTime(timezone=True)
    op.create_table(
        "replacements",
        sa.Column("id", Id, nullable=False),
        sa.Column("session_id", Id, nullable=False),
        sa.Column("made_at", instant, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("first_idx", sa.Integer(), nullable=False),
        sa.Column("base_digest", sa.LargeBinary(16), nullable=True),
        sa.Column("kept_count", sa.Integer(), nullable=False),
        sa.Column("message_count", sa.Integer(), nullable=False),
        sa.Column("last_message_id", Id, nullable=False),
        sa.Column("forked_at_idx", sa.Integer(), nullable=True),
        sa.CheckConstraint("kind IN ('edit', 'regenerate', 'undo')", name="ck_replacements_kind"),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name="fk_replacements_session_id"),
        sa.PrimaryKeyConstraint("id", name="pk_replacements"),
    )
    op.create_index("ix_replacements_session_id", "replacements", ["session_id"])
    op.create_table(
        KEPT,
        sa.Column("replacement_id", Id, nullable=False),
        sa.Column("idx", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("message_id", Id, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(16), nullable=False),
        sa.ForeignKeyConstraint(["replacement_id"], ["replacements.id"], name="fk_kept_messages_replacement_id"),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name="fk_kept_messages_message_id"),
        sa.PrimaryKeyConstraint("replacement_id", "idx", name="pk_kept_messages"),
    )
    op.create_index("ix_kept_messages_message_id", KEPT, ["message_id"])
    op.create_index("ix_kept_messages_seq", KEPT, ["seq"])


def downgrade() -> None:
    """Delete what was kept, with the messages that no chat holds."""
    op.drop_table(KEPT)
    op.drop_table("replacements")
    op.execute("DELETE FROM messages WHERE NOT EXISTS (SELECT 1 FROM session_messages WHERE message_id = messages.id)")
