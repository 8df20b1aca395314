"""Putting a backup in the place of the database."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from webapp.cli.backups import write_backup
from webapp.cli.database_checks import store_database_id, stored_revision
from webapp.cli.others import app_of_other, migrate_other, sqlite_url
from webapp.cli.progress import Bar
from webapp.database.known_database import remove_database_id
from webapp.ids import utc_now
from webapp.services.keeping.folder import REPLACED, make_folder, new_name
from webapp.services.keeping.moving import copy_database, findings, is_empty
from webapp.services.keeping.sqlite_copy import CannotKeep, check_copy, copy_sqlite, is_empty_file, replace_file

if TYPE_CHECKING:
    from webapp.config.settings import Settings

_HAS_DATA = "There is a database with data already. Nothing was changed. To replace and keep it: --replace"
_SHOWN = 5


def restore_backup(settings: Settings, file: Path, *, is_replacing: bool) -> Path | None:
    """Check a backup and put it in the place of the database. Return where the old database is kept, if there was one.

    Raises CannotKeep, OSError and Unavailable; nothing was changed then.
    """
    check_copy(file)
    if settings.on_sqlite:
        if file.samefile(settings.sqlite_path) if settings.sqlite_path.exists() else False:
            raise CannotKeep(f"{file} is the database itself.")
        if not is_replacing and not is_empty_file(settings.sqlite_path, settings.sqlite_lock_timeout):
            raise CannotKeep(_HAS_DATA)
    with _checked_copy(settings, file) as draft:
        kept = (_into_sqlite if settings.on_sqlite else _into_postgres)(settings, draft, is_replacing=is_replacing)
    # The data folder belongs to another database now.
    with suppress(OSError):
        remove_database_id(settings)
    store_database_id(settings)
    return kept


class _checked_copy:  # noqa: N801 - a context manager, used like a function
    """A copy of the backup, on the disk of the database: upgraded, and checked like a database in use."""

    def __init__(self, settings: Settings, file: Path) -> None:
        self._settings = settings
        self._file = file
        self._draft = settings.data_dir / f".restoring-{file.name}"

    def __enter__(self) -> Path:
        settings, draft = self._settings, self._draft
        if settings.on_sqlite:
            settings.sqlite_path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._draft = draft = settings.sqlite_path.with_name(f".restoring-{self._file.name}")
        else:
            settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._remove()
        try:
            with Bar("Reading the backup") as bar:
                copy_sqlite(self._file, draft, settings.sqlite_lock_timeout, bar.show)
            migrate_other(sqlite_url(draft))
            with app_of_other(settings, sqlite_url(draft)) as app:
                wrong = [f"{each.what}: {each.where}: {each.meaning}" for each in findings(app, quick=True)]
            if wrong:
                lines = "\n".join(wrong[:_SHOWN])
                raise CannotKeep(f"The backup has {len(wrong)} findings. Nothing was changed.\n{lines}")
        except BaseException:
            self._remove()
            raise
        return draft

    def __exit__(self, *_error: object) -> None:
        self._remove()

    def _remove(self) -> None:
        for suffix in ("", "-wal", "-shm", "-journal"):
            with suppress(FileNotFoundError):
                Path(f"{self._draft}{suffix}").unlink()


def _into_sqlite(settings: Settings, draft: Path, *, is_replacing: bool) -> Path | None:
    path = settings.sqlite_path
    if not is_replacing and not is_empty_file(path, settings.sqlite_lock_timeout):
        raise CannotKeep(_HAS_DATA)
    kept = None
    if path.exists():
        kept = path.with_name(f"{path.name}.replaced-{utc_now():%Y%m%dT%H%M%SZ}")
    replace_file(draft, path, kept)
    return kept


def _into_postgres(settings: Settings, draft: Path, *, is_replacing: bool) -> Path | None:
    kept = None
    with app_of_other(settings, settings.database_url) as target:
        if stored_revision(settings) is not None:
            with target.app_context():
                has_data = not is_empty()
            if has_data and not is_replacing:
                raise CannotKeep(_HAS_DATA)
            if has_data:
                make_folder(settings.backups_dir)
                kept = new_name(settings.backups_dir, REPLACED, utc_now())
                with Bar("Keeping the present database") as bar:
                    write_backup(target, settings, kept, bar.show)
        migrate_other(settings.database_url)
        with app_of_other(settings, sqlite_url(draft)) as source, Bar("Restoring") as bar:
            copy_database(source, target, bar.show, replaces=True)
    return kept
