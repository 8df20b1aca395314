"""The identity of the database that the data folder belongs to, in a file beside the secret key.

A database that is empty although there was one is a mistake (an unmounted disk, a deleted file). It must not be taken
for a first start.
"""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from webapp.config.settings import Settings

log = logging.getLogger(__name__)

_FILE = "database.id"


def known_database(settings: Settings) -> str | None:
    """Return the id of the database that this data folder last served, or None if there was none."""
    try:
        return _path(settings).read_text(encoding="ascii").strip() or None
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError):
        # The file exists, so there was a database. Its id does not matter.
        return "unknown"


def write_database_id(settings: Settings, book_id: str) -> None:
    """Store the id, readable by the folder's owner only. A read-only folder is left unchanged."""
    if known_database(settings) == book_id:
        return
    path = _path(settings)
    draft = path.with_name(f".{_FILE}-{os.getpid()}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft.touch(mode=0o600)
        draft.write_text(f"{book_id}\n", encoding="ascii")
        draft.replace(path)
    except OSError as error:
        log.warning("%s could not be written: %s", path, error.strerror)
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def remove_database_id(settings: Settings) -> None:
    """Remove the stored id, so that a new database may be created. Raises OSError."""
    _path(settings).unlink(missing_ok=True)


def _path(settings: Settings) -> Path:
    return settings.data_dir / _FILE
