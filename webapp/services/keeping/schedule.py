"""Backups at fixed intervals: a thread of each serving process looks, and one process of the machine writes."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

from webapp.ids import utc_now
from webapp.services.keeping.folder import SCHEDULED, alone, backups_of, new_name, remove_old

if TYPE_CHECKING:
    from datetime import datetime

    from webapp.config.settings import Settings

log = logging.getLogger(__name__)

#: Seconds between two looks.
_LOOK_SECONDS = 30.0
#: Seconds after which a backup that failed is tried again.
_AGAIN_SECONDS = 600.0


def begin_backups(settings: Settings) -> threading.Thread | None:
    """Start the thread, if the settings want backups. It ends with the process."""
    if not settings.backup_every:
        return None
    thread = threading.Thread(target=_look, args=(settings,), name="backups", daemon=True)
    thread.start()
    return thread


def _look(settings: Settings) -> None:
    waits = threading.Event()
    while True:
        is_good = back_up_if_due(settings, utc_now())
        waits.wait(min(_LOOK_SECONDS, settings.backup_every) if is_good else _AGAIN_SECONDS)


def back_up_if_due(settings: Settings, now: datetime) -> bool:
    """Write a backup if the last one is old enough, and remove the oldest ones. Return whether nothing failed."""
    folder = settings.backups_dir
    try:
        if not _is_due(settings, now):
            return True
        with alone(folder) as is_alone:
            # Another process may have written one while this one looked.
            if not is_alone or not _is_due(settings, now):
                return True
            path = new_name(folder, SCHEDULED, now)
            # A process of its own, whose memory goes with it.
            command = [sys.executable, "-m", "webapp.cli", "backup", str(path)]
            done = subprocess.run(command, env=os.environ, check=False, capture_output=True, text=True)  # noqa: S603
            if done.returncode:
                log.error("The backup %s failed: %s", path, done.stderr.strip().rpartition("\n")[2])
                return False
            removed = remove_old(folder, SCHEDULED, settings.backups_kept)
            log.info("Wrote the backup %s and removed %d old ones.", path, len(removed))
    except OSError as error:
        log.error("No backup could be written in %s: %s", folder, error.strerror)  # noqa: TRY400 - says it all
        return False
    return True


def _is_due(settings: Settings, now: datetime) -> bool:
    written = backups_of(settings.backups_dir, SCHEDULED)
    return not written or (now - written[-1][0]).total_seconds() >= settings.backup_every
