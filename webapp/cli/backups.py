"""Writing of backups: by a command, at fixed intervals, and before an upgrade."""

from __future__ import annotations

import logging
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from webapp.cli.database_checks import stored_revision
from webapp.cli.others import app_of_other, migrate_other, sqlite_url
from webapp.database.revision import head_revision
from webapp.ids import utc_now
from webapp.services.keeping.folder import BEFORE_UPGRADE, make_folder, new_name, remove_old
from webapp.services.keeping.moving import copy_database
from webapp.services.keeping.sqlite_copy import check_copy, close_log, copy_sqlite, new_file, sync

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

    from webapp.config.settings import Settings

log = logging.getLogger(__name__)


def write_backup(app: Flask, settings: Settings, path: Path, report: Callable[[int, int], None]) -> None:
    """Write one state of the database into a new SQLite file, while others write, and check the file.

    Under its own name the file is always whole. Raises CannotKeep, OSError and Unavailable.
    """
    revision = stored_revision(settings)
    assert revision is not None
    # Nobody else may have it when this one is ready.
    new_file(path)
    draft = path.with_name(f".{path.name}.partial")
    try:
        draft.unlink(missing_ok=True)
        if settings.on_sqlite:
            copy_sqlite(settings.sqlite_path, draft, settings.sqlite_lock_timeout, report)
        else:
            _copy_from_postgres(app, settings, draft, revision, report)
        # One file, without a log beside it.
        close_log(draft)
        check_copy(draft)
        draft.replace(path)
        sync(path)
    except BaseException:
        for left in (draft, path, Path(f"{draft}-wal"), Path(f"{draft}-shm"), Path(f"{draft}-journal")):
            with suppress(OSError):
                left.unlink(missing_ok=True)
        raise


def back_up_before_upgrade(app: Flask, settings: Settings) -> Path | None:
    """Write a backup if there is a database that an upgrade will change, and return its path. Raises as above."""
    revision = stored_revision(settings)
    if not settings.backup_before_upgrade or revision in (None, head_revision()):
        return None
    make_folder(settings.backups_dir)
    path = new_name(settings.backups_dir, f"{BEFORE_UPGRADE}", utc_now())
    write_backup(app, settings, path, lambda *_: None)
    _remove_older(settings)
    log.warning("Wrote the backup %s (revision %s) before the upgrade to %s.", path, revision, head_revision())
    return path


def _remove_older(settings: Settings) -> None:
    """Remove all but the newest backups of upgrades. One that cannot be removed must not hinder the upgrade."""
    try:
        removed = remove_old(settings.backups_dir, BEFORE_UPGRADE, settings.upgrade_backups_kept)
    except OSError as error:
        log.warning("Older backups in %s could not be removed: %s", settings.backups_dir, error.strerror)
        return
    for path in removed:
        log.warning("Removed the older backup %s.", path)


def _copy_from_postgres(
    app: Flask, settings: Settings, draft: Path, revision: str, report: Callable[[int, int], None]
) -> None:
    """Write the rows into a SQLite file with the tables of the same revision."""
    new_file(draft)
    url = sqlite_url(draft)
    migrate_other(url, revision)
    with app_of_other(settings, url) as target:
        copy_database(app, target, report, replaces=True)
