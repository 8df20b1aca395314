"""Every place in a transcript stands for all that was said up to it."""

from __future__ import annotations

from hashlib import blake2b

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLE = "session_messages"
BATCH = 1_000


def extend(before: bytes | None, role: str, content: str) -> bytes:
    """Return the digest as this revision makes it, whatever the app makes of it later."""
    return blake2b(b"\0".join((before or b"", role.encode(), content.encode())), digest_size=16).digest()


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("digest", sa.LargeBinary(16), nullable=True))
    _fill(op.get_bind())
    if op.get_context().dialect.name == "sqlite":
        with op.batch_alter_table(TABLE, recreate="always", table_kwargs={"sqlite_with_rowid": False}) as table:
            table.alter_column("digest", existing_type=sa.LargeBinary(16), nullable=False)
    else:
        op.alter_column(TABLE, "digest", existing_type=sa.LargeBinary(16), nullable=False)
    op.create_index("ix_session_messages_digest", TABLE, ["digest"])


def _fill(connection: sa.Connection) -> None:
    """Walk through every transcript in its order, a bounded number of messages at a time."""
    links = sa.table(TABLE, *map(sa.column, ("session_id", "idx", "message_id", "digest")))
    messages = sa.table("messages", *map(sa.column, ("id", "role", "content")))
    rows = (
        sa.select(links.c.session_id, links.c.idx, messages.c.role, messages.c.content)
        .join_from(links, messages, messages.c.id == links.c.message_id)
        .order_by(links.c.session_id, links.c.idx)
        .limit(BATCH)
    )
    keep = sa.text("UPDATE session_messages SET digest = :digest WHERE session_id = :session_id AND idx = :idx")
    session_id, digest, place = None, None, None
    while True:
        after = rows if place is None else rows.where(sa.tuple_(links.c.session_id, links.c.idx) > place)
        batch = connection.execute(after).all()
        if not batch:
            return
        filled = []
        for row in batch:
            digest = extend(digest if row.session_id == session_id else None, row.role, row.content)
            session_id = row.session_id
            filled.append({"session_id": row.session_id, "idx": row.idx, "digest": digest})
        connection.execute(keep, filled)
        place = (batch[-1].session_id, batch[-1].idx)


def downgrade() -> None:
    op.drop_index("ix_session_messages_digest", table_name=TABLE)
    op.drop_column(TABLE, "digest")
