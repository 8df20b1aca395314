"""Which book the data folder belongs to: its id, in a file beside the secret key.

A database that is empty where there was a book is a mistake (a disk that is not mounted, a file that was deleted), and
must not be taken for a first start.
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


def known_book(settings: Settings) -> str | None:
    """Return the id of the book that was served last from this data folder, None if there was none."""
    try:
        return _path(settings).read_text(encoding="ascii").strip() or None
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError):
        # The file is there: that there was a book is all that matters.
        return "unknown"


def remember_book(settings: Settings, book_id: str) -> None:
    """Write the id down, readable by the folder's owner alone. A folder that is read-only stays as it is."""
    if known_book(settings) == book_id:
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


def forget_book(settings: Settings) -> None:
    """Let the folder belong to no book. Raises OSError."""
    _path(settings).unlink(missing_ok=True)


def _path(settings: Settings) -> Path:
    return settings.data_dir / _FILE
