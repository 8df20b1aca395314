"""Instructions of a user and of a chat, and what of them each transcript was made with."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

Id = sa.Uuid(as_uuid=False).with_variant(sa.String(36), "sqlite")
REFUSAL = "an instruction of a transcript cannot be changed"
STRIKE = "old.struck_at IS NULL AND new.struck_at IS NOT NULL AND new.content = ''"
SAME = " AND ".join(f"new.{name} = old.{name}" for name in ("id", "owner_id", "digest"))

#: A trigger's name, its table, and the changes that it lets through.
TRIGGERS = (
    ("instructions_are_final", "instructions", "false"),
    ("instruction_texts_are_final", "instruction_texts", f"{STRIKE} AND {SAME}"),
)
SETTINGS: tuple[tuple[str, str, sa.types.TypeEngine[Any]], ...] = (
    ("users", "instructions", sa.Text()),
    ("sessions", "instructions", sa.Text()),
    ("sessions", "temperature", sa.Double()),
    ("sessions", "max_tokens", sa.Integer()),
    ("sessions", "instructions_digest", sa.LargeBinary(16)),
    ("replacements", "base_instructions_digest", sa.LargeBinary(16)),
)


def upgrade() -> None:
    on_sqlite = op.get_context().dialect.name == "sqlite"
    instant = sa.String(27) if on_sqlite else sa.DateTime(timezone=True)
    for table, name, kind in SETTINGS:
        op.add_column(table, sa.Column(name, kind, nullable=True))
    op.create_table(
        "instruction_texts",
        sa.Column("id", Id, nullable=False),
        sa.Column("owner_id", Id, nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(16), nullable=False),
        sa.Column("struck_at", instant, nullable=True),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name="fk_instruction_texts_owner_id"),
        sa.PrimaryKeyConstraint("id", name="pk_instruction_texts"),
    )
    op.create_index("ix_instruction_texts_owner_id_digest", "instruction_texts", ["owner_id", "digest"])
    _create("instructions", "session_id", "sessions", instant)
    _create("kept_instructions", "replacement_id", "replacements", instant)
    for name, table, allowed in TRIGGERS:
        (_refuse_on_sqlite if on_sqlite else _refuse_on_postgres)(name, table, allowed)


def _create(table: str, key: str, parent: str, instant: sa.types.TypeEngine) -> None:  # type: ignore[type-arg]
    is_transcript = table == "instructions"
    checks = (
        sa.CheckConstraint("origin IN ('user', 'chat', 'client')", name=f"ck_{table}_origin"),
        sa.CheckConstraint("role IN ('system', 'developer')", name=f"ck_{table}_role"),
    )
    op.create_table(
        table,
        sa.Column(key, Id, nullable=False),
        sa.Column("at_idx", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("place", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("origin", sa.String(8), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text_id", Id, nullable=True),
        sa.Column("made_at", instant, nullable=False),
        sa.Column("digest", sa.LargeBinary(16), nullable=False),
        *(checks if is_transcript else ()),
        sa.ForeignKeyConstraint([key], [f"{parent}.id"], name=f"fk_{table}_{key}"),
        sa.ForeignKeyConstraint(["text_id"], ["instruction_texts.id"], name=f"fk_{table}_text_id"),
        sa.PrimaryKeyConstraint(key, "at_idx", "place", name=f"pk_{table}"),
        sqlite_with_rowid=not is_transcript,
    )
    op.create_index(f"ix_{table}_text_id", table, ["text_id"])


def _refuse_on_sqlite(name: str, table: str, allowed: str) -> None:
    op.execute(
        f"CREATE TRIGGER {name} BEFORE UPDATE ON {table} WHEN NOT ({allowed}) "
        f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
    )


def _refuse_on_postgres(name: str, table: str, allowed: str) -> None:
    op.execute(
        f"CREATE FUNCTION refuse_change_of_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {name} BEFORE UPDATE ON {table} FOR EACH ROW "
        f"WHEN (NOT ({allowed})) EXECUTE FUNCTION refuse_change_of_{table}()"
    )


def downgrade() -> None:
    for table in ("kept_instructions", "instructions", "instruction_texts"):
        op.drop_table(table)
    if op.get_context().dialect.name == "postgresql":
        for _, table, _ in TRIGGERS:
            op.execute(f"DROP FUNCTION refuse_change_of_{table}()")
    for table, name, _ in reversed(SETTINGS):
        op.drop_column(table, name)
