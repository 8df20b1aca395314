"""Error messages of commands for causes that the user can act on."""

from __future__ import annotations

from webapp.database.failures import TRANSIENT_ERRORS, as_app_error
from webapp.errors import AppError


def sentence_of(error: Exception) -> str | None:
    """Return the sentence for an application, database or file error, or None for a bug."""
    if isinstance(error, TRANSIENT_ERRORS):
        error = as_app_error(error) or error
    if isinstance(error, AppError):
        return error.detail
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename} cannot be used ({error.strerror})."
    return None
