"""The clients that wait for a live turn, system messages in their places, and answers whose client left."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

Id = sa.Uuid(as_uuid=False).with_variant(sa.String(36), "sqlite")
Instant = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")

live_turns = sa.table(
    "live_turns",
    sa.column("session_id", Id),
    sa.column("instructions", sa.Text),
    sa.column("system_messages", sa.JSON(none_as_null=True)),
)


def upgrade() -> None:
    op.add_column("live_turns", sa.Column("listeners", sa.Integer, nullable=True))
    op.add_column("live_turns", sa.Column("gone_at", Instant, nullable=True))
    op.add_column("live_turns", sa.Column("system_messages", sa.JSON, nullable=True))
    op.add_column("live_turns", sa.Column("parameters", sa.JSON, nullable=True))
    connection = op.get_bind()
    for row in connection.execute(sa.select(live_turns).where(live_turns.c.instructions.is_not(None))).all():
        # The instructions stood before the whole history.
        placed = live_turns.update().where(live_turns.c.session_id == row.session_id)
        connection.execute(placed.values(system_messages=[[0, row.instructions]]))
    op.drop_column("live_turns", "instructions")
    op.create_table(
        "left_answers",
        sa.Column("message_id", Id, nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["messages.id"],
            name=op.f("fk_left_answers_message_id_messages"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_left_answers")),
    )


def downgrade() -> None:
    op.drop_table("left_answers")
    op.add_column("live_turns", sa.Column("instructions", sa.Text, nullable=True))
    connection = op.get_bind()
    for row in connection.execute(sa.select(live_turns).where(live_turns.c.system_messages.is_not(None))).all():
        joined = live_turns.update().where(live_turns.c.session_id == row.session_id)
        connection.execute(joined.values(instructions="\n\n".join(text for _, text in row.system_messages)))
    for column in ("parameters", "system_messages", "gone_at", "listeners"):
        op.drop_column("live_turns", column)
