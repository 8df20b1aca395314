from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.database.types import Id, Instant
from webapp.models.base import Model


class Job(Model):
    """Long work of a thread or a command. Any process may claim it; `attempt` is the fence of the one that has it.

    `subject_id` is what it works on, for example an import. `done` and `total` count the job's own units. `attempts` is
    the number of claims since it last came farther than ever before.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'running', 'done', 'failed')", name="state"),
        Index(None, "state", "created_at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    owner_id: Mapped[str | None] = mapped_column(Id, ForeignKey("users.id"))
    kind: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[str | None] = mapped_column(Id, index=True)
    state: Mapped[str] = mapped_column(String(16))
    done: Mapped[int] = mapped_column(BigInteger)
    total: Mapped[int | None] = mapped_column(BigInteger)
    farthest: Mapped[int] = mapped_column(BigInteger)
    attempt: Mapped[str | None] = mapped_column(Id)
    attempts: Mapped[int]
    heartbeat_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    # Why it failed, as a sentence.
    reason: Mapped[str | None] = mapped_column(Text)
