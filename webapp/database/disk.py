"""A check whether a database file can be written. It asks the file system and writes nothing."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from webapp.database.errors import DatabaseGone, DatabaseReadOnly, DiskFull

if TYPE_CHECKING:
    from pathlib import Path

    from webapp.errors import Unavailable

#: Bytes. About what one turn with two texts of the default maximum length writes, with index and log.
LEAST_FREE_BYTES = 1_000_000

_NONE_HERE = (
    "There is no database where the settings say. Nothing was changed. If there was one, the operator must put it "
    "back. “minutebook serve” or “minutebook db upgrade” creates the first one."
)


def disk_problem(file: Path) -> Unavailable | None:
    """Return why the file cannot be written (gone, read-only or no space), or None if it can.

    A quota that the file system does not report as missing free space is not detected.
    """
    try:
        disk = os.statvfs(file)
    except FileNotFoundError:
        return DatabaseGone(_NONE_HERE)
    except OSError:
        # The folder is not accessible or the disk does not answer. The caller finds the cause.
        return None
    if disk.f_flag & os.ST_RDONLY or not is_writable(file):
        return DatabaseReadOnly()
    # Many file systems reserve a part for root.
    blocks = disk.f_bavail if os.geteuid() else disk.f_bfree
    if blocks * disk.f_frsize < LEAST_FREE_BYTES:
        return DiskFull()
    return None


def is_writable(file: Path) -> bool:
    """Return whether this process may write the file and create others beside it, as SQLite does."""
    return os.access(file, os.W_OK) and os.access(file.parent, os.W_OK | os.X_OK)
