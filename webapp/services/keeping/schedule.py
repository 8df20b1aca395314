"""Backups at fixed intervals: a thread of each serving process adds the job when it is due, once for all processes."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, select
from sqlalchemy.exc import SQLAlchemyError

from webapp.database.transaction import leave_transaction, writing
from webapp.errors import AppError
from webapp.ids import utc_now
from webapp.models import Book, Job, table_of
from webapp.observability.exceptions import describe_exception
from webapp.services.jobs.running import JobRunner
from webapp.services.jobs.store import add_job
from webapp.services.keeping.jobs import BACKUP
from webapp.state import current

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Flask

    from webapp.config.settings import Settings

log = logging.getLogger(__name__)

_jobs, _book = table_of(Job), table_of(Book)

#: Seconds between two looks.
_LOOK_SECONDS = 30.0
#: After which a backup that failed is tried again, and after which the row of one is deleted.
_AGAIN, _FORGOTTEN = timedelta(minutes=10), timedelta(days=400)

_LATEST = (
    select(_jobs.c.state, _jobs.c.created_at, _jobs.c.ended_at)
    .where(_jobs.c.kind == BACKUP)
    .order_by(_jobs.c.created_at.desc(), _jobs.c.id.desc())
    .limit(1)
)
_FORGET = delete(_jobs).where(_jobs.c.kind == BACKUP, _jobs.c.ended_at < bindparam("oldest"))
#: Two processes that look at once look one after the other.
_ALONE = select(_book.c.id).with_for_update()


def begin_backups(app: Flask, settings: Settings) -> threading.Thread | None:
    """Start the thread, if the settings want backups. It ends with the process."""
    if not settings.backup_every:
        return None
    thread = threading.Thread(target=_look, args=(app, settings), name="backups", daemon=True)
    thread.start()
    return thread


def _look(app: Flask, settings: Settings) -> None:
    waits = threading.Event()
    while True:
        with app.app_context():
            try:
                add_backup_if_due(settings, utc_now())
            except (AppError, SQLAlchemyError) as error:
                log.warning("No backup could be begun: %s", describe_exception(error))
            leave_transaction()
        waits.wait(min(_LOOK_SECONDS, settings.backup_every))


def add_backup_if_due(settings: Settings, now: datetime) -> bool:
    """Add the job of a backup if the last one is old enough and none is at work. Return whether it was added."""
    with writing() as connection:
        connection.execute(_ALONE).close()
        latest = connection.execute(_LATEST).first()
        if latest is not None:
            if latest.state in ("waiting", "running"):
                return False
            is_failed = latest.state == "failed"
            since = latest.ended_at if is_failed else latest.created_at
            if now - since < (_AGAIN if is_failed else timedelta(seconds=settings.backup_every)):
                return False
        connection.execute(_FORGET, {"oldest": now - _FORGOTTEN})
        add_job(connection, BACKUP, None, None)
    current(JobRunner).wake()
    return True
