"""The job that writes a scheduled backup, in a process of its own, whose memory goes with it."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from webapp.config.settings import Settings
from webapp.ids import utc_now
from webapp.services.jobs.values import JobFailed, JobKind
from webapp.services.keeping.folder import SCHEDULED, make_folder, new_name, remove_old, remove_torn
from webapp.state import current

if TYPE_CHECKING:
    from pathlib import Path
    from typing import IO

    from webapp.services.jobs.claims import Claim

log = logging.getLogger(__name__)

BACKUP = "backup"

_PAUSE = 0.2


def backup_jobs() -> dict[str, JobKind]:
    """Return the kinds of jobs by name."""
    return {BACKUP: JobKind(write_scheduled_backup, _writes_backups, _fail)}


def write_scheduled_backup(claim: Claim) -> None:
    """Write a backup into the folder, and remove the oldest ones. Progress counts bytes. Raises JobFailed."""
    settings = current(Settings)
    folder = settings.backups_dir
    path = new_name(folder, SCHEDULED, utc_now())
    try:
        make_folder(folder)
        remove_torn(folder, SCHEDULED)
        try:
            _write(claim, settings, path)
        except BaseException:
            remove_torn(folder, SCHEDULED)
            raise
        removed = remove_old(folder, SCHEDULED, settings.backups_kept)
    except OSError as error:
        raise JobFailed(f"No backup could be written in {folder}: {error.strerror}.") from None
    log.info("Wrote the backup %s and removed %d old ones.", path, len(removed))


def _write(claim: Claim, settings: Settings, path: Path) -> None:
    with tempfile.TemporaryFile("w+") as said:
        command = [sys.executable, "-m", "webapp.cli", "backup", str(path)]
        process = subprocess.Popen(command, env=os.environ, stdout=said, stderr=said)  # noqa: S603 - our own command
        try:
            while process.poll() is None:
                claim.beat(*_progress(settings, path))
                time.sleep(_PAUSE)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        if process.returncode:
            raise JobFailed(f"The backup {path} failed: {_last_line(said)}")


def _progress(settings: Settings, path: Path) -> tuple[int, int | None]:
    """Return how many bytes are written, and how many there are, which only SQLite's file says."""
    done = total = 0
    with suppress(OSError):
        done = path.with_name(f".{path.name}.partial").stat().st_size
    with suppress(OSError):
        total = settings.sqlite_path.stat().st_size if settings.on_sqlite else 0
    return done, max(done, total) if total else None


def _last_line(said: IO[str]) -> str:
    said.seek(0)
    return said.read().strip().rpartition("\n")[2]


def _writes_backups(_subject_id: str | None) -> bool:
    return bool(current(Settings).backup_every)


def _fail(_claim: Claim, reason: str) -> None:
    log.error("%s", reason)
