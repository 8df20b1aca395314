"""The newest schema revision of this version."""

from __future__ import annotations

from functools import cache

from webapp.config.settings import ASSETS


@cache
def head_revision() -> str:
    """Return the newest revision. Migration files are named by their revision number."""
    return max(path.name.partition("_")[0] for path in (ASSETS / "migrations" / "versions").glob("[0-9]*_*.py"))
