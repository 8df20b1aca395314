"""Users, conversations, messages, chat sessions and the links between them."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

Id = sa.Uuid(as_uuid=False).with_variant(sa.String(36), "sqlite")
Instant = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")

LOCAL_USER = "00000000-0000-7000-8000-000000000001"


def upgrade() -> None:
    users = op.create_table(
        "users",
        sa.Column("id", Id, nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("name", name="uq_users_name"),
    )
    op.create_table(
        "conversations",
        sa.Column("id", Id, nullable=False),
        sa.Column("owner_id", Id, nullable=False),
        sa.Column("origin", sa.String(32), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("created_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_conversations"),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name="fk_conversations_owner_id"),
    )
    op.create_index(
        "ix_conversations_owner_id_origin_external_id",
        "conversations",
        ["owner_id", "origin", "external_id"],
        unique=True,
    )
    op.create_table(
        "messages",
        sa.Column(
            "seq",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.Identity(always=False),
            nullable=False,
        ),
        sa.Column("id", Id, nullable=False),
        sa.Column("conversation_id", Id, nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("create_time", Instant, nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=True),
        sa.Column("finish_reason", sa.String(32), nullable=True),
        sa.Column("usage", sa.JSON(), nullable=True),
        sa.Column("citations", sa.JSON(), nullable=True),
        sa.Column("html", sa.Text(), nullable=True),
        sa.Column("html_version", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("seq", name="pk_messages"),
        sa.UniqueConstraint("id", name="uq_messages_id"),
        sa.CheckConstraint("role IN ('user', 'assistant')", name=op.f("ck_messages_role")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name="fk_messages_conversation_id"),
    )
    op.create_index("ix_messages_conversation_id", "messages", ["conversation_id"])
    op.create_table(
        "sessions",
        sa.Column("id", Id, nullable=False),
        sa.Column("owner_id", Id, nullable=False),
        sa.Column("conversation_id", Id, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("title_folded", sa.Text(), nullable=False),
        sa.Column("title_source", sa.String(8), nullable=False),
        sa.Column("assistant", sa.Text(), nullable=True),
        sa.Column("pinned", sa.Boolean(), nullable=False),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.Column("message_count", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("updated_at", Instant, nullable=False),
        sa.Column("last_activity_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.CheckConstraint("title_source IN ('auto', 'user')", name=op.f("ck_sessions_title_source")),
        sa.CheckConstraint("message_count >= 0", name=op.f("ck_sessions_message_count")),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name="fk_sessions_owner_id"),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name="fk_sessions_conversation_id"),
    )
    op.create_index("ix_sessions_conversation_id", "sessions", ["conversation_id"])
    op.create_index("ix_sessions_list", "sessions", ["owner_id", "archived", "pinned", "last_activity_at", "id"])
    op.create_table(
        "session_messages",
        sa.Column("session_id", Id, nullable=False),
        sa.Column("idx", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("message_id", Id, nullable=False),
        sa.PrimaryKeyConstraint("session_id", "idx", name="pk_session_messages"),
        sa.UniqueConstraint("message_id", "session_id", name="uq_session_messages_message_id_session_id"),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name="fk_session_messages_session_id"),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name="fk_session_messages_message_id"),
        sqlite_with_rowid=False,
    )
    # Until there is sign-in, one local user owns everything.
    now = datetime.now(UTC)
    created_at = now.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if op.get_context().dialect.name == "sqlite" else now
    op.bulk_insert(users, [{"id": LOCAL_USER, "name": "local", "created_at": created_at}])


def downgrade() -> None:
    for table in ("session_messages", "sessions", "messages", "conversations", "users"):
        op.drop_table(table)
