"""The newest shape of the database that this version knows."""

from __future__ import annotations

from functools import cache

from webapp.config.settings import ASSETS


@cache
def head_revision() -> str:
    """Return the newest revision: files are named by their revision's number."""
    return max(path.name.partition("_")[0] for path in (ASSETS / "migrations" / "versions").glob("[0-9]*_*.py"))
