"""Files of messages: bytes named by their SHA-256, stored once per owner in chunks of 256 KiB.

A digest of a transcript has a version: 1 covers roles and texts, 2 the files of the message as well.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

Id = sa.Uuid(as_uuid=False).with_variant(sa.String(36), "sqlite")
REFUSAL = "a file of a message cannot be changed"
DIGESTS = ("session_messages", "kept_messages")


def upgrade() -> None:
    on_sqlite = op.get_context().dialect.name == "sqlite"
    instant = sa.String(27) if on_sqlite else sa.DateTime(timezone=True)
    op.create_table(
        "files",
        sa.Column("id", Id, nullable=False),
        sa.Column("owner_id", Id, nullable=False),
        sa.Column("sha256", sa.LargeBinary(32), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.String(100), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("created_at", instant, nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name="fk_files_owner_id"),
        sa.PrimaryKeyConstraint("id", name="pk_files"),
        sa.UniqueConstraint("owner_id", "sha256", name="uq_files_owner_id_sha256"),
    )
    op.create_table(
        "file_chunks",
        sa.Column("file_id", Id, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name="fk_file_chunks_file_id"),
        sa.PrimaryKeyConstraint("file_id", "position", name="pk_file_chunks"),
    )
    op.create_table(
        "message_files",
        sa.Column("message_id", Id, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("file_id", Id, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name="fk_message_files_message_id"),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name="fk_message_files_file_id"),
        sa.PrimaryKeyConstraint("message_id", "position", name="pk_message_files"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_message_files_file_id", "message_files", ["file_id"])
    if on_sqlite:
        op.execute(
            "CREATE TRIGGER message_files_are_final BEFORE UPDATE ON message_files "
            f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        )
    else:
        op.execute(
            "CREATE FUNCTION refuse_change_of_message_file() RETURNS trigger LANGUAGE plpgsql AS $$ "
            f"BEGIN RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
        )
        op.execute(
            "CREATE TRIGGER message_files_are_final BEFORE UPDATE ON message_files "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change_of_message_file()"
        )
    for table in DIGESTS:
        op.add_column(table, sa.Column("digest_version", sa.SmallInteger(), nullable=False, server_default="1"))


def downgrade() -> None:
    for table in DIGESTS:
        op.drop_column(table, "digest_version")
    op.drop_table("message_files")
    if op.get_context().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_change_of_message_file()")
    op.drop_table("file_chunks")
    op.drop_table("files")
