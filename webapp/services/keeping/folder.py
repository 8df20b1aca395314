"""The folder of backups: `minutebook-<time>-<occasion>.db`, and what is removed from it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

SCHEDULED, BEFORE_UPGRADE, REPLACED = "scheduled", "before-upgrade", "replaced"

_NAME = re.compile(r"minutebook-(\d{8}T\d{6}Z)-([a-z-]+)\.db")
_TIME = "%Y%m%dT%H%M%SZ"


def make_folder(folder: Path) -> None:
    """Create the folder, for its owner alone. Raises OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def new_name(folder: Path, occasion: str, now: datetime) -> Path:
    """Return a free name for a backup: of this second, or of the next one that has none."""
    while (path := folder / f"minutebook-{now.astimezone(UTC):{_TIME}}-{occasion}.db").exists():
        now += timedelta(seconds=1)
    return path


def backups_of(folder: Path, occasion: str) -> list[tuple[datetime, Path]]:
    """Return the backups of an occasion with their times, oldest first."""
    found = []
    for path in folder.glob("minutebook-*.db") if folder.is_dir() else ():
        match = _NAME.fullmatch(path.name)
        if match and match[2] == occasion:
            found.append((datetime.strptime(match[1], _TIME).replace(tzinfo=UTC), path))
    return sorted(found)


def remove_old(folder: Path, occasion: str, kept: int) -> list[Path]:
    """Remove all but the newest backups of an occasion, and return what was removed. Raises OSError."""
    old = [path for _, path in backups_of(folder, occasion)[:-kept]]
    for path in old:
        path.unlink(missing_ok=True)
    return old


def remove_torn(folder: Path, occasion: str) -> None:
    """Remove what is left of backups that were not completed. None of them may be written now. Raises OSError."""
    for path in folder.glob(f".minutebook-*-{occasion}.db.partial*"):
        path.unlink(missing_ok=True)
    for _, path in backups_of(folder, occasion):
        # The place that was taken for it.
        if path.stat().st_size == 0:
            path.unlink(missing_ok=True)
