"""Removal of what is left of files whose process died while it stored them: a thread of each serving process looks."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from webapp.errors import AppError
from webapp.observability.exceptions import describe_exception
from webapp.services.files.staging import SILENCE, remove_silent

if TYPE_CHECKING:
    from flask import Flask

log = logging.getLogger(__name__)


def begin_cleaning(app: Flask) -> threading.Thread:
    """Start the thread. It ends with the process."""
    thread = threading.Thread(target=_look, args=(app,), name="files", daemon=True)
    thread.start()
    return thread


def _look(app: Flask) -> None:
    waits = threading.Event()
    while not waits.wait(SILENCE.total_seconds()):
        with app.app_context():
            try:
                if count := remove_silent():
                    log.info("Removed %d files that were not stored to their end.", count)
            except (AppError, SQLAlchemyError) as error:
                log.warning("Files that were not stored to their end stay for now: %s", describe_exception(error))
